"""A load test's own queue, subscribed to the notices for as long as the test lasts."""

import json
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.aws import queues
from ops.aws.subscriptions import end, subscribe_queue
from ops.local import mail, policies
from ops.show import note
from ops.stack import Stack
from shared.clock import SYSTEM, Clock
from shared.errors import BadMessage
from shared.notices import Notice
from shared.notifications import BatchEnded, ImageFailed, ImageRejected, ImageStored

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

# "You must wait at least one second after the queue is created to be able to use the queue": what SNS may not deliver
# yet, it does not deliver later.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
SETTLE_SECONDS: Final = 3

_OUTCOMES: Final[Mapping[type[Notice], str]] = {
    ImageStored: "stored",
    ImageFailed: "failed",
    ImageRejected: "rejected",
}

_WAIT_SECONDS: Final = 1
_PAUSE_SECONDS: Final = 1.0
# Longer than any load test: what is left of a queue that nobody could remove.
_RETENTION_SECONDS: Final = 86_400


@dataclass(frozen=True, kw_only=True)
class Notified:
    """A notice of an image as it arrived.

    Args:
        notice_id: Id of the notice, the same for every copy.
        image_id: Correlation id of the image.
        key: Key of the image.
        outcome: stored, failed or rejected.
        attempts: Attempts of the service; None if the notice does not say.
        published: SNS's id: another one each time that a service publishes.
        delivered: SQS's id: another one each time that SNS delivers.
        at: When it arrived, in seconds since 1970, by this machine's clock.
    """

    notice_id: str
    image_id: str
    key: str
    outcome: str
    attempts: int | None
    published: str
    delivered: str
    at: float


@dataclass(kw_only=True)
class Listener:
    """Receives the notices of a load test in a thread of its own.

    The subscription has no filter policy, since "additions or changes to a subscription filter policy require up to 15
    minutes to fully take effect" (https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html): what is of
    other uploads is discarded here.

    Args:
        sqs: A client.
        url: URL of the queue.
        prefix: Prefix of the load test's keys.
        batches: Ids of its upload batches.
        clock: The clock to wait by.
    """

    sqs: Any
    url: str
    prefix: str
    batches: Collection[str]
    clock: Clock = SYSTEM
    notified: list[Notified] = field(default_factory=list, init=False)
    digests: list[BatchEnded] = field(default_factory=list, init=False)
    requests: int = field(default=0, init=False)
    _stopped: threading.Event = field(default_factory=threading.Event, init=False)

    def listen(self) -> None:
        """Receive until it is stopped."""
        while not self._stopped.is_set():
            self.requests += 1
            try:
                self.take(queues.receive(self.sqs, self.url, wait_seconds=_WAIT_SECONDS))
            except (BotoCoreError, ClientError):
                self.clock.wait_for(self._stopped, _PAUSE_SECONDS)  # what is in the queue stays there

    def take(self, messages: "list[MessageTypeDef]") -> None:
        """Record what some messages say, and delete them."""
        for message in messages:
            with suppress(BadMessage, ValueError, KeyError, TypeError):
                self._note(message)
        if messages:
            self.requests += 1
            queues.delete_received(self.sqs, self.url, messages)

    def stop(self) -> None:
        """Stop receiving."""
        self._stopped.set()

    def _note(self, message: "MessageTypeDef") -> None:
        notice = mail.parse(message["Body"])
        if isinstance(notice, BatchEnded):
            if notice.batch_id in self.batches:
                self.digests.append(notice)
            return
        outcome = _OUTCOMES.get(type(notice))
        if outcome is None or notice.source is None or not notice.source.key.startswith(self.prefix):
            return
        self.notified.append(
            Notified(
                notice_id=notice.notice_id,
                image_id=notice.source.image_id,
                key=notice.source.key,
                outcome=outcome,
                attempts=notice.attempts if isinstance(notice, ImageFailed) else None,
                published=json.loads(message["Body"])["MessageId"],
                delivered=message["MessageId"],
                at=time.time(),
            )
        )


@contextmanager
def listening(stack: Stack, *, name: str, prefix: str, batches: Collection[str]) -> Iterator[Listener]:
    """A listener for as long as the context lasts; its queue and its subscription go with it, however it ends."""
    arn = stack.names.queue_arn(name)
    subscription = None
    attributes = {
        "Policy": json.dumps(policies.notified_queue(arn, stack.names.topic_arn)),
        "MessageRetentionPeriod": str(_RETENTION_SECONDS),
        "SqsManagedSseEnabled": "true",
    }
    url = queues.create(stack.sqs, name, attributes)
    try:
        subscription = subscribe_queue(stack.sns, stack.names.topic_arn, arn)
        listener = Listener(sqs=stack.sqs, url=url, prefix=prefix, batches=batches)
        thread = threading.Thread(target=listener.listen, name="listening", daemon=True)
        thread.start()
        try:
            yield listener
        finally:
            listener.stop()
            thread.join(timeout=_WAIT_SECONDS + 5)
    finally:
        _remove(stack, url, subscription)


def _remove(stack: Stack, url: str, subscription: str | None) -> None:
    try:
        if subscription is not None:
            end(stack.sns, subscription)
    except (BotoCoreError, ClientError) as error:
        note(f"the subscription {subscription} is left: {error}")
    try:
        queues.remove(stack.sqs, url)
    except (BotoCoreError, ClientError) as error:
        note(f"the queue {url} is left: {error}")
