"""`pipeline dlq show`: DLQ messages whole, each with its reason."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ops.cli.commands.dlq.filters import Filters, filter_options, names_argument
from ops.cli.exits import Exit
from ops.cli.options import command, target_options
from ops.errors import CommandError

if TYPE_CHECKING:
    from ops.cli.options import Target
    from ops.dlq.letters import Letter


@command("pipeline dlq show holiday/test.jpg", "pipeline dlq show --service resize --limit 3")
@names_argument
@filter_options
@target_options
def show(target: Target, filters: Filters) -> Exit:
    """Show DLQ messages whole: reason, image, attempts, body."""
    from ops.cli.commands.dlq.reading import note_unseen, reading_of
    from ops.dlq.printing import in_words, print_letters
    from ops.dlq.selection import names_of
    from ops.show import note

    reading, missing = reading_of(target, filters), set(filters.names)

    def found(letter: Letter) -> Letter:
        missing.difference_update(names_of(letter))
        return letter

    with closing(reading.letters()) as letters:
        count = print_letters(map(found, letters), target.output, reading.now)
    note(in_words(count))
    note_unseen(reading)
    if missing:
        raise CommandError(
            f"no DLQ message: {', '.join(sorted(missing))}. It is not the message id, image id or key of any message"
            " that was read: pipeline dlq ls counts them.",
            Exit.NOT_FOUND,
        )
    return Exit.DONE
