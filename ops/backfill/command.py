"""`pipeline backfill`: images that are in the input bucket already, and that the pipeline does not know."""

import argparse
import os
import sys
import time
from datetime import timedelta
from typing import Any

from ops.backfill.checkpoint import Checkpoint
from ops.backfill.estimate import Estimate, estimate
from ops.backfill.options import add_backfill, prefix_of
from ops.backfill.scan import ARCHIVED, FAILED, KINDS, SEND, Scope, Tally, scan
from ops.backfill.sender import Sender
from ops.dlq.selection import age_words
from ops.dlq.throttle import Pacer
from ops.errors import CommandError, Exit
from ops.options import stack_of
from ops.show import note, print_json, print_table
from ops.stack import Stack
from shared.notices import human_size

_REPORT_SECONDS = 3.0


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    add_backfill(commands, run)


def run(args: argparse.Namespace) -> Exit:
    """Count and estimate, ask, and send."""
    stack = stack_of(args)
    scope = Scope(
        prefix=prefix_of(args.where, stack.names), since=args.since, most=args.max_objects, failed=args.failed
    )
    checkpoint = Checkpoint(bucket=stack.names.input_bucket, prefix=scope.prefix)
    after = _after(checkpoint, resume=args.resume)
    notified = _Notified()
    tally = Tally()
    for _ in scan(stack, scope, tally, after=after):
        notified(f"looking: {sum(tally.counts.values()):,} images, {tally.counts[SEND]:,} to send")
    notified.end()
    bill = estimate(stack.settings, prefix=scope.prefix, images=tally.counts[SEND], size_bytes=tally.size_bytes)
    if args.output == "table":
        _print_plan(tally, bill)
    _note_plan(tally, bill, args)
    code, sender = Exit.DONE, Sender(stack=stack, pacer=Pacer(args.rate))
    if not args.dry_run and not tally.counts[SEND]:
        checkpoint.remove()
    elif not args.dry_run and _may_send(args, tally):
        code = _send(stack, scope, checkpoint, sender, after)
    if args.output == "json":
        print_json([_as_json(stack, scope, tally, bill, sender)])
    return code


def _after(checkpoint: Checkpoint, *, resume: bool) -> str:
    """The key after which to begin."""
    last_key = checkpoint.last_key()
    if resume and last_key is None:
        raise CommandError(f"nothing to resume: no run of this prefix left {checkpoint.path}", Exit.NOT_FOUND)
    if resume and last_key:
        note(f"going on after {last_key}")
        return last_key
    if last_key is not None:
        note(f"an earlier run came as far as {last_key}: --resume goes on from there")
    return ""


def _send(stack: Stack, scope: Scope, checkpoint: Checkpoint, sender: Sender, after: str) -> Exit:
    notified, tally, code = _Notified(), Tally(), Exit.DONE
    try:
        for objects in scan(stack, scope, tally, after=after):
            for last_key in sender.send(objects):
                checkpoint.put(last_key)
                notified(f"sending: {sender.sent:,} sent")
        if not tally.full:
            checkpoint.remove()
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
    finally:
        notified.end()
    if sender.sent or sender.replaced:
        note(f"{sender.sent:,} sent" + (f", {sender.replaced:,} replaced meanwhile" if sender.replaced else ""))
    if code == Exit.INTERRUPTED:
        note("interrupted: --resume goes on from there")
    elif tally.full:
        note("there are more: --resume goes on from there")
    return code


def _may_send(args: argparse.Namespace, tally: Tally) -> bool:
    if args.yes:
        return True
    if not sys.stdin.isatty():
        raise CommandError("nothing was sent: nobody is here to ask; --yes sends, --dry-run only estimates")
    sys.stderr.write(f"send {tally.counts[SEND]:,} images? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in {"y", "yes"}:
        return True
    note("nothing was sent")
    return False


def _print_plan(tally: Tally, bill: Estimate) -> None:
    print_table(("IMAGES", ""), [(f"{tally.counts[kind]:,}", kind) for kind in KINDS])
    if not bill.images:
        return
    print()
    rows = [(each.what, f"{each.amount:.3g}", _dollars(bill.dollars_of(each))) for each in bill.charges]
    print_table(("COST", "AN IMAGE", "DOLLARS"), [*rows, ("together", "", _dollars(bill.dollars))])


def _dollars(amount: float) -> str:
    """As many digits as report something."""
    return f"{amount:,.2f}" if amount >= 1 else f"{amount:.6f}"


def _note_plan(tally: Tally, bill: Estimate, args: argparse.Namespace) -> None:
    count = tally.counts[SEND]
    if not count:
        note("nothing to send")
    else:
        lasts = age_words(timedelta(seconds=count / args.rate))
        note(
            f"{count:,} images, {human_size(tally.size_bytes)}: about ${_dollars(bill.dollars)},"
            f" {lasts} at {args.rate:g} a second. Assumed:"
        )
        for assumption in bill.assumptions():
            note(f"- {assumption}")
    if tally.full:
        note(f"there are more than --max-objects {args.max_objects:,}")
    if tally.counts[FAILED]:
        note(f"{tally.counts[FAILED]:,} failed before: pipeline dlq ls says why; --failed sends them, too")
    if tally.counts[ARCHIVED]:
        note(f"{tally.counts[ARCHIVED]:,} in Glacier: aws s3api restore-object, then the same again")


def _as_json(stack: Stack, scope: Scope, tally: Tally, bill: Estimate, sender: Sender) -> dict[str, Any]:
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


class _Notified:
    """How far it is, on stderr: one line that is redrawn on a terminal, now and then a new one elsewhere."""

    def __init__(self) -> None:
        self._redrawn = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._at = time.monotonic()
        self._open = False

    def __call__(self, text: str) -> None:
        if self._redrawn:
            sys.stderr.write(f"\r\x1b[K{text}")
            sys.stderr.flush()
            self._open = True
        elif time.monotonic() - self._at >= _REPORT_SECONDS:
            note(text)
            self._at = time.monotonic()

    def end(self) -> None:
        """Leave the line; may be called twice."""
        if self._open:
            self._open = False
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
