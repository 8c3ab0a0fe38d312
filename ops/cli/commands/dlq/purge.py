"""`pipeline dlq purge`: DLQ messages archived and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.cli.commands.dlq.cleanup import cleared, clearing_options
from ops.cli.commands.dlq.filters import Filters, filter_options
from ops.cli.options import command, target_options

if TYPE_CHECKING:
    from pathlib import Path

    from ops.cli.options import Target
    from ops.errors import Exit


@command("pipeline dlq purge --error UnsupportedImage --older-than 7d --yes")
@clearing_options
@filter_options
@target_options
def purge(target: Target, filters: Filters, archive: Path | None, *, yes: bool) -> Exit:
    """Delete DLQ messages, archived first. Without --yes, say what would be done and change nothing."""
    from ops.cli.commands.dlq.reading import reading_of
    from ops.dlq.run import purged

    reading = reading_of(target, filters)
    return cleared(reading, purged, name="purge", output=target.output, rate=1, yes=yes, archive=archive)
