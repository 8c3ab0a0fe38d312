"""Files that are uploaded together: a batch, of which people are notified once, when its last image has its outcome."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from ops.aws.objects import RefusedFile, UnreadableFile
from ops.aws.queues import send
from ops.images.follow import Upload, Uploaded, upload
from ops.names import SERVICES
from ops.stack import Stack
from shared.aws.batches import DynamoUploadBatches
from shared.aws.ledger import DynamoLedger
from shared.aws.topics import SnsNotices
from shared.batches import ENDINGS, MAX_SIZE, SHARD, Ending, counted, header
from shared.digests import Digests
from shared.dlq_messages import iso
from shared.messages import MAX_DELAY_SECONDS, BatchDue, UploadBatch
from shared.notices import folder_of
from shared.overrides import BATCH, PREFIX

# Of a digest, for filters by prefix: where they are more, or longer, their parents stand for them. SNS takes 256 KB in
# all, and the ledger charges by the size of what is written.
MAX_FOLDERS: Final = 100
MAX_FOLDER_BYTES: Final = 4096


def upload_together(
    stack: Stack,
    uploads: Sequence[Upload],
    metadata: Mapping[str, str] | None = None,
    *,
    report: Callable[[int, Uploaded], None] = lambda _, __: None,
    failed: Callable[[UnreadableFile | RefusedFile], None] | None = None,
) -> list[Uploaded]:
    """Upload files as one batch, in the order given; a single one as none.

    Args:
        stack: whose input bucket.
        uploads: the files; more than a batch holds become several batches.
        metadata: user metadata of every object, ASCII.
        report: called with the place of each file and what it became, once it is there; from several threads.
        failed: called with what is wrong with a file that cannot be read, or that S3 refuses, which its batch counts as
            missing; None to raise it.
    """
    if len(uploads) < 2:  # noqa: PLR2004 - one is not a batch
        return upload(stack, uploads, metadata, uploaded=report, failed=failed)
    uploaded: list[Uploaded] = []
    for start in range(0, len(uploads), MAX_SIZE):
        some = uploads[start : start + MAX_SIZE]
        batch = BatchUpload(stack=stack, id=new_id(), keys=[each.key for each in some])
        uploaded += batch.run(some, metadata or {}, report=_shifted(report, start), failed=failed)
    return uploaded


def _shifted(report: Callable[[int, Uploaded], None], start: int) -> Callable[[int, Uploaded], None]:
    return lambda number, uploaded: report(start + number, uploaded)


def new_id() -> str:
    """A batch's id: when it was uploaded, and what keeps two of one second apart."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


