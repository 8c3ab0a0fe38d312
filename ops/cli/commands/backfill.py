"""`pipeline backfill`: images that are in the input bucket already, and that the pipeline does not know."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from ops.cli.exits import Exit
from ops.cli.options import COUNT, MOMENT, RATE, command, option, target_options
from ops.errors import CommandError

if TYPE_CHECKING:
    from datetime import datetime

    from ops.backfill.checkpoint import Checkpoint
    from ops.backfill.estimate import Estimate
    from ops.backfill.scan import Scope, Tally
    from ops.backfill.sender import Sender
    from ops.cli.options import Target
    from ops.stack import Stack


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What of the command line says how images are sent.

    Args:
        dry_run: only say what would be sent.
        resume: go on where an earlier run stopped.
        max_objects: how many at most; None for all.
        rate: images a second.
        yes: do not ask.
    """

    dry_run: bool
    resume: bool
    max_objects: int | None
    rate: float
    yes: bool


@command(
    "pipeline backfill s3://BUCKET/2019/ --dry-run",
    "pipeline backfill s3://BUCKET/2019/ --max-objects 10000 --yes",
    "pipeline backfill s3://BUCKET/2019/ --max-objects 10000 --yes --resume",
)
@click.argument(
    "where",
    metavar="s3://BUCKET/PREFIX",
    help="A folder of the input bucket; without a prefix all of the bucket.",
)
@option(
    "--since",
    type=MOMENT,
    metavar="TIME",
    help="Limit to objects written since then: 2026-01-01, 2026-01-01T12:00Z, or 7d ago (default: all).",
)
@option("--dry-run", is_flag=True, help="Say what would be sent and what it would cost, and stop (default: off).")
@option("--max-objects", type=COUNT, metavar="N", help="Send at most this many images (default: all).")
@option(
    "--resume",
    is_flag=True,
    help="Start after the last key that an earlier run of the same prefix sent (default: off).",
)
@option("--failed", is_flag=True, help="Send also the images that failed before (default: leave them out).")
@option("--rate", type=RATE, default=50.0, metavar="N", help="Send at most this many images a second (default: 50).")
@option("--yes", is_flag=True, help="Do not ask before sending (default: ask).")
@target_options
def backfill(target: Target, where: str, *, since: datetime | None, failed: bool, **how: Any) -> Exit:  # noqa: ANN401
    """Send images that are in the input bucket already, and that the pipeline does not know, to be processed.

    They are from before it was deployed, or from while no event notified it of them. The command first says what that
    will cost, and asks. What is stored already, or on its way, is left alone, so running it again does no harm.
    """
    from ops.backfill.checkpoint import Checkpoint
    from ops.backfill.estimate import estimate
    from ops.backfill.prefix import prefix_of
    from ops.backfill.scan import SEND, Scope, Tally, scan
    from ops.backfill.sender import Sender
    from ops.cli.output import ProgressLine, print_json
    from ops.dlq.throttle import Pacer

    asked, stack = _Asked(**how), target.stack()
    scope = Scope(prefix=prefix_of(where, stack.names), since=since, most=asked.max_objects, failed=failed)
    checkpoint = Checkpoint(bucket=stack.names.input_bucket, prefix=scope.prefix)
    after = _after(checkpoint, resume=asked.resume)
    tally = Tally()
    with ProgressLine() as progress:
        for _ in scan(stack, scope, tally, after=after):
            progress(f"looking: {sum(tally.counts.values()):,} images, {tally.counts[SEND]:,} to send")
    bill = estimate(stack.settings, prefix=scope.prefix, images=tally.counts[SEND], size_bytes=tally.size_bytes)
    if not target.json:
        _print_plan(tally, bill)
    _note_plan(tally, bill, asked)
    code, sender = Exit.DONE, Sender(stack=stack, pacer=Pacer(asked.rate))
    if not asked.dry_run and not tally.counts[SEND]:
        checkpoint.remove()
    elif not asked.dry_run and _may_send(asked, tally):
        code = _send(stack, scope, checkpoint, sender, after=after, count=tally.counts[SEND])
    if target.json:
        print_json([_as_json(stack, scope, tally, bill, sender)])
    return code


