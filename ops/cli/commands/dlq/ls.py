"""`pipeline dlq ls`: DLQ messages counted by cause."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ops.cli.commands.dlq.filters import Filters, filter_options
from ops.cli.options import command, target_options

if TYPE_CHECKING:
    from ops.cli.options import Target
    from ops.errors import Exit


@command("pipeline dlq ls", "pipeline dlq ls --newer-than 2h --json")
@filter_options
@target_options
def ls(target: Target, filters: Filters) -> Exit:
    """Count DLQ messages by service, error and the first folder of their keys, the biggest group first."""
    from ops.cli.commands.dlq.reading import end_of, reading_of, show_read
    from ops.cli.output import ProgressLine
    from ops.dlq.groups import Groups
    from ops.dlq.tables import print_counts

    reading, groups = reading_of(target, filters), Groups()
    with ProgressLine() as progress, closing(reading.entries(show_read(progress))) as entries:
        for entry in entries:
            groups.add(entry)
    print_counts(groups, target.output, reading.now)
    return end_of(reading)
