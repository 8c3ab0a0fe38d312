"""The object store in memory: the services' steps without AWS, for previews and tests."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared import sequence as sequences
from shared.errors import NotFound, PreconditionFailed
from shared.messages import Source
from shared.ports import FetchedObject, Headers, KeyState, ObjectInfo


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """An object and what was written beside it.

    Args:
        body: its bytes.
        headers: what was written beside them.
        etag: another one for each write: a hash of the bytes would be most of what a step takes in a benchmark.
    """

    body: bytes
    headers: Headers
    etag: str = '"0"'
    version_id: str | None = None


@dataclass(kw_only=True)
class MemoryObjects:
    """Objects by (bucket, key); versions by (bucket, key, version id)."""

    objects: dict[tuple[str, str], StoredObject] = field(default_factory=dict)
    versions: dict[tuple[str, str, str], StoredObject] = field(default_factory=dict)
    _serial: Iterator[int] = field(default_factory=itertools.count)

    def get(self, bucket: str, key: str, *, version_id: str | None = None) -> FetchedObject:
        """Read an object; see shared.ports.Objects."""
        found = self._find(bucket, key, version_id)
        return FetchedObject(body=found.body, info=_info(found))

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
    """Records of source keys by (bucket, key)."""

    states: dict[tuple[str, str], KeyState] = field(default_factory=dict)

    def claim(self, source: Source, made_of: str, keys: Sequence[str]) -> KeyState | None:
        """Make a version the last one of its key; see shared.ports.SourceKeys."""
        before = self.state(source)
        sequence = sequences.sortable(sequences.of(source))
        if before is not None and sequences.is_newer(before.sequence, sequence):
            raise PreconditionFailed(f"a later version of {source.key} is there")
        outputs = frozenset(keys) | (before.outputs if before else frozenset())
        self.states[source.bucket, source.key] = KeyState(
            sequence=sequence, made_of=made_of, keys=frozenset(keys), outputs=outputs
        )
        return before

    def state(self, source: Source) -> KeyState | None:
        """What is known of a key; see shared.ports.SourceKeys."""
        return self.states.get((source.bucket, source.key))

    def forget(self, source: Source, made_of: str, keys: Sequence[str]) -> None:
        """Forget keys of outputs that are gone; see shared.ports.SourceKeys."""
        state = self.state(source)
        if state is None or (state.sequence, state.made_of) != (sequences.sortable(sequences.of(source)), made_of):
            raise PreconditionFailed(f"a later version of {source.key} is there")
        self.states[source.bucket, source.key] = replace(state, outputs=state.outputs - frozenset(keys))


def _info(found: StoredObject) -> ObjectInfo:
    return ObjectInfo(
        etag=found.etag,
        metadata=found.headers.metadata,
        tag_count=len(found.headers.tags),
        size_bytes=len(found.body),
        version_id=found.version_id,
    )
