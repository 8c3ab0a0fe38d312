"""`pipeline backfill`: images that are in the input bucket already, and that the pipeline does not know."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from ops.cli.options import COUNT, DURATION, MOMENT, RATE, command, option, target_options
from ops.errors import CommandError, Exit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from ops.backfill.checkpoint import Checkpoint
    from ops.backfill.estimate import Estimate
    from ops.backfill.kinds import Tally
    from ops.backfill.plan import Plan
    from ops.backfill.sender import Sender
    from ops.cli.options import Target
    from ops.stack import Stack

# Keys that a note names.
_NAMED: Final = 10


@command(
    "pipeline backfill s3://BUCKET/2019/ --dry-run",
    "pipeline backfill s3://BUCKET/2019/ --max-objects 10000 --yes",
    "pipeline backfill s3://BUCKET/2019/ --max-objects 10000 --yes --resume",
    "pipeline backfill --stuck --dry-run",
)
@click.argument(
    "where",
    metavar="s3://BUCKET/PREFIX",
    required=False,
    help="A folder of the input bucket; without a prefix all of the bucket. With --stuck it may be left out.",
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
@option(
    "--stuck",
    is_flag=True,
    help="Send instead the images that are on their way by the ledger, and whose messages are lost (default: off).",
)
@option(
    "--stuck-after",
    type=DURATION,
    metavar="AGE",
    help="With --stuck, take for lost what no service has touched for this long (default: 16m if its queue is empty,"
    " else retention.dlq_days).",
)
@option("--rate", type=RATE, default=50.0, metavar="N", help="Send at most this many images a second (default: 50).")
@option("--yes", is_flag=True, help="Do not ask before sending (default: ask).")
@target_options
def backfill(
    target: Target,
    where: str | None,
    *,
    since: datetime | None,
    dry_run: bool,
    max_objects: int | None,
    resume: bool,
    failed: bool,
    stuck: bool,
    stuck_after: timedelta | None,
    rate: float,
    yes: bool,
) -> Exit:
    """Send images that are in the input bucket already, and that the pipeline does not know, to be processed.

    They are from before it was deployed, or from while no event notified it of them. The command first says what that
    will cost, and asks. What is stored already, on its way, or sent by an earlier run, is left alone, so running it
    again does no harm. It sends no more while thousands of messages wait, so that new uploads do not wait for them.
    """
    from datetime import timedelta

    from ops.backfill.checkpoint import Checkpoint
    from ops.backfill.estimate import estimate
    from ops.backfill.kinds import SEND, Scope, Tally
    from ops.backfill.plan import Plan
    from ops.backfill.prefix import prefix_of
    from ops.backfill.sender import Sender
    from ops.backfill.stuck import StuckRule, empty_queues
    from ops.backfill.waiting import Backlog
    from ops.cli.output import ProgressLine, print_json
    from ops.dlq.throttle import Pacer

    stack = target.stack()
    if where is None and not stuck:
        raise CommandError("Say which images: s3://BUCKET/PREFIX, or --stuck.", Exit.USAGE)
    if stuck and (failed or resume):
        raise CommandError("--stuck does not go with --failed or --resume: it looks at all, in any order.", Exit.USAGE)
    if stuck_after is not None and not stuck:
        raise CommandError("--stuck-after says what --stuck is to send: pass both.", Exit.USAGE)
    scope = Scope(
        prefix=prefix_of(where, stack.names) if where is not None else stack.names.buckets.input.prefix,
        since=since,
        most=max_objects,
        failed=failed,
        kept=timedelta(days=stack.settings.retention.dlq_days),
    )
    checkpoint = None if stuck else Checkpoint(bucket=stack.names.input_bucket, prefix=scope.prefix)
    after = "" if checkpoint is None else _after(checkpoint, resume=resume)
    stuck_rule = StuckRule(scope=scope, empty=empty_queues(stack), after=stuck_after) if stuck else None
    plan = Plan(stack=stack, scope=scope, stuck_rule=stuck_rule, after=after)
    tally = Tally()
    with ProgressLine() as progress:
        for _ in plan.objects(tally):
            progress(f"looking: {sum(tally.counts.values()):,} images, {tally.counts[SEND]:,} to send")
    bill = estimate(stack.settings, prefix=scope.prefix, images=tally.counts[SEND], size_bytes=tally.size_bytes)
    if not target.json:
        _print_plan(plan, tally, bill)
    _note_plan(tally, bill, rate=rate, max_objects=max_objects)
    _note_deleted(plan.deleted)
    code = Exit.DONE
    sender = Sender(stack=stack, pacer=Pacer(rate), kind_of=plan.kind_of, backlog=Backlog(stack=stack))
    if not dry_run and not tally.counts[SEND]:
        if checkpoint is not None:
            checkpoint.remove()
    elif not dry_run and (yes or _may_send(tally.counts[SEND])):
        code = _send(plan, checkpoint, sender, count=tally.counts[SEND])
    if target.json:
        print_json([_as_json(stack, plan, tally, bill, sender)])
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


def _send(plan: Plan, checkpoint: Checkpoint | None, sender: Sender, *, count: int) -> Exit:
    from ops.backfill.kinds import Tally
    from ops.cli.output import ProgressLine
    from ops.show import note

    tally, code = Tally(), Exit.DONE
    with ProgressLine() as progress:
        if sender.backlog is not None:
            sender.backlog.waits = lambda waiting: progress(
                f"sent {sender.sent:,} of {count:,}; {waiting:,} messages wait in a queue",
                done=sender.sent,
                total=count,
            )
        try:
            for objects in plan.objects(tally):
                for last_key in sender.send(objects):
                    if checkpoint is not None:
                        checkpoint.put(last_key)
                    progress(f"sent {sender.sent:,} of {count:,}", done=sender.sent, total=count)
            if checkpoint is not None and not tally.full:
                checkpoint.remove()
        except KeyboardInterrupt:
            code = Exit.INTERRUPTED
    if sender.sent or sender.replaced or sender.waiting:
        replaced = f", {sender.replaced:,} replaced meanwhile" if sender.replaced else ""
        waiting = f", {sender.waiting:,} left to another run or an older version" if sender.waiting else ""
        note(f"{sender.sent:,} sent{replaced}{waiting}")
    go_on = "Pass --resume to go on from there." if checkpoint is not None else "Run it again to go on."
    if code == Exit.INTERRUPTED:
        note(f"Interrupted. {go_on}")
    elif tally.full:
        note(f"There are more. {go_on}")
    return code


def _may_send(count: int) -> bool:
    from ops.show import note

    if not sys.stdin.isatty():
        raise CommandError(
            "nothing was sent: there is no terminal to ask on. Pass --yes to send, or --dry-run.", Exit.USAGE
        )
    sys.stderr.write(f"send {count:,} images? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in {"y", "yes"}:
        return True
    note("Nothing was sent.")
    return False


def _print_plan(plan: Plan, tally: Tally, bill: Estimate) -> None:
    from ops.cli.output import numeric, print_table, three_digits

    print_table((numeric("IMAGES"), "STATE"), [(f"{tally.counts[kind]:,}", kind) for kind in plan.kinds])
    if not bill.images:
        return
    print()
    rows = [(each.what, three_digits(each.amount), _dollars(each.dollars)) for each in bill.charges]
    print_table(("COST", numeric("PER IMAGE"), numeric("DOLLARS")), [*rows, ("total", "", _dollars(bill.dollars))])


def _dollars(amount: float) -> str:
    """As many digits as say something."""
    return f"{amount:,.2f}" if amount >= 1 else f"{amount:.6f}"


def _note_plan(tally: Tally, bill: Estimate, *, rate: float, max_objects: int | None) -> None:
    from datetime import timedelta

    from ops.backfill.kinds import ARCHIVED, FAILED, SEND, UNDER_WAY, WAITING
    from ops.durations import age_words
    from ops.show import note
    from shared.notices import human_size

    count = tally.counts[SEND]
    if not count:
        note("Nothing to send.")
    else:
        lasts = age_words(timedelta(seconds=count / rate))
        note(
            f"{count:,} images, {human_size(tally.size_bytes)}: about ${_dollars(bill.dollars)},"
            f" {lasts} at {rate:g} a second. Assumed:"
        )
        for assumption in bill.assumptions():
            note(f"- {assumption}")
    if tally.full:
        note(f"there are more than --max-objects {max_objects:,}")
    if tally.counts[FAILED]:
        note(f"{tally.counts[FAILED]:,} failed before. See why: pipeline dlq ls. Pass --failed to send them, too.")
    if tally.counts[UNDER_WAY]:
        note(f"{tally.counts[UNDER_WAY]:,} are on their way. If their messages or S3's events are lost: --stuck.")
    if tally.counts[WAITING]:
        note(f"{tally.counts[WAITING]:,} were sent before, and wait. If their messages are lost: --stuck.")
    if tally.counts[ARCHIVED]:
        note(f"{tally.counts[ARCHIVED]:,} in Glacier. Restore them (aws s3api restore-object), then run it again.")


def _note_deleted(keys: Sequence[str]) -> None:
    """Say which images have no source any more."""
    from ops.show import note

    # Of a key whose versions all are stuck, each has a row.
    keys = list(dict.fromkeys(keys))
    if keys:
        more = f" and {len(keys) - _NAMED:,} more" if len(keys) > _NAMED else ""
        note(f"Deleted, so not sent: {', '.join(keys[:_NAMED])}{more}.")


def _as_json(stack: Stack, plan: Plan, tally: Tally, bill: Estimate, sender: Sender) -> dict[str, Any]:
    return {
        "bucket": stack.names.input_bucket,
        "prefix": plan.scope.prefix,
        **{kind.replace(" ", "_").replace(",", ""): tally.counts[kind] for kind in plan.kinds},
        "size_bytes": tally.size_bytes,
        "more": tally.full,
        "dollars": round(bill.dollars, 6),
        "charges": {each.what: round(each.dollars, 6) for each in bill.charges},
        "assumptions": list(bill.assumptions()),
        "sent": sender.sent,
        "replaced_meanwhile": sender.replaced,
        "left_to_others": sender.waiting,
    }
