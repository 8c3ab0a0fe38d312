"""`pipeline dlq ls`: DLQ messages counted by cause."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ops.cli.commands.dlq.filters import Filters, filter_options
from ops.cli.exits import Exit
from ops.cli.options import command, target_options

if TYPE_CHECKING:
    from ops.cli.options import Target


@command("pipeline dlq ls", "pipeline dlq ls --newer-than 2h --json")
@filter_options
@target_options
def ls(target: Target, filters: Filters) -> Exit:
    """Count DLQ messages by service, error and the first folder of their keys, the biggest group first."""
    from ops.cli.commands.dlq.reading import note_unseen, reading_of
    from ops.cli.output import ProgressLine
    from ops.dlq.groups import Groups
    from ops.dlq.tables import print_counts

    reading, groups = reading_of(target, filters), Groups()
    with ProgressLine() as progress, closing(reading.entries()) as entries:
        for count, entry in enumerate(entries, 1):
            groups.add(entry)
            progress(f"read {count:,}")
    print_counts(groups, target.output, reading.now)
    note_unseen(reading)
    return Exit.DONE
