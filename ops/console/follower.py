"""One watch for all pages: it asks AWS in the background, and pages are notified what changed."""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from anyio.to_thread import run_sync
from botocore.exceptions import BotoCoreError, ClientError

from ops.aws.queues import depth_of
from ops.console.ledger_reader import BATCH_PAUSE_SECONDS, BatchReader, Reader
from ops.console.state import State
from ops.console.throughput import Throughput
from ops.errors import CommandError
from ops.names import SERVICES
from ops.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)

_QUEUES_SECONDS: Final = 2.0
_TROUBLE_SECONDS: Final = 3.0
# What was read so lately is shown at once: what changed since comes with the stream.
_FRESH_SECONDS: Final = 5.0

Pause = float


@dataclass(frozen=True, kw_only=True)
class Depth:
    """How many messages there are for one service, approximately, as SQS counts.

    Args:
        waiting: in its queue.
        taken: in its queue, and somebody works on them.
        dead: in its dead-letter queue.
    """

    waiting: int = 0
    taken: int = 0
    dead: int = 0


@dataclass(kw_only=True)
class Follower:
    """Asks AWS as long as somebody looks.

    Args:
        stack: whom to ask.
        pause: waits for seconds.
    """

    stack: Stack
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    epoch: str = field(default_factory=lambda: secrets.token_hex(4))  # changes are counted again by each process
    throughput: Throughput = field(default_factory=Throughput)
    leaving: bool = field(default=False, init=False)
    depths: dict[str, Depth] = field(default_factory=dict, init=False)
    state: State = field(init=False)
    _troubles: dict[str, str] = field(default_factory=dict, init=False)
    _watchers: int = field(default=0, init=False)
    _urls: dict[str, str] = field(default_factory=dict, init=False)
    _read_at: float = field(default=0.0, init=False)
    _read: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _somebody: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _bell: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.state = State(notify=self.notify)
        self._reader = Reader(self.stack, self.state, self.throughput)
        self.batches = BatchReader(self.stack, self.state)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Ask for as long as the context lasts."""
        self._loop = asyncio.get_running_loop()
        tasks = [
            asyncio.create_task(self._each(what, step))
            for what, step in (
                ("the ledger", self._newest),
                ("images on their way", self._pending),
                ("upload batches", self._batches),
                ("the queues", self._queues),
            )
        ]
        try:
            yield
        finally:
            self._loop = None
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task

    @contextmanager
    def watched(self) -> "Iterator[None]":
        """Somebody looks, for as long as the context lasts."""
        self._watchers += 1
        self._somebody.set()
        try:
            yield
        finally:
            self._watchers -= 1
            if not self._watchers:
                self._somebody.clear()

    async def known(self, within_seconds: float = 2.0) -> None:
        """Wait until what is known is of now, or the time is over."""
        if not self._watchers and asyncio.get_running_loop().time() - self._read_at > _FRESH_SECONDS:
            self._read.clear()
        with self.watched(), suppress(TimeoutError):
            await asyncio.wait_for(self._read.wait(), within_seconds)

    def leave(self) -> None:
        """Let the streams of all pages end."""
        self.leaving = True
        self._notify()

    def notify(self) -> None:
        """Wake who waits for changes; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._notify)

    async def rung(self, within_seconds: float) -> None:
        """Wait for a change, or until the time is over."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), within_seconds)

    def _notify(self) -> None:
        rung, self._bell = self._bell, asyncio.Event()
        rung.set()

    @property
    def trouble(self) -> str | None:
        """What could not be read the last time, and why; None where all of it could."""
        return "; ".join(f"cannot read {what}: {why}" for what, why in self._troubles.items()) or None

    async def _each(self, what: str, step: Callable[[], Awaitable[Pause]]) -> None:
        """Take a step again and again; an error is shown on every page, and the step is taken again.

        Args:
            what: the step reads, as a page says it.
            step: reads; gives how long to wait until it is taken again.
        """
        while True:
            try:
                pause = await step()
            except Exception as error:  # noqa: BLE001 - a page that says "live" for ever would be worse
                self._note(what, error)
                pause = _TROUBLE_SECONDS
            else:
                if self._troubles.pop(what, None) is not None:
                    self.notify()
            await self.pause(pause)
            await self._somebody.wait()

    def _note(self, what: str, error: Exception) -> None:
        expected = isinstance(error, BotoCoreError | ClientError | CommandError | OSError)
        if what not in self._troubles:
            log.warning("cannot read %s: %s", what, error, exc_info=None if expected else error)
        # Of an error of this program the class says more than its text: KeyError('x') has only "'x'".
        self._troubles[what] = str(error) if expected else f"{type(error).__name__}: {error}"
        self.notify()

    async def _newest(self) -> Pause:
        pause = await run_sync(self._reader.newest)
        self._read.set()
        self._read_at = asyncio.get_running_loop().time()
        return pause

    async def _pending(self) -> Pause:
        return await run_sync(self._reader.pending)

    async def _batches(self) -> Pause:
        if await run_sync(self.batches.read):
            self.notify()
        return BATCH_PAUSE_SECONDS

    async def _queues(self) -> Pause:
        self.depths = await run_sync(self._count)
        self.throughput.evict(time.time())
        self.notify()
        return _QUEUES_SECONDS

    def _count(self) -> dict[str, Depth]:
        depths = {}
        for service in SERVICES:
            waiting, taken = self._depth(self.stack.names.queue(service))
            dead, held = self._depth(self.stack.names.dlq(service))
            depths[service] = Depth(waiting=waiting, taken=taken, dead=dead + held)
        return depths

    def _depth(self, queue: str) -> tuple[int, int]:
        if queue not in self._urls:
            self._urls[queue] = self.stack.queue_url(queue)
        found = depth_of(self.stack.sqs, self._urls[queue])
        return found.visible, found.in_flight
