"""Which images have their outcome: the ledger, asked for those that have none yet, never for all of them again."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from ops.aws.ledger import LedgerTable, Row
from shared.dlq_messages import iso

if TYPE_CHECKING:
    from ops.images.follow import Uploaded

# Of one look: five requests.
MAX_NOTIFIED: Final = 500
# Of those that nobody was notified of, one request. Each row that is read is paid for, and most will be reported.
MAX_UNNOTIFIED: Final = 100
# Between this machine's clock and that of S3.
_SKEW: Final = timedelta(seconds=2)


@dataclass(kw_only=True)
class Watch:
    """The rows of images as far as they are known.

    Args:
        ledger: where they are.
    """

    ledger: LedgerTable
    rows: dict[str, Row] = field(default_factory=dict, init=False)
    rows_read: int = field(default=0, init=False)
    _pending: dict[str, tuple[str, str, str]] = field(default_factory=dict, init=False)
    _unversioned: dict[str, tuple[str, int]] = field(default_factory=dict, init=False)

    def add(self, image: "Uploaded") -> None:
        """Watch an image."""
        self._pending[image.image_id] = (image.bucket, image.key, image.image_id)
        if image.version_id is None and image.at:
            self._unversioned[image.image_id] = (iso(datetime.fromisoformat(image.at) - _SKEW), image.size_bytes)

    @property
    def pending(self) -> int:
        """How many have no outcome yet, as far as is known."""
        return len(self._pending)

    def look(self, notified: Collection[str] = (), *, others: int = MAX_UNNOTIFIED) -> None:
        """Ask for some that have no outcome yet.

        Args:
            notified: ids of images of which a notice has come.
            others: how many more at most; those come first that were not asked for longest.
        """
        first = dict.fromkeys(image_id for image_id in notified if image_id in self._pending)
        rest = (image_id for image_id in self._pending if image_id not in first)
        chosen = [*islice(first, MAX_NOTIFIED), *islice(rest, others)]
        images = [self._pending.pop(image_id) for image_id in chosen]
        if not images:
            return
        # Back at the end: those that are not asked for this time come first next time. Whatever happens, none is lost.
        self._pending |= {image[2]: image for image in images}
        self.rows_read += len(images)
        found: dict[str, Row] = dict(
            self.ledger.of_images([each for each in images if each[2] not in self._unversioned])
        )
        for bucket, key, image_id in images:
            if image_id in self._unversioned:
                found |= self._newest(bucket, key, image_id)
        self.rows |= found
        for image_id, row in found.items():
            if row.outcome is not None:
                self._pending.pop(image_id, None)

    def _newest(self, bucket: str, key: str, image_id: str) -> dict[str, Row]:
        """The row of the key's last upload of as many bytes, by the id of an upload without a version.

        Its own id is in S3's event. Its time alone could be that of an upload a moment before.
        """
        since, size_bytes = self._unversioned[image_id]
        known = self.ledger.of_key(bucket, key)
        rows = [row for row in known if row.uploaded_at >= since and row.size_bytes == size_bytes]
        return {image_id: max(rows, key=lambda row: row.uploaded_at)} if rows else {}

    def look_at_all(self) -> None:
        """Ask for every one that has no outcome yet."""
        self.look(others=len(self._pending))