@dataclass(frozen=True, kw_only=True)
class BatchUpload:
    """A batch while it is being uploaded.

    What it is, is in the ledger before its first image is in the bucket; and each image's row names it as soon as the
    image is there, for a service may fail, or find the image gone, before it has read the image's own metadata. Anyone
    who writes second, the service the outcome or this the batch, sees what the other wrote, and counts.

    Args:
        stack: whose input bucket.
        id: of the batch.
        keys: of all its images.
        watched: whether store looks at it from time to time, as is needed unless the uploader waits for its end.
    """

    stack: Stack
    id: str
    keys: Sequence[str]
    watched: bool = True
    _there: set[int] = field(default_factory=set, init=False)

    def run(
        self,
        uploads: Sequence[Upload],
        metadata: Mapping[str, str],
        *,
        report: Callable[[int, Uploaded], None] = lambda _, __: None,
        failed: Callable[[UnreadableFile | RefusedFile], None] | None = None,
    ) -> list[Uploaded]:
        """Upload the files; where that is broken off, the batch ends with what was uploaded by then.

        Args:
            uploads: a file for each key.
            metadata: user metadata of every object, ASCII.
            report: called with the place of each file and what it became, once it is there; from several threads.
            failed: called with what is wrong with a file that cannot be read, or that S3 refuses; None to raise it.
        """

        def there(number: int, uploaded: Uploaded) -> None:
            report(number, replace(uploaded, batch=self.id))  # it is there, whatever becomes of its row
            self.joined(number, uploaded)

        with self.opened():
            uploaded = upload(self.stack, uploads, metadata, stamp=self.stamp, uploaded=there, failed=failed)
        return [replace(each, batch=self.id) for each in uploaded]

    @contextmanager
    def opened(self) -> Iterator[None]:
        """While its images are uploaded, each with `stamp` and notified of to `joined`; the others never are."""
        bucket, now = self.stack.names.input_bucket, iso(datetime.now(UTC))
        self._upload_batches.open(self._place(0), bucket=bucket, folders=folders(self.keys), at=now)
        self._upload_batches.name(self._place(0), self.keys)
        if self.watched:
            self._watch()
        try:
            yield
        finally:
            self._break_off()

    def _watch(self) -> None:
        """Let store look at the batch from time to time: nobody else can say that its uploader died."""
        seconds = self.stack.settings.batch_timeout_minutes * 60
        due = BatchDue(batch=self._place(0), timeout_seconds=seconds)
        queue_url = self.stack.queue_url(self.stack.names.queue(SERVICES[-1]))
        delay = min(seconds, MAX_DELAY_SECONDS)
        send(self.stack.sqs, queue_url, due.encode(), delay_seconds=delay)

    def stamp(self, number: int) -> dict[str, str]:
        """The user metadata that says an image's place in the batch, by the place of its key."""
        bucket, now = self.stack.names.input_bucket, datetime.now(UTC)
        return {PREFIX + BATCH: header(self._place(number), bucket, self.keys[number], now)}

    def joined(self, number: int, uploaded: Uploaded) -> None:
        """Write the batch into the image's row; count the image, where it has its outcome already.

        Raises:
            TransientError: it is not certain that it is written or counted.
        """
        self._there.add(number)
        if uploaded.version_id is None:
            return  # S3's event alone will report what the image is identified by
        source = replace(uploaded.source, uploaded_at=iso(datetime.now(UTC)))
        batch = self._place(number)
        if not self._upload_batches.claim(batch, source.image_id):
            return  # a copy on the same key came before it
        row = DynamoLedger(self.stack.dynamodb, self.stack.names.ledger, self._days).join(source, batch)
        outcome = row.get("outcome", {}).get("S")
        if outcome is not None:
            error, reason = (row.get(name, {}).get("S") for name in ("error", "reason"))
            self._digests.ended(source.with_batch(batch), outcome, error=error, reason=reason)

    @property
    def _upload_batches(self) -> DynamoUploadBatches:
        return DynamoUploadBatches(self.stack.dynamodb, self.stack.names.ledger, days=self._days)

    @property
    def _days(self) -> int:
        return self.stack.settings.retention.ledger_days

    @property
    def _digests(self) -> Digests:
        notices = SnsNotices(lambda: self.stack.sns, self.stack.names.topic_arn)
        return Digests(upload_batches=self._upload_batches, notices=notices, now=lambda: datetime.now(UTC))

    def _place(self, number: int) -> UploadBatch:
        return UploadBatch(id=self.id, number=number, size=len(self.keys))

    def _break_off(self) -> None:
        """Count what will never come, so that the batch ends; nothing where all came."""
        for start in range(0, len(self.keys), SHARD):
            missing = [n for n in range(start, min(start + SHARD, len(self.keys))) if n not in self._there]
            if missing and self._upload_batches.count(self._place(missing[0]), "missing", missing):
                self._digests.report(self._place(missing[0]))


def folders(keys: Sequence[str]) -> list[str]:
    """The folders of a batch's keys, as filters match them; where there are too many, those above them."""
    found = {folder_of(key) for key in keys}
    while len(found) > MAX_FOLDERS or sum(len(folder.encode()) for folder in found) > MAX_FOLDER_BYTES:
        depth = max(folder.count("/") for folder in found)
        found = {_above(folder) if folder.count("/") == depth else folder for folder in found}
    return sorted(found)


def _above(folder: str) -> str:
    parent, slash, _ = folder.rstrip("/").rpartition("/")
    return parent + slash or "/"


@dataclass(frozen=True, kw_only=True)
class BatchTotals:
    """How far a batch is, as the ledger counts it.

    Args:
        size: how many images it has.
        counts: how many of them ended how, each counted once.
    """

    size: int
    counts: Mapping[Ending, int]

    @property
    def pending(self) -> int:
        """How many have no outcome yet."""
        return max(0, self.size - sum(self.counts.values()))


def totals(stack: Stack, batch_id: str) -> BatchTotals | None:
    """How far a batch is: one query, however many images it has; None where the ledger has no such batch."""
    size, members = 0, {ending: set[int]() for ending in ENDINGS}
    for item in stack.ledger.shards_of(batch_id):
        size = max(size, int(item.get("size", {}).get("N", 0)))
        for ending, found in members.items():
            found.update(map(int, item.get(ending, {}).get("NS", ())))
    return BatchTotals(size=size, counts=counted(members)) if size else None
