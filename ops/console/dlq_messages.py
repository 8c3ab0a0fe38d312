"""DLQ messages on the page: read when they are looked at, and sent back as `pipeline dlq replay` does."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ops.dlq.archive import Archive
from ops.dlq.cleanup import Clearing, Report
from ops.dlq.dispositions import Disposition, Judge
from ops.dlq.reader import DlqReader
from ops.dlq.received_messages import ReceivedMessage
from ops.dlq.selection import Chooser, Selection
from ops.dlq.throttle import Pacer
from ops.errors import CommandError, Exit
from ops.names import SERVICES
from ops.stack import Stack

# As many as a page shows; `pipeline dlq` takes any number.
MAX_MESSAGES: Final = 500
MAX_EXPORTED: Final = 10_000

# A page is read at once, so nobody is kept from a message for long if this process is killed.
_VISIBILITY_SECONDS: Final = 30
_RATE: Final = 50.0
_PATIENCE_SECONDS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Messages that failed in one service for one reason's class.

    Args:
        service: where.
        error: the error's class.
        entries: the oldest first.
    """

    service: str
    error: str
    entries: tuple[ReceivedMessage, ...]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was in the dead-letter queues.

    Args:
        causes: the biggest first.
        at: when.
        more: whether there are more than were read.
        hidden: how many others held.
    """

    causes: tuple[Cause, ...]
    at: datetime
    more: bool
    hidden: int

    @property
    def count(self) -> int:
        """How many messages were read."""
        return sum(len(cause.entries) for cause in self.causes)


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What came of sending messages back.

    Args:
        report: by what was done.
        images: that were sent back, by their ids.
        archives: the files that hold what left the queues.
        stopped: why not all was done; None where it was.
    """

    report: Report
    images: tuple[str, ...]
    archives: tuple[Path, ...]
    stopped: str | None = None


@dataclass(kw_only=True)
class DlqMessages:
    """The DLQ messages of a stack.

    Args:
        stack: whose.
        folder: of archives; as `pipeline dlq` has it.
        wait_seconds: for messages, where there seem to be none.
        now: the time.
    """

    stack: Stack
    folder: Path = Path("dlq-archive")
    wait_seconds: int = 1
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _messages: dict[str, ReceivedMessage] = field(default_factory=dict, init=False)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, init=False)

    def read(self, most: int = MAX_MESSAGES) -> Reading:
        """Look into all dead-letter queues; nothing is changed."""
        with self._one_at_a_time, ThreadPoolExecutor(len(SERVICES)) as pool:
            read = list(pool.map(lambda service: self._read(service, most), SERVICES))
        entries = [entry for found, _ in read for entry in found]
        self._messages = {entry.message_id: entry for entry in entries[:most]}
        return Reading(
            causes=_causes(entries[:most]),
            at=self.now(),
            more=len(entries) > most or any(len(found) >= most for found, _ in read),
            hidden=sum(hidden for _, hidden in read),
        )

    def entry(self, message_id: str) -> ReceivedMessage | None:
        """A message of the last reading."""
        return self._messages.get(message_id)

    def export(self) -> Iterator[ReceivedMessage]:
        """Every message, as far as one file should hold them."""
        return (entry for cause in self.read(MAX_EXPORTED).causes for entry in cause.entries)

    def replay(self, message_ids: Sequence[str], *, force: bool) -> Replay:
        """Send messages back, as `pipeline dlq replay ID… --yes` does.

        Args:
            message_ids: of the messages.
            force: those too that came back too often.

        Raises:
            CommandError: another replay takes its time.
        """
        if not self._one_at_a_time.acquire(timeout=_PATIENCE_SECONDS):
            raise CommandError("DLQ messages are being read or sent back already: try again", Exit.PARTIAL)
        try:
            return self._replay(message_ids, force=force)
        finally:
            self._one_at_a_time.release()

    def _replay(self, message_ids: Sequence[str], *, force: bool) -> Replay:
        now, judge, report = self.now(), Judge(stack=self.stack, force=force), Report()
        chooser = Chooser(selection=Selection(names=frozenset(message_ids)), limit=len(message_ids), now=now)
        images: list[str] = []

        def judging(entries: Sequence[ReceivedMessage]) -> Sequence[Disposition]:
            verdicts = judge.dispositions(entries)
            for entry, verdict in zip(entries, verdicts, strict=True):
                images.extend(entry.images if verdict.action == "replay" else ())
            return verdicts

        archive = Archive(lambda service: self.folder / f"{now:%Y%m%dT%H%M%SZ}-{service}-replay.jsonl")
        stopped = None
        with closing(archive):
            clearing = Clearing(sqs=self.stack.sqs, archive=archive, pacer=Pacer(_RATE), report=report)
            try:
                for service in self._services_of(message_ids):
                    with self._reader(service) as reader:
                        url = self.stack.queue_url(self.stack.names.queue(service))
                        clearing.clear(reader, url, chooser, judging)
                    report.hidden += reader.hidden
                    if chooser.full:
                        break
            except CommandError as error:
                stopped = str(error)
        return Replay(report=report, images=tuple(images), archives=tuple(archive.paths), stopped=stopped)

    def _services_of(self, message_ids: Sequence[str]) -> list[str]:
        known = {self._messages[each].service for each in message_ids if each in self._messages}
        return [service for service in SERVICES if service in known] or list(SERVICES)

    def _read(self, service: str, most: int) -> tuple[list[ReceivedMessage], int]:
        entries: list[ReceivedMessage] = []
        with self._reader(service) as reader:
            for some in reader.read():
                entries += some
                if len(entries) >= most:
                    break
        return entries, reader.hidden

    def _reader(self, service: str) -> DlqReader:
        return DlqReader(
            sqs=self.stack.sqs,
            service=service,
            url=self.stack.queue_url(self.stack.names.dlq(service)),
            max_receives=self.stack.settings.services[service].max_receive_count,
            visibility_seconds=_VISIBILITY_SECONDS,
            wait_seconds=self.wait_seconds,
        )


def _causes(entries: Sequence[ReceivedMessage]) -> tuple[Cause, ...]:
    found: dict[tuple[str, str], list[ReceivedMessage]] = {}
    for entry in entries:
        found.setdefault((entry.service, entry.error), []).append(entry)
    causes = (
        Cause(service=service, error=error, entries=tuple(sorted(alike, key=lambda entry: entry.sent_at)))
        for (service, error), alike in found.items()
    )
    return tuple(sorted(causes, key=lambda cause: (-len(cause.entries), SERVICES.index(cause.service), cause.error)))
