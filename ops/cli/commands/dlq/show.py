"""`pipeline dlq show`: DLQ messages whole, each with its reason."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ops.cli.commands.dlq.filters import Filters, filter_options, names_argument
from ops.cli.options import command, target_options
from ops.errors import CommandError, Exit

if TYPE_CHECKING:
    from ops.cli.options import Target
    from ops.dlq.received_messages import ReceivedMessage


@command("pipeline dlq show holiday/test.jpg", "pipeline dlq show --service resize --limit 3")
@names_argument
@filter_options
@target_options
def show(target: Target, filters: Filters) -> Exit:
    """Show DLQ messages whole: reason, image, attempts, body."""
    from ops.cli.commands.dlq.reading import end_of, reading_of
    from ops.dlq.selection import names_of
    from ops.dlq.tables import in_words, print_messages
    from ops.show import note

    reading, missing = reading_of(target, filters), set(filters.names)

    def found(entry: ReceivedMessage) -> ReceivedMessage:
        missing.difference_update(names_of(entry))
        return entry

    with closing(reading.entries()) as entries:
        count = print_messages(map(found, entries), target.output, reading.now)
    note(in_words(count))
    ended = end_of(reading)
    if missing:
        raise CommandError(
            f"no DLQ message: {', '.join(sorted(missing))}. It is not the message id, image id or key of any message"
            " that was read: pipeline dlq ls counts them.",
            Exit.NOT_FOUND,
        )
    return ended
