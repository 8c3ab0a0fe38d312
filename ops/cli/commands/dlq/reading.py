"""How the commands of `pipeline dlq` read the queues, and what they say of what they could not see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from ops.cli.commands.dlq.filters import Filters
    from ops.cli.options import Target
    from ops.cli.output import ProgressLine
    from ops.dlq.reading import Reading


def reading_of(target: Target, filters: Filters) -> Reading:
    """A reading of the messages that the filters select."""
    from ops.dlq.reading import Reading

    return Reading(
        stack=target.stack(),
        selection=filters.selection(),
        limit=filters.limit,
        visibility_timeout=filters.visibility_timeout,
    )


def end_of(reading: Reading) -> Exit:
    """Say what could not be seen, once the reading has ended; the exit code that says so to a script."""
    from ops.dlq.tables import note_missed

    note_missed(reading.missed, reading.visibility_timeout)
    return Exit.PARTIAL if reading.missed.unseen else Exit.DONE


def show_read(progress: ProgressLine) -> Callable[[int, int], None]:
    """Shows on a progress how many messages of a queue were read."""

    def show(read: int, expected: int) -> None:
        progress(f"read {read:,} of about {max(read, expected):,}", done=read, total=max(read, expected))

    return show
