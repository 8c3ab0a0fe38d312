"""`pipeline status`: where images are, and what became of them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from ops.cli.options import COUNT, MOMENT, command, option, target_options
from ops.errors import CommandError, Exit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from ops.aws.ledger import Row
    from ops.cli.options import Target
    from ops.images.selection import Images, Selection


@command(
    "pipeline status",
    "pipeline status holiday/test.jpg",
    "pipeline status --failed --since 1d --prefix holiday/",
    "pipeline status --batch 20260301-093012-a1b2c3 --watch",
)
@click.argument("keys", nargs=-1, metavar="[KEY]...", help="A key of the input bucket.")
@option(
    "--limit", type=COUNT, default=50, metavar="N", help="Show this many images, or versions of a key (default: 50)."
)
@option("--prefix", default="", metavar="PREFIX", help="Limit to keys with this prefix (default: all).")
@option("--failed", is_flag=True, help="Limit to images that failed (default: every outcome).")
@option("--batch", metavar="ID", help="Limit to images of this upload batch (default: all).")
@option("--since", type=MOMENT, metavar="TIME", help="Limit to uploads since this time or age (default: all).")
@option("--before", type=MOMENT, metavar="TIME", help="Limit to uploads before this time or age (default: now).")
@option("--watch", is_flag=True, help="Show each change until all have their outcome, or Ctrl-C (default: show once).")
@option("--scan", is_flag=True, help="Read the whole ledger, rows without index attributes too (default: off).")
@target_options
def status(
    target: Target,
    keys: tuple[str, ...],
    *,
    limit: int,
    prefix: str,
    batch: str | None,
    since: datetime | None,
    before: datetime | None,
    failed: bool,
    watch: bool,
    scan: bool,
) -> Exit:
    """Show the outcome of images, the newest first.

    With keys, show every version of each.
    """
    from ops.aws.ledger_pages import Wanted
    from ops.images.batches import totals
    from ops.images.selection import Images
    from shared.dlq_messages import iso

    if scan and watch:
        raise CommandError(
            "--watch reads the ledger again and again, and --scan reads all of it: pass one of them", Exit.USAGE
        )
    if scan and keys:
        raise CommandError(
            "--scan reads the whole ledger, and every version of a key is found without it: leave it out", Exit.USAGE
        )
    stack = target.stack()
    uploads = stack.names.buckets.input
    wanted = Wanted(
        prefix=uploads.within(prefix) if prefix else "",
        failed=failed,
        batch=batch,
        since=iso(since) if since else None,
        before=iso(before) if before else None,
    )
    keys = tuple(map(uploads.within, keys))
    images = Images(stack=stack, keys=keys, wanted=wanted, limit=limit, scan=scan)
    selection = images.look()
    if batch is not None and not selection.rows and totals(stack, batch) is None:
        raise CommandError(
            f"no image of the batch {batch!r} is in the ledger: pipeline upload prints the ID of each batch.",
            Exit.NOT_FOUND,
        )
    _print(target, selection.rows, quiet=bool(selection.missing) and not selection.rows)
    if watch:
        return _watched(target, images, selection)
    _say_more(target, selection, images)
    if selection.missing:
        raise CommandError(
            f"not in the ledger: {', '.join(selection.missing)}. Either never uploaded to"
            f" s3://{images.stack.names.input_bucket}, or still waiting for resize: pipeline status shows the newest"
            " images.",
            Exit.NOT_FOUND,
        )
    return Exit.DONE


def _print(target: Target, rows: Sequence[Row], *, quiet: bool = False) -> None:
    from ops.cli.output import print_json, print_table
    from ops.images.status import as_dated_row, as_json, dated_header

    if target.json:
        print_json(map(as_json, rows))
    elif rows or not quiet:
        print_table(dated_header(), map(as_dated_row, rows))


def _watched(target: Target, images: Images, selection: Selection) -> Exit:
    """Show what changes, until nothing more can."""
    from shared.clock import SYSTEM

    for changed in images.changes(selection, SYSTEM.wait):
        _print(target, changed, quiet=True)
    return Exit.DONE


def _say_more(target: Target, selection: Selection, images: Images) -> None:
    from ops.show import note, operands

    if selection.exhausted:
        note(f"Looked at {selection.looked:,} images and found {len(selection.rows):,}.")
    if selection.before is not None:
        words = [*target.words, *images.options(), "--before", selection.before, *operands(*images.keys)]
        note(f"Older: pipeline status {shlex.join(words)}")
    elif not selection.rows and not selection.missing:
        note("No image of the ledger matches.")
    elif images.scan:
        note(f"Read the whole ledger: {selection.looked:,} images.")
