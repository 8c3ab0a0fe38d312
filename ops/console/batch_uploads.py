"""Files that a page uploads together: each such upload is an upload batch, open until the page has sent all of it."""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ops.console.uploads import Refused
from ops.images.batches import BatchUpload, new_id
from ops.stack import Stack
from shared.batches import MAX_SIZE
from shared.errors import PipelineError

# A browser that crashed ends none: the oldest are ended then.
MAX_OPEN: Final = 100


@dataclass(kw_only=True)
class _Open:
    """A batch and what ends it."""

    batch: BatchUpload
    ending: contextlib.ExitStack


@dataclass(kw_only=True)
class BatchUploads:
    """The batches that pages upload now.

    Args:
        stack: whose input bucket.
    """

    stack: Stack
    _open: OrderedDict[str, _Open] = field(default_factory=OrderedDict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def begin(self, keys: Sequence[str]) -> str:
        """Open a batch of files with these keys, in their order; returns its id.

        Raises:
            Refused: they are none or too many for a batch, or the ledger cannot take it now.
        """
        if not 1 < len(keys) <= MAX_SIZE:
            raise Refused(f"{len(keys):,} files are not a batch; allowed: 2 to {MAX_SIZE:,}")
        opened = _Open(batch=BatchUpload(stack=self.stack, id=new_id(), keys=keys), ending=contextlib.ExitStack())
        try:
            opened.ending.enter_context(opened.batch.opened())
        except PipelineError as error:
            raise Refused(str(error)) from error
        with self._lock:
            self._open[opened.batch.id] = opened
            oldest = list(self._open)[:-MAX_OPEN]
        for batch_id in oldest:
            self.end(batch_id)
        return opened.batch.id

    def batch(self, batch_id: str, number: int, key: str) -> BatchUpload | None:
        """The batch in which a file has this place; None where it has none: it is uploaded alone then.

        Args:
            batch_id: as `begin` returned it.
            number: position of the file in the batch, from 0.
            key: of the file.
        """
        opened = self._open.get(batch_id)
        if opened is None or not 0 <= number < len(opened.batch.keys) or opened.batch.keys[number] != key:
            return None
        return opened.batch

    def end(self, batch_id: str) -> None:
        """Count the files of a batch that did not come; does nothing where it was ended before."""
        with self._lock:
            opened = self._open.pop(batch_id, None)
        if opened is not None:
            # Whatever cannot be counted now, the batch's time-out makes up for.
            with contextlib.suppress(PipelineError):
                opened.ending.close()

    def end_all(self) -> None:
        """Count what did not come of any batch: the console ends."""
        for batch_id in list(self._open):
            self.end(batch_id)
