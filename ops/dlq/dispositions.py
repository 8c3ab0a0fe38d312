"""What becomes of a message that is to be replayed: it goes back, has nothing more to do, or stays."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Literal

from botocore.exceptions import ClientError

from ops.aws.ledger import Row
from ops.aws.objects import head
from ops.aws.queues import chunks
from ops.dlq.limits import CONCURRENCY, MAX_REPLAYS
from ops.dlq.received_messages import ReceivedMessage
from ops.dlq.rows import askable, rows_of
from ops.stack import Stack
from shared import sequence as sequences
from shared.errors import NotNotified
from shared.messages import Source
from shared.sequence import is_newer

Action = Literal["replay", "remove", "leave"]

_FINISHED: Final = {
    "stored": "its image is stored already",
    "superseded": "a newer version of its image is stored",
    "vanished": "its image was deleted before it was read",
    "rejected": "its image was rejected by moderation",
    "removed": "its outputs are removed already",
}
# A row and a key's item are asked for, each a hundred a request.
_LEDGER_ENTRIES: Final = 100

# By bucket and key.
_Lasts = dict[tuple[str, str], str]


@dataclass(frozen=True, kw_only=True)
class Disposition:
    """What becomes of a message.

    Args:
        action: replay sends it back; remove takes it off the queue, since nothing is left to do; leave does nothing.
        because: why, where it is not plain.
    """

    action: Action
    because: str = ""


@dataclass(kw_only=True)
class Judge:
    """Says what becomes of messages, by what the ledger and the input bucket know of their images.

    Args:
        stack: whose.
        force: send back what came back too often, too.
    """

    stack: Stack
    force: bool = False
    _sent: set[tuple[str, str]] = field(default_factory=set, init=False)

    def dispositions(self, entries: Sequence[ReceivedMessage]) -> list[Disposition]:
        """Of each message, in their order: the ledger is asked about many at a time, S3 about each that is left."""
        with ThreadPoolExecutor(max(1, min(len(entries), CONCURRENCY))) as pool:
            some = list(chunks(entries, _LEDGER_ENTRIES))
            rows: dict[str, Row] = {}
            lasts: _Lasts = {}
            found_rows = pool.map(partial(rows_of, self.stack.ledger), some)
            for found, last in zip(found_rows, pool.map(self._lasts, some), strict=True):
                rows |= found
                lasts |= last
            nothing_left = list(pool.map(lambda entry: self._nothing_left(entry, rows, lasts), entries))
        return [self._disposition(entry, why) for entry, why in zip(entries, nothing_left, strict=True)]

    def _lasts(self, entries: Sequence[ReceivedMessage]) -> _Lasts:
        """The sequence of the last version of each key that messages are about."""
        keys = {(source.bucket, source.key) for entry in entries for source in entry.sources if askable(source)}
        return self.stack.ledger.last_sequences(sorted(keys))

    def _disposition(self, entry: ReceivedMessage, nothing_left: str | None) -> Disposition:
        if nothing_left:
            return Disposition(action="remove", because=nothing_left)
        if entry.replays >= MAX_REPLAYS and not self.force:
            return Disposition(action="leave", because=f"replayed {MAX_REPLAYS} times or more: --force replays it")
        images = {(entry.service, image) for image in entry.images}
        if not self._sent.isdisjoint(images):
            return Disposition(action="leave", because="another message of its image goes first")
        self._sent |= images
        return Disposition(action="replay")

    def _nothing_left(self, entry: ReceivedMessage, rows: dict[str, Row], lasts: _Lasts) -> str | None:
        """Why there is nothing to do for any of its images; None where there is, or may be."""
        if entry.error == NotNotified.__name__:
            return None  # its image has its outcome, and subscribers do not know
        # Resize alone reads the source: the intermediate object can be stored without it, and a deletion has none.
        reads = entry.service == "resize" and not entry.removal
        reasons = [
            self._finished(
                source, rows.get(source.image_id), reads=reads, last=lasts.get((source.bucket, source.key), "")
            )
            for source in entry.sources
        ]
        return reasons[0] if reasons and all(reasons) else None

    def _finished(self, source: Source, row: Row | None, *, reads: bool, last: str) -> str | None:
        if row is not None and row.outcome in _FINISHED:
            return _FINISHED[row.outcome]
        if not askable(source):
            return None
        # Whatever was stored had made itself the last of its key before.
        if is_newer(last, sequences.of(source)):
            others = self.stack.ledger_pages.versions(source.bucket, source.key).rows
            if any(each.outcome == "stored" and _replaces(each, source) for each in others):
                return _FINISHED["superseded"]
        if reads and self._is_gone(source):
            return "its image was deleted"
        return None

    def _is_gone(self, source: Source) -> bool:
        if source.bucket != self.stack.names.input_bucket:
            return False
        try:
            return head(self.stack.s3, source.bucket, source.key, source.version_id) is None
        except ClientError:
            return False  # such as 403: resize will see


def _replaces(row: Row, source: Source) -> bool:
    """Whether the ledger's row is of a newer version, by the order that store keeps."""
    return row.image_id != source.image_id and is_newer(sequences.of(row), sequences.of(source))
