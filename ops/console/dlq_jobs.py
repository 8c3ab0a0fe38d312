"""Replays and purges of the page: each runs by itself, one after the other, and says how far it came."""

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from ops.console.dlq_messages import DlqMessages
from ops.console.state import State
from ops.dlq.archive import Archive
from ops.dlq.cleanup import Judging
from ops.dlq.dispositions import Disposition, Judge
from ops.dlq.limits import RATE
from ops.dlq.received_messages import ReceivedMessage
from ops.dlq.run import ARCHIVES, Name, Run, Stopped, archive_paths, purged
from ops.dlq.selection import Selection
from ops.errors import CommandError, Exit

# Jobs that are remembered, the last ones: a page asks for its own until it has ended.
_REMEMBERED: Final = 20

Phase = Literal["running", "to confirm", "ended"]


@dataclass(kw_only=True)
class Job:
    """A replay or a purge of some messages.

    Args:
        id: by which a page asks for it.
        name: replay or purge.
        selection: which messages.
        limit: how many at most; None for all.
        force: whether those are replayed, too, that were replayed too often.
        apply: whether it is done; else what would be done is counted, for somebody to confirm.
        run: does it.
    """

    id: str
    name: Name
    selection: Selection
    limit: int | None
    force: bool
    apply: bool
    run: Run
    archive: Archive
    phase: Phase = field(default="running", init=False)
    done: Mapping[str, int] = field(default_factory=dict, init=False)  # messages by what was done with them
    message_ids: list[str] = field(default_factory=list, init=False)  # that a dry run would not leave
    images: list[str] = field(default_factory=list, init=False)  # that the page shows, and that were sent back
    stopped: str | None = field(default=None, init=False)
    stop: threading.Event = field(default_factory=threading.Event, init=False)

    @property
    def count(self) -> int:
        """With how many messages something was done."""
        return sum(self.done.values())

    def note(self) -> None:
        """Count what was done so far, for other threads to read."""
        self.done = self.run.report.groups.done()


@dataclass(kw_only=True)
class Jobs:
    """The replays and purges of one console.

    Args:
        messages: on which they work.
        state: of the images that the page shows.
        folder: of archives; as `pipeline dlq` has it.
    """

    messages: DlqMessages
    state: State
    folder: Path = ARCHIVES
    _jobs: dict[str, Job] = field(default_factory=dict, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _starting: threading.Lock = field(default_factory=threading.Lock, init=False)

    def start(self, name: Name, selection: Selection, limit: int | None, *, force: bool, apply: bool) -> Job:
        """Begin a replay, a purge, or a dry run of one.

        Raises:
            CommandError: another one is at work.
        """
        reading = self.messages.reading(selection, limit)
        archive = Archive(archive_paths(name, reading.now, self.folder))
        job = Job(
            id=secrets.token_hex(8),
            name=name,
            selection=selection,
            limit=limit,
            force=force,
            apply=apply,
            archive=archive,
            run=Run(reading=reading, judging=purged, archive=archive, rate=RATE, apply=apply),
        )
        job.run.changed = job.note
        job.run.stopping = job.stop.is_set
        job.run.judging = self._judging(job)
        with self._starting:
            if self._thread is not None and self._thread.is_alive():
                raise CommandError("a replay or purge is at work: wait for its end, or stop it", Exit.PARTIAL)
            self._jobs[job.id] = job
            for old in list(self._jobs)[:-_REMEMBERED]:
                del self._jobs[old]
            self._thread = threading.Thread(target=self._work, args=(job,), name=f"dlq-{name}")
            self._thread.start()
        return job

    def get(self, job_id: str) -> Job | None:
        """A job by its id."""
        return self._jobs.get(job_id)

    @property
    def running(self) -> Job | None:
        """The job that is at work; None where none is."""
        return next((job for job in reversed(list(self._jobs.values())) if job.phase == "running"), None)

    def confirm(self, job: Job) -> Job:
        """Do what a dry run counted: to the very messages that it counted, and no others.

        Raises:
            CommandError: it was confirmed already, or another one is at work.
        """
        if job.phase != "to confirm":
            raise CommandError("this was confirmed or ended already: select the messages again", Exit.PARTIAL)
        counted = Selection(services=job.selection.services, message_ids=frozenset(job.message_ids))
        begun = self.start(job.name, counted, len(job.message_ids), force=job.force, apply=True)
        job.phase = "ended"
        return begun

    def wait(self) -> None:
        """Until what is at work has ended."""
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Stop what is at work, and wait for its end."""
        for job in list(self._jobs.values()):
            job.stop.set()
        self.wait()

    def _judging(self, job: Job) -> Judging:
        judging: Callable[[Sequence[ReceivedMessage]], Sequence[Disposition]] = purged
        if job.name == "replay":
            judging = Judge(stack=self.messages.stack, force=job.force).dispositions

        def judged(entries: Sequence[ReceivedMessage]) -> Sequence[Disposition]:
            dispositions = judging(entries)
            for entry, disposition in zip(entries, dispositions, strict=True):
                if not job.apply:
                    job.message_ids += [entry.message_id] if disposition.action != "leave" else []
                elif disposition.action == "replay":
                    job.images += [image for image in entry.images if self.state.get(image) is not None]
            return dispositions

        return judged

    def _work(self, job: Job) -> None:
        before = self.state.change
        try:
            with self.messages.taken(), closing(job.archive):
                job.run.run()
        except Stopped:
            job.stopped = "stopped: what is not listed here is still in its dead-letter queue"
        except Exception as error:  # noqa: BLE001 - it is shown where it was asked for
            job.stopped = str(error) if isinstance(error, CommandError) else f"{type(error).__name__}: {error}"
        job.note()
        if job.images and not job.run.report.refused:
            self.state.sent_back(job.images, since=before)
        counted = not job.apply and job.stopped is None and job.message_ids
        job.phase = "to confirm" if counted else "ended"
