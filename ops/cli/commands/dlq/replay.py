"""`pipeline dlq replay`: DLQ messages sent back to the queues of their services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.cli.commands.dlq.cleanup import cleared, clearing_options
from ops.cli.commands.dlq.filters import Filters, filter_options, names_argument
from ops.cli.options import RATE, command, option, target_options
from ops.dlq import limits

if TYPE_CHECKING:
    from pathlib import Path

    from ops.cli.options import Target
    from ops.errors import Exit


@command(
    "pipeline dlq replay --error AwsUnavailable",
    "pipeline dlq replay --key 'holiday/*' --yes",
)
@names_argument
@clearing_options
@option(
    "--rate",
    type=RATE,
    default=limits.RATE,
    metavar="N",
    help=f"Send at most this many messages a second (default: {limits.RATE:g}).",
)
@option(
    "--force",
    is_flag=True,
    help=f"Send also messages that were replayed {limits.MAX_REPLAYS} times or more (default: leave them).",
)
@filter_options
@target_options
def replay(target: Target, filters: Filters, rate: float, archive: Path | None, *, force: bool, yes: bool) -> Exit:
    """Send DLQ messages back to the queues of their services.

    Without --yes, say what would be done and change nothing. Messages with nothing left to do (their image is stored,
    replaced or deleted) are archived and removed.
    """
    from ops.cli.commands.dlq.reading import reading_of
    from ops.dlq.dispositions import Judge

    reading = reading_of(target, filters)
    judging = Judge(stack=reading.stack, force=force).dispositions
    return cleared(reading, judging, name="replay", output=target.output, rate=rate, yes=yes, archive=archive)
