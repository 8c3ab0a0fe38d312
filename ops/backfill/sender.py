"""Objects that are there to the first queue, ten a request, each as an event of S3's own form."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from ops.backfill import events
from ops.backfill.present_objects import Present
from ops.dlq.throttle import Pacer
from ops.errors import CommandError, Exit
from ops.names import SERVICES
from ops.stack import Stack
from shared.clock import SYSTEM, Clock

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_LOOKS: Final = 16
_ATTEMPTS: Final = 5
_FIRST_PAUSE_SECONDS: Final = 0.5
_GONE: Final = frozenset({"404", "NoSuchKey", "NotFound"})


@dataclass(kw_only=True)
class Sender:
    """Sends objects of the input bucket to resize.

    Args:
        stack: whose.
        pacer: how fast.
        clock: by which to wait before a message is tried again.
    """

    stack: Stack
    pacer: Pacer
    clock: Clock = SYSTEM
    sent: int = field(default=0, init=False)
    replaced: int = field(default=0, init=False)
    _url: str = field(init=False)

    def __post_init__(self) -> None:
        self._url = self.stack.queue_url(self.stack.names.queue(SERVICES[0]))

    def send(self, objects: Sequence[Present]) -> Iterator[str]:
        """Send them in their order; after each request, the last key that is done with.

        Raises:
            CommandError: SQS refuses a message again and again.
        """
        with ThreadPoolExecutor(_LOOKS) as pool:
            orders = list(pool.map(self._order, objects))
        step = self.pacer.at_once
        for start in range(0, len(objects), step):
            some = list(zip(objects[start : start + step], orders[start : start + step], strict=True))
            going = [(present, order) for present, order in some if order is not None]
            self.replaced += len(some) - len(going)
            if going:
                self.pacer.rate(len(going))
                self._batch(going)
                self.sent += len(going)
            yield some[-1][0].key

    def _order(self, present: Present) -> str | None:
        """Its sequencer; None where a newer version took its place, of which S3 sends an event by itself."""
        rows = self.stack.ledger.of_key(present.bucket, present.key)
        older = [row for row in rows if row.image_id != present.image_id]
        # A version that was uploaded since the listing would count as an older one.
        if older and not self._is_latest(present):
            return None
        for row in rows:
            if row.image_id == present.image_id and row.outcome == "vanished":
                self.stack.ledger.remove_vanished(row)
        return events.sequencer(older, present.modified)

    def _is_latest(self, present: Present) -> bool:
        try:
            latest = self.stack.s3.head_object(Bucket=present.bucket, Key=present.key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _GONE:
                return False
            raise
        return latest.get("VersionId", "null") == present.version_id

    def _batch(self, going: Sequence[tuple[Present, str]]) -> None:
        now = datetime.now(UTC)
        waiting: list[SendMessageBatchRequestEntryTypeDef] = [
            {
                "Id": str(index),
                "MessageBody": events.body(present, order=order, region=self.stack.names.region, now=now),
            }
            for index, (present, order) in enumerate(going)
        ]
        pause = _FIRST_PAUSE_SECONDS
        for attempts in range(1, _ATTEMPTS + 1):
            failed = self.stack.sqs.send_message_batch(QueueUrl=self._url, Entries=waiting).get("Failed", [])
            if not failed:
                return
            if attempts == _ATTEMPTS:
                break
            refused = {each["Id"] for each in failed}
            waiting = [each for each in waiting if each["Id"] in refused]
            self.clock.wait(pause)
            pause *= 2
        why = f"{failed[0]['Code']}: {failed[0].get('Message', '')}"
        raise CommandError(
            f"SQS refused {len(failed)} messages {_ATTEMPTS} times ({why}); --resume goes on from there", Exit.PARTIAL
        )
