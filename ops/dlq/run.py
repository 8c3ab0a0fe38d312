"""A replay or a purge of DLQ messages, queue by queue: what the command line and the console share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from ops.dlq.archive import Archive
from ops.dlq.cleanup import Clearing, Judging, Report, rehearse
from ops.dlq.dispositions import Disposition
from ops.dlq.reader import DlqReader
from ops.dlq.reading import Reading
from ops.dlq.received_messages import ReceivedMessage
from ops.dlq.selection import Chooser
from ops.dlq.throttle import Pacer

Name = Literal["replay", "purge"]

# Where archives are written, if nobody says otherwise: relative to where the command runs.
ARCHIVES: Final = Path("dlq-archive")


class Stopped(Exception):
    """Somebody stopped a run; what it has not reported is still in its dead-letter queue."""


def purged(entries: Sequence[ReceivedMessage]) -> list[Disposition]:
    """Every message is removed."""
    return [Disposition(action="remove", because="purged") for _ in entries]


def archive_paths(name: Name, now: datetime, folder: Path = ARCHIVES) -> Callable[[str], Path]:
    """The archive of each service's messages, by the service's name, of a run that began at a time."""
    return lambda service: folder / f"{now:%Y%m%dT%H%M%SZ}-{service}-{name}.jsonl"


@dataclass(kw_only=True)
class Run:
    """A replay or a purge, or what it would do.

    Args:
        reading: of the messages.
        judging: says what becomes of each.
        archive: where messages are kept before they leave their queue.
        rate: messages a second that go back, at most.
        apply: whether it is done; else it is a dry run.
        changed: called when the report has grown.
        stopping: whether somebody stopped it; asked once a chunk of messages.
    """

    reading: Reading
    judging: Judging
    archive: Archive
    rate: float
    apply: bool
    changed: Callable[[], None] = lambda: None
    stopping: Callable[[], bool] = lambda: False
    report: Report = field(default_factory=Report, init=False)
    chooser: Chooser = field(init=False)
    _expected: list[int] = field(default_factory=list, init=False)
    _reader: DlqReader | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.chooser = self.reading.chooser()

    @property
    def looked(self) -> int:
        """How many messages were looked at."""
        return self.chooser.looked

    @property
    def expected(self) -> int:
        """About how many messages the queues had that were opened so far."""
        return sum(self._expected) + (self._reader.expected if self._reader else 0)

    def run(self) -> None:
        """Take the queues one after the other; the report says how far it came, whatever is raised.

        Raises:
            CommandError: a service's queue takes nothing.
            Stopped: somebody stopped it.
        """
        stack = self.reading.stack
        clearing = Clearing(
            sqs=stack.sqs, archive=self.archive, pacer=Pacer(self.rate), report=self.report, changed=self.changed
        )
        for reader in self.reading.readers():
            self._reader = reader
            try:
                with reader:
                    if self.apply:
                        queue_url = stack.queue_url(stack.names.queue(reader.service))
                        clearing.clear(reader, queue_url, self.chooser, self._judged)
                    else:
                        rehearse(reader, self.chooser, self._judged, self.report)
            finally:
                self._reader = None
                self._expected.append(reader.expected)
                self.report.add(reader)
            if self.chooser.full:
                return

    def _judged(self, entries: Sequence[ReceivedMessage]) -> Sequence[Disposition]:
        if self.stopping():
            raise Stopped
        return self.judging(entries)
