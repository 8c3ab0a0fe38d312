"""Messages of dead-letter queues as a selection says, of all services; nothing is changed."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from ops.dlq.reader import WAIT_SECONDS, DlqReader, Missed
from ops.dlq.received_messages import ReceivedMessage
from ops.dlq.rows import with_batches
from ops.dlq.selection import Chooser, Selection
from ops.stack import Stack


@dataclass(kw_only=True)
class Reading:
    """A reading of the dead-letter queues.

    Args:
        stack: whose.
        selection: which messages.
        limit: how many at most; None for all.
        visibility_timeout: for which messages are hidden from others, in seconds.
        now: from which ages are counted.
        wait_seconds: for messages, where there seem to be none; None for the usual time.
    """

    stack: Stack
    selection: Selection
    limit: int | None
    visibility_timeout: int
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    wait_seconds: int | None = None
    missed: Missed = field(default_factory=Missed, init=False)

    def entries(
        self, progress: Callable[[int, int], None] = lambda _, __: None
    ) -> Generator[ReceivedMessage, None, None]:
        """The messages, one after the other.

        Args:
            progress: called with how many were read of a queue, and how many it has; as often as some came.
        """
        chooser = self.chooser()
        for reader in self.readers():
            with reader:
                read = 0
                for entries in reader.read():
                    read += len(entries)
                    progress(read, reader.expected)
                    yield from chooser.choose(entries)
                    if chooser.full:
                        break
            self.missed.add(reader)
            if chooser.full:
                return

    def chooser(self) -> Chooser:
        """Takes what the selection says."""
        batched = partial(with_batches, self.stack.ledger)
        return Chooser(selection=self.selection, limit=self.limit, now=self.now, batched=batched)

    def readers(self) -> list[DlqReader]:
        """The dead-letter queues that the selection names."""
        return [
            DlqReader(
                sqs=self.stack.sqs,
                service=service,
                url=self.stack.queue_url(self.stack.names.dlq(service)),
                max_receives=self.stack.settings.services[service].max_receive_count,
                visibility_seconds=self.visibility_timeout,
                wait_seconds=WAIT_SECONDS if self.wait_seconds is None else self.wait_seconds,
            )
            for service in self.selection.services
        ]
