"""Messages taken off a dead-letter queue: on the disk first, then sent back, and only then deleted."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ops.aws.queues import chunks
from ops.dlq.archive import Archive
from ops.dlq.dispositions import Disposition
from ops.dlq.groups import Groups
from ops.dlq.limits import CONCURRENCY
from ops.dlq.reader import DlqReader, Missed
from ops.dlq.received_messages import ReceivedMessage, replayed
from ops.dlq.selection import Chooser
from ops.dlq.throttle import Pacer
from ops.errors import CommandError, Exit
from shared.aws.queues import send_all

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Judging = Callable[[Sequence[ReceivedMessage]], Sequence[Disposition]]

# Why each message of a request was not sent, or None; and why messages that were sent stay, by their id.
_Replayed = tuple[Sequence[str | None], Mapping[str, str]]

# Messages that are judged at a time, at most: ten requests' worth of each of the threads.
MAX_JUDGED: Final = 10 * CONCURRENCY

# Messages that are written to the disk at a time, at most: each time takes milliseconds.
MAX_ARCHIVED: Final = 100

# A queue that takes none of this many requests in a row takes no more today.
_REFUSALS: Final = 3


@dataclass(kw_only=True)
class Report(Missed):
    """What was done, as far as it went.

    Args:
        groups: of messages, by what was done with them.
        refused: why messages were not sent, with how many.
        undeleted: why messages that were done with are in the dead-letter queue still, with how many.
    """

    groups: Groups = field(default_factory=Groups)
    refused: Counter[str] = field(default_factory=Counter)
    undeleted: Counter[str] = field(default_factory=Counter)

    @property
    def complete(self) -> bool:
        """Whether nothing was refused, nothing left and all seen."""
        return not (self.refused or self.undeleted or self.unseen or self.groups.count("left"))


def rehearse(reader: DlqReader, chooser: Chooser, judging: Judging, report: Report) -> None:
    """Report what would be done with the messages of a queue; nothing is changed."""
    would = {"replay": "would replay", "remove": "would remove", "leave": "would leave"}
    for chosen in gathered(reader.read(), chooser, MAX_JUDGED):
        for entry, verdict in zip(chosen, judging(chosen), strict=True):
            report.groups.add(entry, would[verdict.action], verdict.because)


def gathered(chunks: Iterable[list[ReceivedMessage]], chooser: Chooser, size: int) -> Iterator[list[ReceivedMessage]]:
    """The messages that are chosen, in chunks of this size or more, but for the last.

    What is asked of AWS about a hundred takes as long as about one.
    """
    waiting: list[ReceivedMessage] = []
    for entries in chunks:
        waiting += chooser.choose(entries)
        if len(waiting) >= size:
            yield waiting
            waiting = []
        if chooser.full:
            break
    if waiting:
        yield waiting


@dataclass(kw_only=True)
class Clearing:
    """Does with messages what is said of them.

    At every moment a message is in its dead-letter queue or in the queue of its service: it is deleted only when SQS
    has said that it took it. Killed in between, it is in both, and the services do nothing twice.

    Args:
        sqs: a client.
        archive: where messages are kept before they are deleted.
        pacer: how fast they go back.
        report: where everything is counted.
        changed: called when the report has grown.
        now: the time.
    """

    sqs: "SQSClient"
    archive: Archive
    pacer: Pacer
    report: Report
    changed: Callable[[], None] = lambda: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _under_way: "deque[tuple[Sequence[ReceivedMessage], Future[_Replayed]]]" = field(default_factory=deque, init=False)
    _refusals: int = field(default=0, init=False)
    _takes: bool = field(default=False, init=False)

    def clear(self, reader: DlqReader, queue_url: str, chooser: Chooser, judging: Judging) -> None:
        """Do with the messages of one dead-letter queue what is judged; some go back to the queue of its service.

        Raises:
            CommandError: the service's queue takes nothing.
        """
        try:
            for chosen in gathered(reader.read(), chooser, self.pacer.in_a_second(MAX_JUDGED // 2) * 2):
                judged = list(zip(chosen, judging(chosen), strict=True))
                for entry, verdict in judged:
                    if verdict.action == "leave":
                        self.report.groups.add(entry, "left", verdict.because)
                self._remove(reader, [each for each in judged if each[1].action == "remove"])
                going = [entry for entry, verdict in judged if verdict.action == "replay"]
                for some in chunks(going, self.pacer.in_a_second(MAX_ARCHIVED)):
                    self.archive.write([(entry, "replayed") for entry in some], self.now())
                    for batch in chunks(some, self.pacer.at_once):
                        self.pacer.rate(len(batch), reader.keep)
                        self._replay(reader, queue_url, batch)
        finally:
            wait(future for _, future in self._under_way)
            self._count(reader.service)

    def _remove(self, reader: DlqReader, judged: Sequence[tuple[ReceivedMessage, Disposition]]) -> None:
        if not judged:
            return
        self.archive.write([(entry, f"removed: {verdict.because}") for entry, verdict in judged], self.now())
        refused = reader.delete([entry for entry, _ in judged])
        self.report.undeleted.update(refused.values())
        for entry, verdict in judged:
            if entry.message_id not in refused:
                self.report.groups.add(entry, "removed", verdict.because)
        self.changed()

    def _replay(self, reader: DlqReader, queue_url: str, entries: Sequence[ReceivedMessage]) -> None:
        """Begin to replay messages of one request, and count those whose requests have ended."""

        def send() -> _Replayed:
            refusals = send_all(self.sqs, queue_url, [replayed(entry) for entry in entries])
            sent = [entry for entry, why in zip(entries, refusals, strict=True) if why is None]
            return refusals, reader.delete(sent)

        self._under_way.append((entries, reader.pool.submit(send)))
        # One request at a time, until the queue takes what it is sent.
        self._count(reader.service, most=CONCURRENCY if self._takes else 0)

    def _count(self, service: str, *, most: int = 0) -> None:
        """Count replays that have ended, until no more than `most` requests are under way.

        Raises:
            CommandError: the service's queue takes nothing.
        """
        error: BaseException | None = None
        while self._under_way and (len(self._under_way) > most or self._under_way[0][1].done()):
            entries, future = self._under_way.popleft()
            if future.exception() is not None:
                error = error or future.exception()
                continue
            refusals, undeleted = future.result()
            self.report.refused.update(why for why in refusals if why is not None)
            self.report.undeleted.update(undeleted.values())
            for entry, why in zip(entries, refusals, strict=True):
                if why is None:
                    self.report.groups.add(entry, "replayed")
            self.changed()
            self._takes = None in refusals
            self._refusals = 0 if self._takes else self._refusals + 1
            if self._refusals >= _REFUSALS:
                error = error or CommandError(f"stopped: the queue of {service} takes nothing", Exit.PARTIAL)
        if error is not None:
            raise error
