"""How the commands of `pipeline dlq` read the queues, and what they say of what they could not see."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.cli.commands.dlq.filters import Filters
    from ops.cli.options import Target
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


def note_unseen(reading: Reading) -> None:
    """Say what could not be seen, once the reading has ended."""
    from ops.dlq.tables import note_hidden

    note_hidden(reading.hidden, reading.unreleased, reading.visibility_timeout)
