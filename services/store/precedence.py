"""Which comes last for a source key: its record, or the version or deletion that is being processed."""

from shared import sequence as sequences
from shared.key_states import KeyState
from shared.messages import Source


def is_later(state: KeyState, source: Source) -> bool:
    """Whether the record is of a later version or deletion, so that this version may not be stored.

    The conditions of shared.aws.source_keys are the same; this checks a refusal.

    Args:
        state: record of the key.
        source: version that is being stored.
    """
    removed = state.removed_at is not None and state.removed_at >= source.uploaded_at
    return removed or sequences.is_newer(state.sequence, sequences.of(source))


def outlives(state: KeyState | None, deletion: Source, version_id: str | None) -> bool:
    """Whether a key's outputs stay after a deletion of its source.

    Args:
        state: record of the key; None where there is none.
        deletion: key, time and sequence of the deletion; one without a sequencer applies to all uploads before it.
        version_id: id of the deleted version; None where the whole key is deleted.
    """
    if version_id is not None:
        return state is None or state.version_id != version_id
    if state is None:
        return False
    if deletion.sequencer is None:
        return max(state.uploaded_at or "", state.removed_at or "") > deletion.uploaded_at
    return sequences.is_newer(state.sequence, deletion.sequencer)


def is_version(state: KeyState, source: Source) -> bool:
    """Whether the last stored version is this one; never in a bucket without versioning."""
    return source.version_id is not None and state.version_id == source.version_id