def _after(checkpoint: Checkpoint, *, resume: bool) -> str:
    """The key after which to begin."""
    from ops.show import note

    last_key = checkpoint.last_key()
    if resume and last_key is None:
        raise CommandError(f"nothing to resume: no run of this prefix left {checkpoint.path}", Exit.NOT_FOUND)
    if resume and last_key:
        note(f"going on after {last_key}")
        return last_key
    if last_key is not None:
        note(f"An earlier run came as far as {last_key}. Pass --resume to go on from there.")
    return ""


def _send(stack: Stack, scope: Scope, checkpoint: Checkpoint, sender: Sender, *, after: str, count: int) -> Exit:
    from ops.backfill.scan import Tally, scan
    from ops.cli.output import ProgressLine
    from ops.show import note

    tally, code = Tally(), Exit.DONE
    with ProgressLine() as progress:
        try:
            for objects in scan(stack, scope, tally, after=after):
                for last_key in sender.send(objects):
                    checkpoint.put(last_key)
                    progress(f"sent {sender.sent:,} of {count:,}", done=sender.sent, total=count)
            if not tally.full:
                checkpoint.remove()
        except KeyboardInterrupt:
            code = Exit.INTERRUPTED
    if sender.sent or sender.replaced:
        note(f"{sender.sent:,} sent" + (f", {sender.replaced:,} replaced meanwhile" if sender.replaced else ""))
    if code == Exit.INTERRUPTED:
        note("Interrupted. Pass --resume to go on from there.")
    elif tally.full:
        note("There are more. Pass --resume to go on from there.")
    return code


def _may_send(asked: _Asked, tally: Tally) -> bool:
    from ops.backfill.scan import SEND
    from ops.show import note

    if asked.yes:
        return True
    if not sys.stdin.isatty():
        raise CommandError(
            "nothing was sent: there is no terminal to ask on. Pass --yes to send, or --dry-run.", Exit.USAGE
        )
    sys.stderr.write(f"send {tally.counts[SEND]:,} images? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in {"y", "yes"}:
        return True
    note("Nothing was sent.")
    return False


def _print_plan(tally: Tally, bill: Estimate) -> None:
    from ops.backfill.scan import KINDS
    from ops.cli.output import numeric, print_table

    print_table((numeric("IMAGES"), "STATE"), [(f"{tally.counts[kind]:,}", kind) for kind in KINDS])
    if not bill.images:
        return
    print()
    rows = [(each.what, f"{each.amount:.3g}", _dollars(bill.dollars_of(each))) for each in bill.charges]
    print_table(("COST", numeric("PER IMAGE"), numeric("DOLLARS")), [*rows, ("total", "", _dollars(bill.dollars))])


def _dollars(amount: float) -> str:
    """As many digits as say something."""
    return f"{amount:,.2f}" if amount >= 1 else f"{amount:.6f}"


def _note_plan(tally: Tally, bill: Estimate, asked: _Asked) -> None:
    from datetime import timedelta

    from ops.backfill.scan import ARCHIVED, FAILED, SEND
    from ops.durations import age_words
    from ops.show import note
    from shared.notices import human_size

    count = tally.counts[SEND]
    if not count:
        note("Nothing to send.")
    else:
        lasts = age_words(timedelta(seconds=count / asked.rate))
        note(
            f"{count:,} images, {human_size(tally.size_bytes)}: about ${_dollars(bill.dollars)},"
            f" {lasts} at {asked.rate:g} a second. Assumed:"
        )
        for assumption in bill.assumptions():
            note(f"- {assumption}")
    if tally.full:
        note(f"there are more than --max-objects {asked.max_objects:,}")
    if tally.counts[FAILED]:
        note(f"{tally.counts[FAILED]:,} failed before. See why: pipeline dlq ls. Pass --failed to send them, too.")
    if tally.counts[ARCHIVED]:
        note(f"{tally.counts[ARCHIVED]:,} in Glacier. Restore them (aws s3api restore-object), then run it again.")


def _as_json(stack: Stack, scope: Scope, tally: Tally, bill: Estimate, sender: Sender) -> dict[str, Any]:
    from ops.backfill.scan import KINDS

    return {
        "bucket": stack.names.input_bucket,
        "prefix": scope.prefix,
        **{kind.replace(" ", "_"): tally.counts[kind] for kind in KINDS},
        "size_bytes": tally.size_bytes,
        "more": tally.full,
        "dollars": round(bill.dollars, 6),
        "charges": {each.what: round(bill.dollars_of(each), 6) for each in bill.charges},
        "assumptions": list(bill.assumptions()),
        "sent": sender.sent,
        "replaced_meanwhile": sender.replaced,
    }
