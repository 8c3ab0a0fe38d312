"""What the runner needs of the ledger to count upload batches, as a Protocol."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from shared import batches
from shared.batches import Ending
from shared.light_dataclass import dataclass
from shared.messages import Source, UploadBatch
from shared.notifications import FailedMember
from shared.ports import ObjectInfo

# Takes a place in a batch for an image id; see UploadBatches.claim.
Claim = Callable[[UploadBatch, str], bool]


@dataclass(frozen=True, kw_only=True)
class BatchResult:
    """A batch whose members all have their outcomes.

    Args:
        counts: how many members have which outcome.
        failures: some of those that failed.
        bucket: the input bucket; None where the uploader did not say.
        folders: folders of its keys.
        uploaded_at: when the upload began, ISO 8601 in UTC; None where the uploader did not say.
    """

    counts: Mapping[Ending, int]
    failures: tuple[FailedMember, ...] = ()
    bucket: str | None = None
    folders: tuple[str, ...] = ()
    uploaded_at: str | None = None


class UploadBatches(Protocol):
    """What the ledger keeps of batches. Every call may be repeated, and counts once."""

    def claim(self, batch: UploadBatch, image_id: str) -> bool:
        """Take a place in a batch for an image; returns whether it is this image's from now on.

        The first image that claims a place has it: a later version of the same key, such as a restored one, has not.

        Args:
            batch: the place.
            image_id: of the image.

        Raises:
            TransientError: the ledger cannot take it now.
        """

    def note(self, batch: UploadBatch, failure: FailedMember) -> None:
        """Record why a member failed, as long as there is room for it.

        Raises:
            TransientError: the ledger cannot take it now.
        """

    def count(self, batch: UploadBatch, ending: Ending, numbers: Sequence[int] | None = None) -> bool:
        """Count members; returns whether the whole batch is counted by now and not yet reported.

        Args:
            batch: the batch, and the member.
            ending: their outcome.
            numbers: numbers of the members, all of one shard; None for the one that `batch` names.

        Raises:
            TransientError: the ledger cannot take it now.
        """

    def lease(self, batch: UploadBatch) -> BatchResult | None:
        """Take the lease to report a batch; returns None where it was reported before.

        Raises:
            TransientError: another has the lease, or the ledger cannot answer now.
        """

    def notified(self, batch: UploadBatch, at: str) -> None:
        """Record that subscribers were notified.

        Raises:
            TransientError: the ledger cannot take it now.
        """


def place_of(source: Source, info: ObjectInfo, claim: Claim) -> UploadBatch | None:
    """The place in a batch that an object's metadata names; None where it names none, or the place of another image.

    Raises:
        BadOverride: what it names is not a place in a batch.
        TransientError: the ledger cannot answer now.
    """
    place = batches.of(info.metadata, source.bucket, source.key, info.modified_at)
    return place if place is not None and claim(place, source.image_id) else None
