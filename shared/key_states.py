"""Records of source keys: which version of a key comes last, and where its outputs may be."""

from collections.abc import Sequence
from typing import Protocol

from shared.light_dataclass import dataclass
from shared.messages import Source


@dataclass(frozen=True, kw_only=True)
class KeyState:
    """What is known of a source key: which of its versions comes last, and where outputs of it may be.

    Args:
        sequence: of the last version; see shared.sequence.
        made_of: the intermediate object of which its outputs are made; None where the source was removed.
        keys: of its outputs, in the output bucket.
        outputs: every key where an output of any version may be. It is recorded before the output is written, and
            forgotten once the output is known to be gone.
        version_id: of the version that was stored last; None in a bucket without versions.
        uploaded_at: when that version was uploaded.
        removed_at: by which time all that was uploaded is removed; None where nobody removed it by hand.
    """

    sequence: str
    made_of: str | None = None
    version_id: str | None = None
    uploaded_at: str | None = None
    removed_at: str | None = None
    keys: frozenset[str] = frozenset()
    outputs: frozenset[str] = frozenset()


class SourceKeys(Protocol):
    """One record for each source key. It decides which version's outputs may stand."""

    def claim(self, source: Source, made_of: str, keys: Sequence[str]) -> KeyState | None:
        """Make a version the last one of its key, before its outputs are written; the state before, None for none.

        Args:
            source: the version.
            made_of: the intermediate object of which its outputs are made.
            keys: of its outputs.

        Raises:
            PreconditionFailed: a later version has claimed the key.
            TransientError: it cannot be recorded now.
        """

    def state(self, source: Source) -> KeyState | None:
        """What is known of the source's key now; None for nothing.

        Raises:
            TransientError: it cannot be read now.
        """

    def remove(self, source: Source, version_id: str | None) -> KeyState:
        """Record that a source was removed, before its outputs are; the state then, with all outputs that there may be.

        Args:
            source: the deletion. One without a sequencer holds for all that was uploaded by its time.
            version_id: the one version that was deleted; None where the whole key is gone.

        Raises:
            PreconditionFailed: a later version has claimed the key, or the deleted version's outputs do not stand.
            TransientError: it cannot be recorded now.
        """

    def keep(self, deletion: Source, version_id: str) -> bool:
        """Give the version whose outputs stand the place of a later deletion, so that no earlier one removes them.

        Args:
            deletion: of another version, or of a delete marker.
            version_id: of the version that is the current one.

        Returns:
            Whether that version's outputs stand, and keep standing.

        Raises:
            TransientError: it cannot be recorded now.
        """

    def forget(self, source: Source, made_of: str, keys: Sequence[str]) -> None:
        """Forget keys where no output is any more.

        Raises:
            PreconditionFailed: this is not the last version any more, so that outputs may be there again.
            TransientError: it cannot be recorded now.
        """
