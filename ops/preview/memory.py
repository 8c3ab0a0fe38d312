"""The object store in memory: the services' steps without AWS, for previews and tests."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared import sequence as sequences
from shared.errors import NotFound, PreconditionFailed
from shared.key_states import KeyState
from shared.messages import Source
from shared.ports import FetchedObject, Headers, ObjectInfo


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """An object and what was written beside it.

    Args:
        body: its bytes.
        headers: what was written beside them.
        etag: another one for each write: a hash of the bytes would be most of what a step takes in a benchmark.
        version_id: of the object; None in a bucket without versions.
        modified_at: when it was written; None where that does not matter.
    """

    body: bytes
    headers: Headers
    etag: str = '"0"'
    version_id: str | None = None
    modified_at: datetime | None = None


@dataclass(kw_only=True)
class MemoryObjects:
    """Objects by (bucket, key); versions by (bucket, key, version id); keys with a delete marker on top."""

    objects: dict[tuple[str, str], StoredObject] = field(default_factory=dict)
    versions: dict[tuple[str, str, str], StoredObject] = field(default_factory=dict)
    deleted: set[tuple[str, str]] = field(default_factory=set)
    _serial: Iterator[int] = field(default_factory=itertools.count)

    def get(self, bucket: str, key: str, *, version_id: str | None = None) -> FetchedObject:
        """Read an object; see shared.ports.Objects."""
        found = self._find(bucket, key, version_id)
        return FetchedObject(body=found.body, info=_info(found))

    def get_undeleted(self, bucket: str, key: str, *, version_id: str | None = None) -> FetchedObject:
        """Read an object whose key is not deleted; see shared.ports.Objects."""
        if (bucket, key) in self.deleted:
            raise NotFound(f"s3://{bucket}/{key} is deleted")
        return self.get(bucket, key, version_id=version_id)

    def head(self, bucket: str, key: str) -> ObjectInfo:
        """What is known of an object; see shared.ports.Objects."""
        return _info(self._find(bucket, key, None))

    def tags(self, bucket: str, key: str, *, version_id: str | None = None) -> Mapping[str, str]:
        """The object's tags; see shared.ports.Objects."""
        return self._find(bucket, key, version_id).headers.tags

    def put(self, bucket: str, key: str, body: bytes, headers: Headers) -> None:
        """Write an object; see shared.ports.Objects."""
        self.objects[bucket, key] = StoredObject(body=body, headers=headers, etag=f'"{next(self._serial)}"')

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Remove objects; see shared.ports.Objects."""
        for key in keys:
            self.objects.pop((bucket, key), None)

    def put_if(self, bucket: str, key: str, body: bytes, headers: Headers, *, etag: str | None) -> None:
        """Write an object on a condition; see shared.ports.Objects."""
        there = self.objects.get((bucket, key))
        if (there.etag if there else None) != etag:
            raise PreconditionFailed(f"s3://{bucket}/{key} is not as expected")
        self.put(bucket, key, body, headers)

    def delete_if(self, bucket: str, key: str, *, etag: str) -> None:
        """Remove an object on a condition; see shared.ports.Objects."""
        there = self.objects.get((bucket, key))
        if there is not None and there.etag != etag:
            raise PreconditionFailed(f"s3://{bucket}/{key} is not as expected")
        self.objects.pop((bucket, key), None)

    def _find(self, bucket: str, key: str, version_id: str | None) -> StoredObject:
        found = self.objects.get((bucket, key))
        if version_id is not None:
            found = self.versions.get((bucket, key, version_id))
        if found is None:
            raise NotFound(f"s3://{bucket}/{key} is not there")
        return found


@dataclass(kw_only=True)
class MemorySourceKeys:
    """Records of source keys by (bucket, key): each a state, the version that it is of, and when all was removed."""

    records: dict[tuple[str, str], tuple[KeyState, Source | None, str]] = field(default_factory=dict)

    def claim(self, source: Source, made_of: str, keys: Sequence[str]) -> KeyState | None:
        """Make a version the last one of its key; see shared.key_states.SourceKeys."""
        before, sequence = self.state(source), _sortable(source)
        _, _, removed_at = self._record(source)
        if (before is not None and before.sequence > sequence) or (removed_at and removed_at >= source.uploaded_at):
            raise PreconditionFailed(f"a later version of {source.key} is there")
        outputs = frozenset(keys) | (before.outputs if before else frozenset())
        state = KeyState(
            sequence=sequence,
            made_of=made_of,
            version_id=source.version_id,
            uploaded_at=source.uploaded_at,
            removed_at=removed_at or None,
            keys=frozenset(keys),
            outputs=outputs,
        )
        self.records[source.bucket, source.key] = (state, source, removed_at)
        return before

    def remove(self, source: Source, version_id: str | None) -> KeyState:
        """Record that a source was removed; see shared.key_states.SourceKeys."""
        state, of, removed_at = self._record(source)
        if version_id is not None:
            later = of is None or of.version_id != version_id
        elif source.sequencer is None:
            later = max(removed_at, of.uploaded_at if of is not None else "") > source.uploaded_at
            removed_at = source.uploaded_at
        else:
            later = state.sequence > _sortable(source)
            state = replace(state, sequence=_sortable(source))
        if later:
            raise PreconditionFailed(f"a later version of {source.key} is there")
        state = replace(state, made_of=None, keys=frozenset(), removed_at=removed_at or None)
        self.records[source.bucket, source.key] = (state, of, removed_at)
        return state

    def state(self, source: Source) -> KeyState | None:
        """What is known of a key; see shared.key_states.SourceKeys."""
        return self._record(source)[0] if (source.bucket, source.key) in self.records else None

    def keep(self, deletion: Source, version_id: str) -> bool:
        """Give the version whose outputs stand a later place; see shared.key_states.SourceKeys."""
        state, of, removed_at = self._record(deletion)
        if of is None or of.version_id != version_id or state.made_of is None or state.sequence > _sortable(deletion):
            return False
        state = replace(state, sequence=_sortable(deletion))
        self.records[deletion.bucket, deletion.key] = (state, of, removed_at)
        return True

    def forget(self, source: Source, made_of: str, keys: Sequence[str]) -> None:
        """Forget keys of outputs that are gone; see shared.key_states.SourceKeys."""
        state, of, removed_at = self._record(source)
        if (state.sequence, state.made_of) != (_sortable(source), made_of):
            raise PreconditionFailed(f"a later version of {source.key} is there")
        state = replace(state, outputs=state.outputs - frozenset(keys))
        self.records[source.bucket, source.key] = (state, of, removed_at)

    def _record(self, source: Source) -> tuple[KeyState, Source | None, str]:
        return self.records.get((source.bucket, source.key), (KeyState(sequence=""), None, ""))


def _sortable(source: Source) -> str:
    return sequences.sortable(sequences.of(source))


def _info(found: StoredObject) -> ObjectInfo:
    return ObjectInfo(
        etag=found.etag,
        metadata=found.headers.metadata,
        tag_count=len(found.headers.tags),
        size_bytes=len(found.body),
        version_id=found.version_id,
        modified_at=found.modified_at,
    )
