"""One standard queue with the rules that AWS documents, each request with the latency of a network.

- A receive returns at most ten messages, often fewer: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/
  APIReference/API_ReceiveMessage.html
- A receive that may not wait asks some of the servers; one that may wait asks all of them: https://docs.aws.amazon.com/
  AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
- At most 120,000 messages are in flight. Beyond that, a short poll is refused and a long poll finds nothing:
  https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
- A message is hidden for its visibility timeout, which its last receipt handle changes: https://docs.aws.amazon.com/
  AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
- Counts are approximate: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/
  API_GetQueueAttributes.html
"""

import heapq
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, Final

from botocore.exceptions import ClientError

REQUEST_SECONDS: Final = 0.015
MAX_ENTRIES: Final = 10
MAX_IN_FLIGHT: Final = 120_000

_SERVERS: Final = 8
# Servers of a short poll; maximum error of counts; share of receives that are not full.
_SAMPLED: Final = 3
_ERROR: Final = 0.01
_SHORT: Final = 0.3


@dataclass(kw_only=True, slots=True)
class _Message:
    message_id: str
    body: str
    attributes: Mapping[str, Any]
    sent_ms: int
    server: int
    receives: int = 0
    handle: str = ""
    visible_at: float = 0.0
    deleted: bool = False


@dataclass(kw_only=True)
class SimulatedQueue:
    """An SQS client with one queue, with those methods of boto3 that are used. Thread-safe.

    Args:
        request_seconds: latency of each request.
        clock: returns seconds.
        sleep: waits for seconds; a test advances its clock instead.
        seed: seed of all randomness.
    """

    request_seconds: float = REQUEST_SECONDS
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    seed: int = 1
    requests: Counter[str] = field(default_factory=Counter, init=False)
    sent: list[str] = field(default_factory=list, init=False)
    most_in_flight: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - randomness, not secrets
        self._lock = threading.Lock()
        self._servers: list[deque[_Message]] = [deque() for _ in range(_SERVERS)]
        self._hidden: list[tuple[float, int, _Message]] = []
        self._by_handle: dict[str, _Message] = {}
        self._number = self._in_flight = 0

    def put(self, messages: Iterable[tuple[str, Mapping[str, Any]]], sent_ms: int) -> None:
        """Add messages from the start, each a body and its attributes."""
        for body, attributes in messages:
            self._number += 1
            server = self._random.randrange(_SERVERS)
            self._servers[server].append(
                _Message(
                    message_id=f"{self._number:08}-0000-4000-8000-000000000000",
                    body=body,
                    attributes=attributes,
                    sent_ms=sent_ms,
                    server=server,
                )
            )

    @property
    def depth(self) -> int:
        """Number of messages that a receive may return now."""
        with self._lock:
            self._show_again()
            return sum(map(len, self._servers))

    @property
    def in_flight(self) -> int:
        """Number of messages that are in flight now."""
        with self._lock:
            self._show_again()
            return self._in_flight

    def get_queue_attributes(self, **_: object) -> dict[str, Any]:
        """Approximate counts."""
        with self._request("GetQueueAttributes"):
            counts = {"": sum(map(len, self._servers)), "NotVisible": self._in_flight}
            off = {name: count + round(count * self._random.uniform(-_ERROR, _ERROR)) for name, count in counts.items()}
            return {
                "Attributes": {f"ApproximateNumberOfMessages{name}": str(count) for name, count in off.items()},
                "ResponseMetadata": {"HTTPHeaders": {"date": formatdate(usegmt=True)}},
            }

    def receive_message(
        self,
        *,
        VisibilityTimeout: int,  # noqa: N803 - as boto3 names it
        WaitTimeSeconds: int = 0,  # noqa: N803 - as boto3 names it
        MaxNumberOfMessages: int = 1,  # noqa: N803 - as boto3 names it
        **_: object,
    ) -> dict[str, Any]:
        """Receive up to ten messages."""
        given = self._give(VisibilityTimeout, MaxNumberOfMessages, long=WaitTimeSeconds > 0)
        if not given and WaitTimeSeconds:
            self.sleep(WaitTimeSeconds)
            given = self._give(VisibilityTimeout, MaxNumberOfMessages, long=True, again=True)
        return {"Messages": given} if given else {}

    def change_message_visibility_batch(self, *, Entries: Sequence[Mapping[str, Any]], **_: object) -> dict[str, Any]:  # noqa: N803
        """Hide messages longer, or make them visible again."""
        with self._request("ChangeMessageVisibilityBatch", len(Entries)):
            return self._each(Entries, lambda message, entry: self._hide(message, int(entry["VisibilityTimeout"])))

    def delete_message_batch(self, *, Entries: Sequence[Mapping[str, Any]], **_: object) -> dict[str, Any]:  # noqa: N803
        """Delete messages."""
        with self._request("DeleteMessageBatch", len(Entries)):
            return self._each(Entries, lambda message, _: self._delete(message))

    def send_message_batch(self, *, Entries: Sequence[Mapping[str, Any]], **_: object) -> dict[str, Any]:  # noqa: N803
        """Send messages to another queue, which nobody reads."""
        with self._request("SendMessageBatch", len(Entries)):
            self.sent += [entry["MessageBody"] for entry in Entries]
            return {"Successful": [{"Id": entry["Id"]} for entry in Entries], "Failed": []}

    def _give(self, visibility: int, most: int, *, long: bool, again: bool = False) -> list[dict[str, Any]]:
        with self._request("ReceiveMessage", most, again=again):
            if self._in_flight >= MAX_IN_FLIGHT:
                if long:
                    return []
                raise ClientError({"Error": {"Code": "AWS.SimpleQueueService.OverLimit"}}, "ReceiveMessage")
            asked = self._random.sample(range(_SERVERS), _SERVERS if long else _SAMPLED)
            most = self._random.randint(1, most) if self._random.random() < _SHORT else most
            given: list[dict[str, Any]] = []
            for server in asked:
                while self._servers[server] and len(given) < min(most, MAX_IN_FLIGHT - self._in_flight + len(given)):
                    message = self._servers[server].popleft()
                    message.receives += 1
                    message.handle = f"{message.message_id}-{message.receives}".ljust(340, "=")
                    self._by_handle[message.handle] = message
                    self._in_flight += 1
                    self._hide(message, visibility)
                    given.append(_as_received(message))
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
            return given

    def _each(
        self, entries: Sequence[Mapping[str, Any]], change: Callable[[_Message, Mapping[str, Any]], None]
    ) -> dict[str, Any]:
        done, failed = [], []
        for entry in entries:
            message = self._by_handle.get(entry["ReceiptHandle"])
            if message is None or message.deleted or message.handle != entry["ReceiptHandle"]:
                failed.append({"Id": entry["Id"], "Code": "ReceiptHandleIsInvalid", "SenderFault": True})
                continue
            change(message, entry)
            done.append({"Id": entry["Id"]})
        return {"Successful": done, "Failed": failed}

    def _hide(self, message: _Message, seconds: int) -> None:
        message.visible_at = self.clock() + seconds
        if seconds:
            self._number += 1
            heapq.heappush(self._hidden, (message.visible_at, self._number, message))
        else:
            self._show(message)

    def _show(self, message: _Message) -> None:
        self._in_flight -= 1
        del self._by_handle[message.handle]
        message.handle = ""
        self._servers[message.server].append(message)

    def _delete(self, message: _Message) -> None:
        message.deleted = True
        self._in_flight -= 1
        del self._by_handle[message.handle]

    def _show_again(self) -> None:
        now = self.clock()
        while self._hidden and self._hidden[0][0] <= now:
            until, _, message = heapq.heappop(self._hidden)
            if not message.deleted and message.handle and message.visible_at == until:
                self._show(message)

    def _request(self, name: str, entries: int = 0, *, again: bool = False) -> threading.Lock:
        """Wait for a request's latency; returns the lock under which it is answered."""
        if entries > MAX_ENTRIES:
            raise ClientError({"Error": {"Code": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"}}, name)
        if not again:
            self.sleep(self.request_seconds)
        with self._lock:
            self.requests[name] += not again
            self._show_again()
        return self._lock


def _as_received(message: _Message) -> dict[str, Any]:
    return {
        "MessageId": message.message_id,
        "ReceiptHandle": message.handle,
        "Body": message.body,
        "Attributes": {"SentTimestamp": str(message.sent_ms), "ApproximateReceiveCount": str(message.receives)},
        "MessageAttributes": message.attributes,
    }
