"""Letters taken off a dead-letter queue: on the disk first, then sent back, and only then deleted."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ops.dlq.archive import Archive
from ops.dlq.desk import Desk, batches
from ops.dlq.groups import Groups
from ops.dlq.letters import Letter, replayed
from ops.dlq.pacing import Pacer
from ops.dlq.selection import Chooser
from ops.dlq.verdicts import Verdict
from ops.errors import CommandError, Exit
from shared.aws.queues import send_all

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

Judging = Callable[[Sequence[Letter]], Sequence[Verdict]]

# A queue that takes none of so many requests in a row takes no more today.
_REFUSALS: Final = 3


@dataclass(kw_only=True)
class Report:
    """What was done, as far as it went.

    Args:
        groups: of letters, by what was done with them.
        refused: why letters were not sent, with how many.
        undeleted: why letters that were done with are in the dead-letter queue still, with how many.
        hidden: letters that others held.
        unreleased: letters that could not be given back at once.
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


def rehearse(desk: Desk, chooser: Chooser, judging: Judging, report: Report) -> None:
    """Report what would be done with the letters of a queue; nothing is changed."""
    would = {"replay": "would replay", "remove": "would remove", "leave": "would leave"}
    for letters in desk.read():
        chosen = chooser.choose(letters)
        for letter, verdict in zip(chosen, judging(chosen), strict=True):
            report.groups.add(letter, would[verdict.action], verdict.because)
        if chooser.full:
            return


@dataclass(kw_only=True)
class Clearing:
    """Does with letters what is said of them.

    At every moment a letter is in its dead-letter queue or in the queue of its service: it is deleted only when SQS has
    said that it took it. Killed in between, it is in both, and the services do nothing twice.

    Args:
        sqs: a client.
        archive: where letters are kept before they are deleted.
        pacer: how fast they go back.
        report: is told of everything.
        tell: called when the report has grown.
        now: the time.
    """

    sqs: "SQSClient"
    archive: Archive
    pacer: Pacer
    report: Report
    tell: Callable[[], None] = lambda: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _refusals: int = field(default=0, init=False)

    def clear(self, desk: Desk, queue_url: str, chooser: Chooser, judging: Judging) -> None:
        """Do it with the letters of one dead-letter queue.

        Args:
            desk: reads it.
            queue_url: of the service's queue.
            chooser: takes the letters that are meant.
            judging: says what becomes of them.

        Raises:
            CommandError: the service's queue takes nothing.
        """
        for letters in desk.read():
            chosen = chooser.choose(letters)
            judged = list(zip(chosen, judging(chosen), strict=True))
            for letter, verdict in judged:
                if verdict.action == "leave":
                    self.report.groups.add(letter, "left", verdict.because)
            self._remove(desk, [each for each in judged if each[1].action == "remove"])
            going = [letter for letter, verdict in judged if verdict.action == "replay"]
            for batch in batches(going, self.pacer.at_once):
                self.pacer.pace(len(batch), desk.keep)
                self._replay(desk, queue_url, batch)
            if chooser.full:
                return

    def _remove(self, desk: Desk, judged: Sequence[tuple[Letter, Verdict]]) -> None:
        if not judged:
            return
        self.archive.write([(letter, f"removed: {verdict.because}") for letter, verdict in judged], self.now())
        refused = desk.delete([letter for letter, _ in judged])
        self.report.undeleted.update(refused.values())
        for letter, verdict in judged:
            if letter.message_id not in refused:
                self.report.groups.add(letter, "removed", verdict.because)
        self.tell()

    def _replay(self, desk: Desk, queue_url: str, letters: Sequence[Letter]) -> None:
        self.archive.write([(letter, "replayed") for letter in letters], self.now())
        refusals = send_all(self.sqs, queue_url, [replayed(letter) for letter in letters])
        sent = [letter for letter, why in zip(letters, refusals, strict=True) if why is None]
        self.report.refused.update(why for why in refusals if why is not None)
        for letter in sent:
            self.report.groups.add(letter, "replayed")
        self.report.undeleted.update(desk.delete(sent).values())
        self.tell()
        self._refusals = 0 if sent else self._refusals + 1
        if self._refusals >= _REFUSALS:
            raise CommandError(f"stopped: the queue of {desk.service} takes nothing", Exit.PARTIAL)
