"""`pipeline logs`: one image's path through all three services' logs."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from ops.cli.options import DURATION, command, option, target_options, timeout_option
from ops.errors import CommandError, Exit
from shared.clock import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from ops.cli.options import Target
    from ops.images.log_lines import Line
    from ops.images.logs import Trail

_POLL_SECONDS: Final = 1.0
# CloudWatch shows a line some seconds after it was written: the outcome is in the ledger before.
_LAG_SECONDS: Final = 5.0
# Of lines that are printed as they come: time, service, level, message.
_WIDTHS: Final = (24, 9, 7, 11, 0)


@command(
    "pipeline logs holiday/test.jpg",
    "pipeline logs holiday/test.jpg --follow",
    "pipeline logs holiday/test.jpg --all-versions --since 2d",
)
@click.argument("key", metavar="KEY", help="A key of the input bucket.")
@option(
    "--image-id",
    metavar="ID",
    help="Show the version with this id, as pipeline status --json has it (default: the newest version).",
)
@option("--all-versions", is_flag=True, help="Show every version of the key (default: the newest version).")
@option(
    "--since",
    type=DURATION,
    metavar="AGE",
    help="Look this far back, such as 30m, 2h or 3d (default: since the image was uploaded).",
)
@option("--follow", is_flag=True, help="Print lines as they come, until the image has its outcome (default: off).")
@timeout_option("for the outcome (with --follow)", 300)
@target_options
def logs(
    target: Target,
    key: str,
    image_id: str | None,
    *,
    all_versions: bool,
    since: timedelta | None,
    follow: bool,
    timeout: float,
) -> Exit:
    """Show what all three services logged of an image, in order: of the newest version of its key."""
    from ops.cli.output import print_json, print_table, word
    from ops.durations import age_words
    from ops.images.logs import Trail, as_json, as_row

    stack = target.stack()
    key = stack.names.buckets.input.within(key)
    trail = Trail(
        stack=stack,
        key=key,
        now=datetime.now(UTC),
        image_id=image_id,
        all_versions=all_versions,
        age=since,
    )
    if follow:
        return _follow(trail, timeout, target)
    lines = trail.look()
    _note_missing(trail.missing)
    if not lines:
        raise CommandError(
            f"no service logged anything of {key} in {age_words(trail.now - trail.since)}. Either never uploaded to"
            f" s3://{trail.stack.names.input_bucket}, or still waiting for resize; --since looks further back.",
            Exit.NOT_FOUND,
        )
    if target.json:
        print_json(map(as_json, lines))
    else:
        header = (word("TIME"), word("SERVICE"), word("LEVEL"), "MESSAGE", "DETAILS")
        print_table(header, map(as_row, lines))
    _note_outcomes(trail)
    return Exit.DONE


def _follow(trail: Trail, timeout: float, target: Target) -> Exit:
    """Print lines as they come, until the image has its outcome and what it logged before is there, too."""
    from ops.cli.output import ProgressLine
    from ops.images.status import outcome_of
    from ops.show import note, operands

    deadline = SYSTEM.monotonic() + timeout
    ended_at: float | None = None
    printed: set[str] = set()
    with ProgressLine() as progress:
        while True:
            lines = trail.look()
            _note_missing(group for group in trail.missing if group not in printed)
            printed.update(trail.missing)
            for line in lines:
                if repr(line) not in printed:  # its fields are as JSON has them
                    printed.add(repr(line))
                    _print_at_once(line, target)
            now = SYSTEM.monotonic()
            # A newer version that comes meanwhile is followed, too.
            ended_at = (ended_at or now) if trail.ended else None
            if ended_at is not None and now - ended_at >= _LAG_SECONDS:
                progress.end()
                _note_outcomes(trail)
                return Exit.DONE
            if now >= deadline:
                progress.end()
                note(f"no outcome within {timeout:g} s. See: pipeline status {shlex.join(operands(trail.key))}")
                return Exit.TIMED_OUT
            progress(", ".join(map(outcome_of, trail.rows)) or "waiting for resize")
            SYSTEM.wait(_POLL_SECONDS)


def _note_missing(groups: Iterable[str]) -> None:
    from ops.show import note

    for group in groups:
        note(f"no log group {group}: that service is not deployed. Deploy it: make deploy")


def _print_at_once(line: Line, target: Target) -> None:
    """One line, in columns that fit what the services say."""
    from ops.cli.output import print_json
    from ops.images.logs import as_json, as_row
    from ops.show import visible

    if target.json:
        print_json([as_json(line)])
    else:
        cells = zip(map(visible, as_row(line)), _WIDTHS, strict=True)
        print("  ".join(cell.ljust(width) for cell, width in cells).rstrip(), flush=True)


def _note_outcomes(trail: Trail) -> None:
    """Say what became of the image."""
    from ops.show import note

    for row in trail.rows:
        note(f"image {row.image_id}: {row.outcome or 'on its way'}")
