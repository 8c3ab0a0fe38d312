"""Objects that are there to the first queue, ten a request, each as an event of S3's own form."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

from ops.aws.buckets import keeps_versions
from ops.aws.ledger import Row
from ops.aws.ledger_pages import MAX_VERSIONS
from ops.aws.queues import send_chunk
from ops.backfill import events
from ops.backfill.kinds import SEND, KindOf
from ops.backfill.present_objects import Present, latest
from ops.backfill.sent import SentRecords
from ops.backfill.waiting import Backlog
from ops.dlq.throttle import Pacer
from ops.errors import CommandError, Exit
from ops.names import SERVICES
from ops.stack import Stack
from shared.clock import SYSTEM, Clock
from shared.dlq_messages import iso
from shared.message_groups import BACKFILL, in_group
from shared.messages import Source
from shared.sequence import is_newer

# Requests at a time, and messages' requests at a time; ops/aws/session.py lets 32 connections be open.
_LOOKS: Final = 24
_CHUNKS: Final = 4
_MAX_ENTRIES: Final = 10
_ATTEMPTS: Final = 5
_FIRST_PAUSE_SECONDS: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class _Claimed:
    """An object, and its image with its sequencer, that no other run sends from a time on."""

    present: Present
    source: Source
    at: datetime


@dataclass(frozen=True, kw_only=True)
class _Done:
    """How many objects of a chunk were sent, and how many SQS refused, and why."""

    last_key: str
    sent: int
    replaced: int  # not sent, since a newer version took their place
    waiting: int  # not sent, since another run sends them, or an older version comes first
    refused: int
    why: str


@dataclass(kw_only=True)
class Sender:
    """Sends objects of the input bucket to resize.

    Each is claimed in the ledger first, and recorded there once it is sent. So whatever becomes of this run, and
    however many there are, none is sent while its message waits; at most those of a run that was killed, a second time.

    Args:
        stack: whose.
        pacer: how fast.
        kind_of: says by its row, which is read once more, whether an image is to be sent.
        backlog: holds the run back.
        clock: by which to wait before a message is tried again.
    """

    stack: Stack
    pacer: Pacer
    kind_of: KindOf
    backlog: Backlog | None = None
    clock: Clock = SYSTEM
    sent: int = field(default=0, init=False)
    replaced: int = field(default=0, init=False)
    waiting: int = field(default=0, init=False)
    _url: str = field(init=False)
    _versioned: bool = field(init=False)
    _records: SentRecords = field(init=False)

    def __post_init__(self) -> None:
        self._url = self.stack.queue_url(self.stack.names.queue(SERVICES[0]))
        self._versioned = keeps_versions(self.stack.s3, self.stack.names.input_bucket)
        self._records = SentRecords(ledger=self.stack.ledger, days=self.stack.settings.retention.ledger_days)

    def send(self, objects: Sequence[Present]) -> Iterator[str]:
        """Send them in their order; after each request, the last key that is done with.

        Stopping earlier waits for the requests that are under way.

        Raises:
            CommandError: SQS refuses a message again and again.
        """
        under_way: deque[Future[_Done]] = deque()
        step = self.pacer.at_once
        # Where few go a second, each is counted at once.
        most = _CHUNKS if step == _MAX_ENTRIES else 1
        with ThreadPoolExecutor(_LOOKS) as looks, ThreadPoolExecutor(_CHUNKS) as chunks:
            try:
                for start in range(0, len(objects), step):
                    some = objects[start : start + step]
                    self.pacer.rate(len(some))
                    if self.backlog is not None:
                        self.backlog.hold()
                    under_way.append(chunks.submit(self._chunk, some, looks))
                    if len(under_way) >= most:
                        yield self._count(under_way.popleft())
                while under_way:
                    yield self._count(under_way.popleft())
            finally:
                for future in under_way:
                    if future.exception() is None:
                        self.sent += future.result().sent

    def _count(self, future: "Future[_Done]") -> str:
        done = future.result()
        self.sent += done.sent
        self.replaced += done.replaced
        self.waiting += done.waiting
        if done.refused:
            raise CommandError(
                f"SQS refused {done.refused} messages {_ATTEMPTS} times ({done.why}); run it again to go on",
                Exit.PARTIAL,
            )
        return done.last_key

    def _chunk(self, some: Sequence[Present], looks: ThreadPoolExecutor) -> _Done:
        """Send what one request takes."""
        at = datetime.now(UTC)
        answers = list(looks.map(lambda present: self._claimed(present, at), some))
        going = [each for each in answers if isinstance(each, _Claimed)]
        refused = dict.fromkeys(range(len(going)), "")
        try:
            refused = self._batch(going) if going else {}
        finally:
            list(looks.map(lambda each: self._end(each[1], sent=each[0] not in refused), enumerate(going)))
        return _Done(
            last_key=some[-1].key,
            sent=len(going) - len(refused),
            replaced=answers.count("replaced"),
            waiting=answers.count("waiting"),
            refused=len(refused),
            why=next(iter(refused.values()), ""),
        )

    def _end(self, claimed: _Claimed, *, sent: bool) -> None:
        end = self._records.confirm if sent else self._records.release
        end(claimed.source, iso(claimed.at))

    def _claimed(self, present: Present, at: datetime) -> "_Claimed | Literal['replaced', 'waiting']":
        """An image that this run alone sends, or why it does not."""
        rows = self.stack.ledger_pages.versions(present.bucket, present.key).rows
        older = [row for row in rows if not present.is_of(row)]
        # A version that was uploaded since the listing would count as an older one.
        if older and not self._is_latest(present):
            return "replaced"
        own = self._own(present, rows)
        # Of a version that no service has begun the place is unknown: it would come last, though it is older.
        first = [row for row in older if row.outcome is None and row.sequencer is None]
        if self.kind_of(own) != SEND or any(self.kind_of(row) != SEND for row in first):
            return "waiting"
        source = Source(
            bucket=present.bucket,
            key=present.key,
            version_id=present.version_id,
            sequencer=self._sequencer(present, own, older),
            size_bytes=present.size_bytes,
            uploaded_at=iso(at),
        )
        # Without versions a place of its own makes it another image.
        seen = own if own is not None and own.image_id == source.image_id else None
        if not self._records.claim(source, seen, iso(at)):
            return "waiting"
        return _Claimed(present=present, source=source, at=at)

    def _sequencer(self, present: Present, own: Row | None, older: Sequence[Row]) -> str:
        """Its own one, where it has one and is the last still; else one after all that are known."""
        # A key that the ledger knows of may have been removed meanwhile, which has a sequence of its own.
        place = (present.bucket, present.key)
        last = self.stack.ledger.last_sequences([place]).get(place, "") if own is not None or older else ""
        if own is not None and own.sequencer is not None and not is_newer(last, own.sequencer):
            return own.sequencer
        return events.sequencer(older, present.modified, last=last)

    def _own(self, present: Present, rows: Sequence[Row]) -> Row | None:
        found = [row for row in rows if present.is_of(row)]
        if found or len(rows) < MAX_VERSIONS or present.version_id is None:
            return found[0] if found else None
        image = (present.bucket, present.key, present.image_id)
        return self.stack.ledger.of_images([image]).get(present.image_id)

    def _is_latest(self, present: Present) -> bool:
        found = latest(self.stack.s3, present.bucket, present.key, versioned=self._versioned)
        return found is not None and (found.version_id, found.etag) == (present.version_id, present.etag)

    def _batch(self, going: Sequence[_Claimed]) -> dict[int, str]:
        """Send one request; why SQS took a message of it on no attempt, by its number."""
        entries = {
            str(index): in_group({"MessageBody": self._body(each)}, BACKFILL) for index, each in enumerate(going)
        }
        pause = _FIRST_PAUSE_SECONDS
        for attempts in range(1, _ATTEMPTS + 1):
            refused = send_chunk(self.stack.sqs, self._url, entries)
            entries = {name: entries[name] for name in refused}
            if not entries or attempts == _ATTEMPTS:
                break
            self.clock.wait(pause)
            pause *= 2
        return {int(name): why for name, why in refused.items()}

    def _body(self, claimed: _Claimed) -> str:
        sequencer = claimed.source.sequencer or ""
        return events.body(claimed.present, sequencer=sequencer, names=self.stack.names, now=claimed.at)
