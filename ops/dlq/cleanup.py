"""Messages taken off a dead-letter queue: on the disk first, then sent back, and only then deleted."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ops.dlq.archive import Archive
from ops.dlq.dispositions import Disposition
from ops.dlq.groups import Groups
from ops.dlq.reader import DlqReader, batches
from ops.dlq.received_messages import ReceivedMessage, replayed
from ops.dlq.selection import Chooser
from ops.dlq.throttle import Pacer
from ops.errors import CommandError, Exit
from shared.aws.queues import send_all

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Judging = Callable[[Sequence[ReceivedMessage]], Sequence[Disposition]]

# A queue that takes none of this many requests in a row takes no more today.
_REFUSALS: Final = 3


@dataclass(kw_only=True)
class Report:
    """What was done, as far as it went.

    Args:
        groups: of messages, by what was done with them.
        refused: why messages were not sent, with how many.
        undeleted: why messages that were done with are in the dead-letter queue still, with how many.
        hidden: messages that others held.
        unreleased: messages that could not be given back at once.
    """

    groups: Groups = field(default_factory=Groups)
    refused: Counter[str] = field(default_factory=Counter)
    undeleted: Counter[str] = field(default_factory=Counter)
    hidden: int = 0
    unreleased: int = 0

    @property
    def complete(self) -> bool:
        """Whether nothing was refused and nothing left."""
        return not (self.refused or self.undeleted or self.groups.count("left"))


def rehearse(reader: DlqReader, chooser: Chooser, judging: Judging, report: Report) -> None:
    """Report what would be done with the messages of a queue; nothing is changed."""
    would = {"replay": "would replay", "remove": "would remove", "leave": "would leave"}
    for entries in reader.read():
        chosen = chooser.choose(entries)
        for entry, verdict in zip(chosen, judging(chosen), strict=True):
            report.groups.add(entry, would[verdict.action], verdict.because)
        if chooser.full:
            return


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
    _refusals: int = field(default=0, init=False)

    def clear(self, reader: DlqReader, queue_url: str, chooser: Chooser, judging: Judging) -> None:
        """Do it with the messages of one dead-letter queue.

        Args:
            reader: reads it.
            queue_url: of the service's queue.
            chooser: takes the messages that are meant.
            judging: says what becomes of them.

        Raises:
            CommandError: the service's queue takes nothing.
        """
        for entries in reader.read():
            chosen = chooser.choose(entries)
            judged = list(zip(chosen, judging(chosen), strict=True))
            for entry, verdict in judged:
                if verdict.action == "leave":
                    self.report.groups.add(entry, "left", verdict.because)
            self._remove(reader, [each for each in judged if each[1].action == "remove"])
            going = [entry for entry, verdict in judged if verdict.action == "replay"]
            for batch in batches(going, self.pacer.at_once):
                self.pacer.rate(len(batch), reader.keep)
                self._replay(reader, queue_url, batch)
            if chooser.full:
                return

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
        self.archive.write([(entry, "replayed") for entry in entries], self.now())
        refusals = send_all(self.sqs, queue_url, [replayed(entry) for entry in entries])
        sent = [entry for entry, why in zip(entries, refusals, strict=True) if why is None]
        self.report.refused.update(why for why in refusals if why is not None)
        for entry in sent:
            self.report.groups.add(entry, "replayed")
        self.report.undeleted.update(reader.delete(sent).values())
        self.changed()
        self._refusals = 0 if sent else self._refusals + 1
        if self._refusals >= _REFUSALS:
            raise CommandError(f"stopped: the queue of {reader.service} takes nothing", Exit.PARTIAL)
