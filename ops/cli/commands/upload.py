"""`pipeline upload`: files and folders into the input bucket, waiting for their outcomes if asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ops.cli.options import FILE, command, option, set_option, target_options, timeout_option
from ops.errors import CommandError, Exit
from shared.clock import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ops.aws.ledger import Row
    from ops.cli.options import Target
    from ops.cli.output import ProgressLine
    from ops.images.follow import Upload, Uploaded
    from ops.stack import Stack


@command(
    "pipeline upload photos/ --prefix holiday/ --wait",
    "pipeline upload a.jpg --set quality=60 --set watermark=off",
)
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PATH...", help="A file or a folder.")
@option("--prefix", default="", metavar="PREFIX", help="Put this before each key, such as holiday/ (default: nothing).")
@option("--wait", is_flag=True, help="Wait until every image has its outcome (default: return after the upload).")
@timeout_option("for outcomes (with --wait)", 300)
@set_option
@target_options
def upload(
    target: Target, paths: tuple[Path, ...], prefix: str, *, wait: bool, timeout: float, overrides: tuple[str, ...]
) -> Exit:
    """Upload files, and folders with everything in them, to the input bucket.

    A file that cannot be read is named, and the others are uploaded. Several images are an upload batch: its
    subscribers get one e-mail, when the last image has its outcome.
    """
    from ops.cli.output import ProgressLine
    from ops.images.follow import files_under
    from ops.images.overrides import check, metadata_of
    from ops.show import note

    for path in paths:
        if not path.exists():
            raise CommandError(f"{path}: no such file or folder", Exit.NOT_FOUND)
    unreadable: list[str] = []
    stack = target.stack()
    prefix = stack.names.buckets.input.within(prefix)
    uploads = files_under(paths, prefix, unreadable=lambda error: unreadable.append(str(error)))
    if not uploads:
        raise CommandError(f"{', '.join(map(str, paths))}: no files in there", Exit.NOT_FOUND)
    _refuse_doubles(uploads)
    metadata = metadata_of(overrides)
    if metadata:
        check(stack.settings, [each.key for each in uploads], metadata)
    started = SYSTEM.monotonic()
    with ProgressLine() as progress:
        uploaded = _uploaded(stack, uploads, metadata, unreadable, progress)
        batches = list(dict.fromkeys(each.batch for each in uploaded if each.batch is not None))
        together = f" as batch {', '.join(batches)}" if batches else ""
        for why in sorted(unreadable):
            note(f"not uploaded: {why}")
        count = f"{len(uploaded)} of {len(uploads)}" if len(uploaded) < len(uploads) else f"{len(uploaded)}"
        note(f"uploaded {count} to s3://{stack.names.input_bucket}{together}")
        if not wait:
            progress.end()
            _print_uploaded(uploaded, target)
            return Exit.PARTIAL if unreadable else Exit.DONE
        rows = _followed(stack, uploaded, timeout, progress)
    code = _print_outcomes(uploaded, rows, target, seconds=SYSTEM.monotonic() - started)
    return Exit.PARTIAL if unreadable and code == Exit.DONE else code


def _refuse_doubles(uploads: Sequence[Upload]) -> None:
    """Refuse files that would replace one another: nobody could say which of them stays."""
    found: dict[str, Path] = {}
    for each in uploads:
        other = found.setdefault(each.key, each.path)
        if other is not each.path:
            raise CommandError(
                f"{other} and {each.path} would both be {each.key}: upload the folder that contains them, or"
                " one of them with --prefix",
                Exit.USAGE,
            )


def _uploaded(
    stack: Stack,
    uploads: Sequence[Upload],
    metadata: Mapping[str, str],
    unreadable: list[str],
    progress: ProgressLine,
) -> list[Uploaded]:
    """What is in the bucket; what could not be read is added to `unreadable`."""
    from ops.images.batches import upload_together

    done: set[int] = set()

    def report(number: int) -> None:
        done.add(number)
        progress(f"uploaded {len(done):,} of {len(uploads):,}", done=len(done), total=len(uploads))

    return upload_together(
        stack, uploads, metadata, report=report, unreadable=lambda error: unreadable.append(str(error))
    )


def _followed(stack: Stack, uploaded: Sequence[Uploaded], timeout: float, progress: ProgressLine) -> dict[str, Row]:
    from ops.images.follow import follow

    def report(rows: Mapping[str, Row]) -> None:
        outcomes = [row.outcome for row in rows.values() if row.outcome]
        failed = sum(outcome == "failed" for outcome in outcomes)
        more = f" ({failed:,} failed)" if failed else ""
        progress(f"done {len(outcomes):,} of {len(uploaded):,}{more}", done=len(outcomes), total=len(uploaded))

    return follow(stack.ledger, uploaded, timeout_seconds=timeout, report=report)


def _print_uploaded(uploaded: Sequence[Uploaded], target: Target) -> None:
    from ops.cli.output import numeric, print_json, print_table, word

    if target.json:
        print_json(
            {
                "key": each.key,
                "version_id": each.version_id,
                "image_id": each.image_id,
                "size_bytes": each.size_bytes,
                "batch": each.batch,
            }
            for each in uploaded
        )
    else:
        rows = [(each.key, f"{each.size_bytes:,}", each.image_id) for each in uploaded]
        print_table(("IMAGE", numeric("BYTES"), word("ID")), rows)


def _print_outcomes(uploaded: Sequence[Uploaded], rows: Mapping[str, Row], target: Target, *, seconds: float) -> Exit:
    from ops.cli.output import print_json, print_table
    from ops.images.status import as_json, as_row, header
    from ops.show import note

    ended = [rows[each.image_id] for each in uploaded if each.image_id in rows and rows[each.image_id].outcome]
    unfinished = [each for each in uploaded if each.image_id not in rows or not rows[each.image_id].outcome]
    if target.json:
        print_json(map(as_json, ended))
        print_json({"key": each.key, "image_id": each.image_id, "outcome": None} for each in unfinished)
    elif ended:
        print_table(header(), map(as_row, ended))
    stored = sum(row.outcome == "stored" for row in ended)
    note(f"{stored} of {len(uploaded)} stored in {seconds:.1f} s")
    if unfinished:
        note(f"no outcome yet: {', '.join(each.key for each in unfinished[:10])}. See: pipeline status KEY")
        return Exit.TIMED_OUT
    return Exit.DONE if stored == len(uploaded) else Exit.PARTIAL
