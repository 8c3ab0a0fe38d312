"""Dead letters on the page: read when they are looked at, and sent back as `pipeline dlq replay` does."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ops.dlq.archive import Archive
from ops.dlq.clearing import Clearing, Report
from ops.dlq.desk import Desk
from ops.dlq.letters import Letter
from ops.dlq.pacing import Pacer
from ops.dlq.selection import Chooser, Selection
from ops.dlq.verdicts import Judge, Verdict
from ops.errors import CommandError, Exit
from ops.names import SERVICES
from ops.stack import Stack

# As many as a page shows; `pipeline dlq` takes any number.
MOST_LETTERS: Final = 500
MOST_EXPORTED: Final = 10_000

# A page is read at once, so nobody is kept from a letter for long if this process is killed.
_HOLD_SECONDS: Final = 30
_RATE: Final = 50.0
_PATIENCE_SECONDS: Final = 10


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Letters that failed in one service for one reason's class.

    Args:
        service: where.
        error: the error's class.
        letters: the oldest first.
    """

    service: str
    error: str
    letters: tuple[Letter, ...]


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
        """How many letters were read."""
        return sum(len(cause.letters) for cause in self.causes)


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What came of sending letters back.

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
class DeadLetters:
    """The dead letters of a stack.

    Args:
        stack: whose.
        folder: of archives; as `pipeline dlq` has it.
        wait_seconds: for letters, where there seem to be none.
        now: the time.
    """

    stack: Stack
    folder: Path = Path("dlq-archive")
    wait_seconds: int = 1
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _letters: dict[str, Letter] = field(default_factory=dict, init=False)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, init=False)

    def read(self, most: int = MOST_LETTERS) -> Reading:
        """Look into all dead-letter queues; nothing is changed."""
        with self._one_at_a_time, ThreadPoolExecutor(len(SERVICES)) as pool:
            read = list(pool.map(lambda service: self._read(service, most), SERVICES))
        letters = [letter for found, _ in read for letter in found]
        self._letters = {letter.message_id: letter for letter in letters[:most]}
        return Reading(
            causes=_causes(letters[:most]),
            at=self.now(),
            more=len(letters) > most or any(len(found) >= most for found, _ in read),
            hidden=sum(hidden for _, hidden in read),
        )

    def letter(self, message_id: str) -> Letter | None:
        """A letter of the last reading."""
        return self._letters.get(message_id)

    def export(self) -> Iterator[Letter]:
        """Every letter, as far as one file should hold them."""
        return (letter for cause in self.read(MOST_EXPORTED).causes for letter in cause.letters)

    def replay(self, message_ids: Sequence[str], *, force: bool) -> Replay:
        """Send letters back, as `pipeline dlq replay ID… --yes` does.

        Args:
            message_ids: of the letters.
            force: those too that came back too often.

        Raises:
            CommandError: another replay takes its time.
        """
        if not self._one_at_a_time.acquire(timeout=_PATIENCE_SECONDS):
            raise CommandError("dead letters are being read or sent back already: try again", Exit.PARTIAL)
        try:
            return self._replay(message_ids, force=force)
        finally:
            self._one_at_a_time.release()

    def _replay(self, message_ids: Sequence[str], *, force: bool) -> Replay:
        now, judge, report = self.now(), Judge(stack=self.stack, force=force), Report()
        chooser = Chooser(selection=Selection(names=frozenset(message_ids)), limit=len(message_ids), now=now)
        images: list[str] = []

        def judging(letters: Sequence[Letter]) -> Sequence[Verdict]:
            verdicts = judge.verdicts(letters)
            for letter, verdict in zip(letters, verdicts, strict=True):
                images.extend(letter.images if verdict.action == "replay" else ())
            return verdicts

        archive = Archive(lambda service: self.folder / f"{now:%Y%m%dT%H%M%SZ}-{service}-replay.jsonl")
        stopped = None
        with closing(archive):
            clearing = Clearing(sqs=self.stack.sqs, archive=archive, pacer=Pacer(_RATE), report=report)
            try:
                for service in self._services_of(message_ids):
                    with self._desk(service) as desk:
                        url = self.stack.queue_url(self.stack.names.queue(service))
                        clearing.clear(desk, url, chooser, judging)
                    report.hidden += desk.hidden
                    if chooser.full:
                        break
            except CommandError as error:
                stopped = str(error)
        return Replay(report=report, images=tuple(images), archives=tuple(archive.paths), stopped=stopped)

    def _services_of(self, message_ids: Sequence[str]) -> list[str]:
        known = {self._letters[each].service for each in message_ids if each in self._letters}
        return [service for service in SERVICES if service in known] or list(SERVICES)

    def _read(self, service: str, most: int) -> tuple[list[Letter], int]:
        letters: list[Letter] = []
        with self._desk(service) as desk:
            for some in desk.read():
                letters += some
                if len(letters) >= most:
                    break
        return letters, desk.hidden

    def _desk(self, service: str) -> Desk:
        return Desk(
            sqs=self.stack.sqs,
            service=service,
            url=self.stack.queue_url(self.stack.names.dlq(service)),
            most_receives=self.stack.settings.services[service].max_receive_count,
            hold_seconds=_HOLD_SECONDS,
            wait_seconds=self.wait_seconds,
        )


def _causes(letters: Sequence[Letter]) -> tuple[Cause, ...]:
    found: dict[tuple[str, str], list[Letter]] = {}
    for letter in letters:
        found.setdefault((letter.service, letter.error), []).append(letter)
    causes = (
        Cause(service=service, error=error, letters=tuple(sorted(alike, key=lambda letter: letter.sent_at)))
        for (service, error), alike in found.items()
    )
    return tuple(sorted(causes, key=lambda cause: (-len(cause.letters), SERVICES.index(cause.service), cause.error)))
