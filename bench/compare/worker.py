"""A process that reads files one after the other, and its keeper, which ends it if a file takes too long."""

import contextlib
import hashlib
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from bench.compare import ours, references
from bench.compare.formats import format_of
from bench.compare.judge import FileComparison, judge
from bench.compare.readings import Reading, Readings

SECONDS_A_READER: Final = 90
_START_SECONDS: Final = 120
READY: Final = "ready"
# A reader that crashes is not used again; each attempt removes one of at most six.
_MAX_ATTEMPTS: Final = 7


@dataclass(frozen=True, kw_only=True)
class Job:
    """The data that every process gets at its start.

    Args:
        cache: folder of the cached readings.
        versions: version of every reader, by name; the product's is a digest of its code.
    """

    cache: Path
    versions: Mapping[str, str]


class Comparison:
    """Reads one file with all readers of its format; readings of earlier runs come from the cache.

    Args:
        job: see Job.
        stack: closes what was started.
        begins: called with the name of a reader before it reads.
        readers: starts of the product and the references, by name; each is started when it is first needed.
    """

    def __init__(
        self,
        job: Job,
        stack: ExitStack,
        begins: Callable[[str], None],
        readers: Mapping[str, Callable[[ExitStack], Any]],
    ) -> None:
        self._job, self._stack, self._begins, self._readers = job, stack, begins, readers
        self._cache = Readings(job.cache)
        self._started: dict[str, Any] = {}

    def of(self, path: Path) -> FileComparison:
        """The comparison of one file."""
        form, digest = format_of(path) or "", digest_of(path)
        mine = self._reading(ours.NAME, path, form, digest)
        asked = [name for name in references.ASKED[form] if name in self._job.versions]
        return judge(mine, (self._reading(name, path, form, digest) for name in asked))

    def _reading(self, name: str, path: Path, form: str, digest: str) -> Reading:
        version = self._job.versions[name]
        kept = self._cache.get(name, version, digest)
        if kept is None:
            self._begins(name)
            kept = self._read(name, path, form)
            self._cache.put(kept, version, digest)
        return kept

    def _read(self, name: str, path: Path, form: str) -> Reading:
        if name not in self._started:
            self._started[name] = self._readers[name](self._stack)
        reader = self._started[name]
        if name == ours.NAME:
            reading: Reading = reader.read(path)
            return reading
        try:
            return Reading(reader=name, picture=reader.read(path, form))
        except references.NotRead as error:
            return Reading(reader=name, error="unread", reason=str(error))
        except Exception as error:  # noqa: BLE001 - a reference with an unexpected result has not read the file
            # Its process may have failed: the next file gets another one.
            del self._started[name]
            return Reading(reader=name, error="unread", reason=f"{type(error).__name__}: {error}")


class Keeper:
    """Keeps one process running, and starts another when it had to be ended.

    Args:
        job: see Job.
        seconds: seconds that one reader may take for one file.
        target: function of the process; a test has its own.
    """

    def __init__(
        self, job: Job, seconds: float = SECONDS_A_READER, target: Callable[[Job, Connection], None] | None = None
    ) -> None:
        self._job, self._seconds, self._target = job, seconds, target or work
        self._process: Any = None
        self._pipe: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def of(self, path: Path) -> FileComparison:
        """Compare one file; a reader that ends the process or takes too long is recorded as failed.

        Raises:
            RuntimeError: the process does not start.
        """
        for _ in range(_MAX_ATTEMPTS):
            answer = self._ask(path)
            if isinstance(answer, FileComparison):
                return answer
            failed = answer
            Readings(self._job.cache).put(failed, self._job.versions[failed.reader], digest_of(path))
        raise RuntimeError(f"{path}: every attempt ended the process")

    def _ask(self, path: Path) -> FileComparison | Reading:
        pipe = self._pipe or self._begin()
        pipe.send(path)
        reader = None
        while True:
            if not pipe.poll(self._seconds):
                self._end()
                return self._failed(path, reader, "slow", f"takes longer than {self._seconds} s")
            try:
                message = pipe.recv()
            except EOFError:
                self._process.join()
                code = self._process.exitcode
                self._end()
                return self._failed(path, reader, "crashed", f"the process ended with {code}")
            if isinstance(message, FileComparison):
                return message
            reader = message

    def _failed(self, path: Path, reader: str | None, error: str, reason: str) -> Reading:
        if reader is None:
            raise RuntimeError(f"{path}: {reason}, before any reader began")
        return Reading(reader=reader, error=error, reason=reason)

    def _begin(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        mine, its = context.Pipe()
        self._process = context.Process(target=self._target, args=(self._job, its))
        self._process.start()
        its.close()
        self._pipe = mine
        if not mine.poll(_START_SECONDS) or mine.recv() != READY:
            raise RuntimeError("the process does not start")
        return mine

    def _end(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.join(0.5)
            # It leads its own process group, which includes its browser and its programs.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            if self._process.is_alive():
                self._process.kill()
            self._process.join()
        self._process = self._pipe = None


def work(job: Job, pipe: Connection) -> None:
    """The process: answers paths with comparisons until the pipe is closed.

    Args:
        job: see Job.
        pipe: receives paths, and sends the name of each reader that begins.
    """
    os.setpgid(0, 0)
    found, _ = references.present()
    readers: dict[str, Callable[[ExitStack], Any]] = {each.name: each.start for each in found}
    readers[ours.NAME] = lambda _: ours.Ours()
    with ExitStack() as stack:
        comparison = Comparison(job, stack, pipe.send, readers)
        pipe.send(READY)
        # The keeper may have been ended: nobody waits for the answer then.
        with contextlib.suppress(BrokenPipeError):
            for path in _asked(pipe):
                pipe.send(comparison.of(path))


def _asked(pipe: Connection) -> Iterator[Path]:
    with contextlib.suppress(EOFError, OSError):
        while True:
            yield pipe.recv()


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
