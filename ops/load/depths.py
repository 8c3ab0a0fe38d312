"""Samples of the depth of every queue while a load test runs."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws.queues import QueueDepth, depth_of
from ops.names import SERVICES
from ops.stack import Stack
from shared.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_PAUSE_SECONDS: Final = 1.0


@dataclass(frozen=True, kw_only=True)
class DepthSample:
    """The depth of all queues at one moment.

    Args:
        at: When, in seconds since 1970, by this machine's clock.
        queues: Depth of each service's queue, by service.
        dead: Messages in each service's dead-letter queue, by service.
    """

    at: float
    queues: Mapping[str, QueueDepth]
    dead: Mapping[str, int]


@dataclass(kw_only=True)
class Gauge:
    """Takes a sample once a second, in a thread of its own.

    Args:
        sqs: A client.
        queues: URL of each service's queue, by service.
        dead: URL of each service's dead-letter queue, by service.
        clock: The clock to wait by.
    """

    sqs: "SQSClient"
    queues: Mapping[str, str]
    dead: Mapping[str, str]
    clock: Clock = SYSTEM
    samples: list[DepthSample] = field(default_factory=list, init=False)
    requests: int = field(default=0, init=False)
    _stopped: threading.Event = field(default_factory=threading.Event, init=False)

    def watch(self) -> None:
        """Take samples until it is stopped."""
        while True:
            begun = self.clock.monotonic()
            self.look()
            if self.clock.wait_for(self._stopped, max(0.0, _PAUSE_SECONDS - (self.clock.monotonic() - begun))):
                return

    def look(self) -> None:
        """Take one sample; a moment at which SQS does not answer is left out."""
        try:
            queues = {service: self._depth(url) for service, url in self.queues.items()}
            dead = {service: self._depth(url) for service, url in self.dead.items()}
        except (BotoCoreError, ClientError):
            return
        self.samples.append(
            DepthSample(
                at=time.time(),
                queues=queues,
                dead={service: depth.messages for service, depth in dead.items()},
            )
        )

    def stop(self) -> None:
        """Stop taking samples."""
        self._stopped.set()

    def _depth(self, url: str) -> QueueDepth:
        self.requests += 1
        return depth_of(self.sqs, url)


@contextmanager
def watching(stack: Stack) -> Iterator[Gauge]:
    """A gauge that takes samples for as long as the context lasts.

    Raises:
        CommandError: a queue is not there.
    """
    gauge = Gauge(
        sqs=stack.sqs,
        queues={service: stack.queue_url(stack.names.queue(service)) for service in SERVICES},
        dead={service: stack.queue_url(stack.names.dlq(service)) for service in SERVICES},
    )
    thread = threading.Thread(target=gauge.watch, name="gauge", daemon=True)
    thread.start()
    try:
        yield gauge
    finally:
        gauge.stop()
        thread.join(timeout=10)
