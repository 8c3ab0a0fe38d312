"""What comes last on a source key: what its record says, or the version or deletion that is at hand."""

from shared import sequence as sequences
from shared.messages import Source
from shared.ports import KeyState


def is_later(state: KeyState, source: Source) -> bool:
    """Whether the record is of a version, or of a deletion, that comes after a version: then it may not be stored.

    The conditions of shared.aws.source_keys say the same; by this a refusal is checked.

    Args:
        state: the record.
        source: the version.
    """
    removed = state.removed_at is not None and state.removed_at >= source.uploaded_at
    return removed or sequences.is_newer(state.sequence, sequences.of(source))


def outlives(state: KeyState | None, deletion: Source, version_id: str | None) -> bool:
    """Whether a key's outputs stay where a source was deleted.

    Args:
        state: the record; None where there is none.
        deletion: its key, time and place; one without a sequencer holds for all that was uploaded by its time.
        version_id: the one version that was deleted; None where the whole key is gone.
    """
    if version_id is not None:
        return state is None or state.version_id != version_id
    if state is None:
        return False
    if deletion.sequencer is None:
        return max(state.uploaded_at or "", state.removed_at or "") > deletion.uploaded_at
    return sequences.is_newer(state.sequence, deletion.sequencer)


def is_version(state: KeyState, source: Source) -> bool:
    """Whether the version that was stored last is this one; never, where a bucket has no versions."""
    return source.version_id is not None and state.version_id == source.version_id
