"""Files that come in by the page, kept within bounds and put into the input bucket as `pipeline drop` does."""

import mimetypes
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Final

from anyio.to_thread import run_sync

from ops import orders
from ops.console.board import DROPPED
from ops.errors import CommandError
from ops.follow import Dropped
from ops.ledger import Row
from ops.stack import Stack
from shared.dead_letters import iso
from shared.errors import BadOverride

_IN_MEMORY_BYTES: Final = 4 * 1024**2
_LONGEST_KEY_BYTES: Final = 1024


class Refused(CommandError):
    """What is not dropped; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Drops:
    """Puts files into the input bucket.

    Args:
        stack: whose.
        most_bytes: of one file: a larger one would fail anyway.
    """

    stack: Stack
    most_bytes: int

    async def take(self, key: str, ordered: Iterable[str], chunks: AsyncIterator[bytes], length: int | None) -> Row:
        """Take one file.

        Args:
            key: that it is to be called.
            ordered: each "name=value", for this image alone.
            chunks: its bytes.
            length: that its sender says it has; None where nothing is said.

        Returns:
            What is known of it until the ledger knows more.

        Raises:
            Refused: it is too large, or an order or the key is wrong.
        """
        metadata = await run_sync(checked, self.stack, key, ordered)
        self._within(length or 0)
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES) as file:
            size = 0
            async for chunk in chunks:
                size += len(chunk)
                self._within(size)
                await run_sync(file.write, chunk)
            if not size:
                raise Refused("the file is empty")
            file.seek(0)
            dropped = await run_sync(self._put, key, file, size, metadata)
        return expected(dropped, datetime.now(UTC))

    def _within(self, size: int) -> None:
        if size > self.most_bytes:
            raise Refused(f"the file has {size:,} bytes or more; the limit is {self.most_bytes:,} (limits.bytes)")

    def _put(self, key: str, file: "IO[bytes]", size: int, metadata: Mapping[str, str]) -> Dropped:
        bucket = self.stack.names.input_bucket
        answer = self.stack.s3.put_object(
            Bucket=bucket,
            Key=key,
            Body=file,
            ContentLength=size,
            ContentType=mimetypes.guess_type(key)[0] or "application/octet-stream",
            Metadata=metadata,
        )
        return Dropped(bucket=bucket, key=key, version_id=answer.get("VersionId"), size_bytes=size)


def checked(stack: Stack, key: str, ordered: Iterable[str]) -> dict[str, str]:
    """What is ordered as metadata, when the key and the orders are right.

    Raises:
        Refused: one is not.
    """
    if not 0 < len(key.encode()) <= _LONGEST_KEY_BYTES or key.endswith("/"):
        raise Refused(f"a key has 1 to {_LONGEST_KEY_BYTES:,} bytes and ends with a name")
    try:
        metadata = orders.metadata_of(ordered)
        if metadata:
            orders.check(stack.settings, [key], metadata)
    except (CommandError, BadOverride) as error:
        raise Refused(str(error)) from error
    return metadata


def expected(dropped: Dropped, now: datetime) -> Row:
    """The row of an image that the ledger does not know yet."""
    return Row(
        image_id=dropped.image_id,
        bucket=dropped.bucket,
        key=dropped.key,
        version_id=dropped.version_id,
        size_bytes=dropped.size_bytes,
        dropped_at=iso(now),
        updated_at=iso(now),
        service=DROPPED,
        outcome=None,
        error=None,
        reason=None,
        outputs=(),
        seconds={},
        finished={},
        replays=0,
    )
