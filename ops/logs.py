"""`pipeline logs`: one image's path through all three services' logs."""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ops import log_lines
from ops.dlq.selection import age_words
from ops.errors import CommandError, Exit
from ops.ledger import Row
from ops.log_lines import Line
from ops.options import add_stack_options, duration, seconds, stack_of
from ops.show import note, print_json, print_table, visible
from ops.stack import Stack
from shared.dlq_messages import iso

# An image that the ledger does not know yet: it waits, or its first attempts fail.
_RECENT: Final = timedelta(days=1)
# The clocks of S3 and of Lambda are two.
_MARGIN: Final = timedelta(minutes=5)

_LOOK_SECONDS: Final = 1.0
# CloudWatch shows a line some seconds after it was written: the outcome is in the ledger before.
_LAG_SECONDS: Final = 5.0

_HEADER: Final = ("TIME", "SERVICE", "LEVEL", "MESSAGE", "DETAILS")
_WIDTHS: Final = (24, 9, 7, 11, 0)


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "logs",
        help="show one image's path through the services' logs",
        description="Show what all three services logged of an image, in order: of the newest version of its key.",
        epilog="examples: pipeline logs holiday/test.jpg; pipeline logs holiday/test.jpg --follow;"
        " pipeline logs holiday/test.jpg --all-versions --since 2d",
    )
    parser.add_argument("key", metavar="KEY", help="a key of the input bucket")
    parser.add_argument("--image-id", metavar="ID", help="of one version, as pipeline status --output json has it")
    parser.add_argument("--all-versions", action="store_true", help="of every version of the key")
    parser.add_argument(
        "--since", type=duration, metavar="AGE", help="such as 30m, 2h or 3d (default: since the image was uploaded)"
    )
    parser.add_argument("--follow", action="store_true", help="go on until the image has its outcome")
    parser.add_argument("--timeout", type=seconds, default=300, metavar="SECONDS", help="of --follow (default 300)")
    add_stack_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Exit:
    """Look for the image in the ledger, and for its lines in the logs."""
    trail = _Trail(stack=stack_of(args), args=args, now=datetime.now(UTC))
    if args.follow:
        return _follow(trail, args)
    lines = trail.look()
    for group in trail.missing:
        note(f"no log group {group}: that service is not deployed")
    if not lines:
        raise CommandError(
            f"no service logged anything of {args.key} in {age_words(trail.now - trail.since)}: not uploaded into"
            f" s3://{trail.stack.names.input_bucket}, or still waiting for resize; --since looks further back",
            Exit.NOT_FOUND,
        )
    if args.output == "json":
        print_json(map(_as_json, lines))
    else:
        print_table(_HEADER, map(_as_row, lines))
    trail.note_outcomes()
    return Exit.DONE


@dataclass(kw_only=True)
class _Trail:
    """What the ledger and the logs know of the image that is asked for.

    Args:
        stack: whose.
        args: of the command.
        now: when it was asked.
    """

    stack: Stack
    args: argparse.Namespace
    now: datetime
    rows: Sequence[Row] = field(default=(), init=False)
    missing: Sequence[str] = field(default=(), init=False)
    since: datetime = field(init=False)

    def look(self) -> list[Line]:
        """The lines of now, in order."""
        rows = self.stack.ledger.of_key(self.stack.names.input_bucket, self.args.key)
        if self.args.image_id:
            rows = [row for row in rows if row.image_id == self.args.image_id]
        elif not self.args.all_versions:
            rows = rows[:1]
        self.rows, self.since = rows, self.now - (self.args.since or _RECENT)
        if rows and not self.args.since:
            self.since = min(datetime.fromisoformat(row.uploaded_at) for row in rows) - _MARGIN
        image_ids = {row.image_id for row in rows} | ({self.args.image_id} if self.args.image_id else set())
        if image_ids:
            lines, self.missing = log_lines.of_images(self.stack, image_ids, self.since)
        else:
            lines, self.missing = log_lines.of_key(self.stack, self.args.key, self.since)
        return lines

    @property
    def ended(self) -> bool:
        """Whether the image has its outcome."""
        return bool(self.rows) and all(row.outcome for row in self.rows)

    def note_outcomes(self) -> None:
        """Say what became of it."""
        for row in self.rows:
            note(f"image {row.image_id}: {row.outcome or 'on its way'}")


def _follow(trail: _Trail, args: argparse.Namespace) -> Exit:
    """Print lines as they come, until the image has its outcome and what it logged before is there, too."""
    deadline = time.monotonic() + args.timeout
    ended_at: float | None = None
    notified: set[tuple[datetime, str, str]] = set()
    while True:
        for line in trail.look():
            if (line.at, line.service, line.message) not in notified:
                notified.add((line.at, line.service, line.message))
                _print_at_once(line, args.output)
        now = time.monotonic()
        # A newer version that comes meanwhile is followed, too.
        ended_at = (ended_at or now) if trail.ended else None
        if ended_at is not None and now - ended_at >= _LAG_SECONDS:
            trail.note_outcomes()
            return Exit.DONE
        if now >= deadline:
            note(f"no outcome within {args.timeout:g} s; pipeline status {args.key}")
            return Exit.TIMED_OUT
        time.sleep(_LOOK_SECONDS)


def _print_at_once(line: Line, output: str) -> None:
    """One line, in columns that fit what the services say."""
    if output == "json":
        print_json([_as_json(line)])
    else:
        cells = zip(map(visible, _as_row(line)), _WIDTHS, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in cells).rstrip(), flush=True)


def _as_json(line: Line) -> dict[str, Any]:
    return {
        "at": iso(line.at),
        "service": line.service,
        "level": line.level,
        "message": line.message,
        "image_id": line.image_id,
        "key": line.key,
        **{name: value for name, value in line.fields.items() if name not in {"at", "service", "level", "message"}},
    }


def _as_row(line: Line) -> tuple[str, ...]:
    # A traceback has lines of its own, which --output json has.
    hidden = {"exception", "stack_trace"}
    details = " ".join(f"{name}={value}" for name, value in line.fields.items() if name not in hidden)
    return (iso(line.at), line.service, line.level, line.message, details)
