"""Files that come in by the page, kept within bounds and put into the input bucket as `pipeline upload` does."""

import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import IO, Final

from anyio.to_thread import run_sync

from ops.aws.ledger import Row
from ops.aws.objects import MAX_KEY_BYTES, put
from ops.console.state import UPLOADED
from ops.errors import CommandError, Exit
from ops.images import overrides
from ops.images.batches import BatchUpload
from ops.images.follow import Uploaded
from ops.stack import Stack
from shared.dlq_messages import iso
from shared.errors import BadOverride, PipelineError

_IN_MEMORY_BYTES: Final = 4 * 1024**2


class Refused(CommandError):
    """What is not uploaded; the text says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Exit.USAGE)


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """Puts files into the input bucket.

    Args:
        stack: whose.
        max_bytes: of one file: a larger one would fail anyway.
    """

    stack: Stack
    max_bytes: int

    async def take(
        self,
        key: str,
        chosen: Iterable[str],
        chunks: AsyncIterator[bytes],
        length: int | None,
        place: tuple[BatchUpload, int] | None = None,
    ) -> Row:
        """Take one file.

        Args:
            key: that it is to be called.
            chosen: each "name=value", for this image alone.
            chunks: its bytes.
            length: that its sender says it has; None where nothing is said.
            place: the batch that it is uploaded with, and its position in it; None where it is uploaded alone.

        Returns:
            What is known of it until the ledger knows more.

        Raises:
            Refused: it is too large, or an override or the key is wrong.
        """
        metadata = await run_sync(checked, self.stack, key, chosen)
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
            if place is not None:
                metadata |= place[0].stamp(place[1])
            uploaded = await run_sync(self._put, key, file, size, metadata)
        if place is not None:
            uploaded = replace(uploaded, batch=place[0].id)
            # The image is there, and its own metadata names the batch: only its digest may be late.
            with suppress(PipelineError):
                await run_sync(place[0].joined, place[1], uploaded)
        return expected(uploaded, datetime.now(UTC))

    def _within(self, size: int) -> None:
        if size > self.max_bytes:
            raise Refused(f"the file has {size:,} bytes or more; the limit is {self.max_bytes:,} (limits.bytes)")

    def _put(self, key: str, file: "IO[bytes]", size: int, metadata: Mapping[str, str]) -> Uploaded:
        bucket = self.stack.names.input_bucket
        there = put(self.stack.s3, file, bucket=bucket, key=key, metadata=metadata, size_bytes=size)
        return Uploaded(bucket=bucket, key=key, version_id=there.version_id, size_bytes=size)


def checked(stack: Stack, key: str, chosen: Iterable[str]) -> dict[str, str]:
    """The overrides as metadata, when the key and the overrides are right.

    Raises:
        Refused: one is not.
    """
    if not 0 < len(key.encode()) <= MAX_KEY_BYTES or key.endswith("/"):
        raise Refused(f"a key has 1 to {MAX_KEY_BYTES:,} bytes and ends with a name")
    try:
        metadata = overrides.metadata_of(chosen)
        if metadata:
            overrides.check(stack.settings, [key], metadata)
    except (CommandError, BadOverride) as error:
        raise Refused(str(error)) from error
    return metadata


def expected(uploaded: Uploaded, now: datetime) -> Row:
    """The row of an image that the ledger does not know yet."""
    return Row(
        image_id=uploaded.image_id,
        bucket=uploaded.bucket,
        key=uploaded.key,
        version_id=uploaded.version_id,
        size_bytes=uploaded.size_bytes,
        uploaded_at=iso(now),
        updated_at=iso(now),
        service=UPLOADED,
        outcome=None,
        error=None,
        reason=None,
        outputs=(),
        seconds={},
        finished={},
        replays=0,
        batch=uploaded.batch,
    )
