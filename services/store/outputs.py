"""Outputs in their bucket: written and removed only conditionally, so that none replaces a later version's. No AWS."""

from collections.abc import Iterable
from typing import Final

from services.store import naming
from shared.errors import AwsUnavailable, NotFound, PreconditionFailed
from shared.light_dataclass import dataclass
from shared.messages import Source
from shared.ports import Headers, Objects

# Each lost round means that somebody else wrote the key in between; more than a few are not a coincidence.
_MAX_ROUNDS: Final = 5


class Overtaken(Exception):
    """Raised when a later version of the source has taken the key."""


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The outputs of one version of a source.

    Args:
        objects: objects in S3.
        bucket: the output bucket.
        owner: owner of the outputs.
    """

    objects: Objects
    bucket: str
    owner: naming.Owner

    def check(self, keys: Iterable[str]) -> None:
        """Refuse, before anything is written, what would fail half-way.

        Raises:
            OutputKeyTaken: a key belongs to another source.
        """
        for key in keys:
            try:
                there = self.objects.head(self.bucket, key)
            except NotFound:
                continue
            naming.decide(self.owner, naming.from_metadata(there.metadata), key)

    def write(self, key: str, data: bytes, headers: Headers) -> None:
        """Write one output where there is none or an older one; an equal one is kept.

        Raises:
            Overtaken: a later version's output is there.
            OutputKeyTaken: the key belongs to another source.
            AwsUnavailable: others keep writing the key.
        """
        etag: str | None = None  # most keys are new: the first attempt checks nothing
        for _ in range(_MAX_ROUNDS):
            try:
                self.objects.put_if(self.bucket, key, data, headers, etag=etag)
            except PreconditionFailed:
                try:
                    there = self.objects.head(self.bucket, key)
                except NotFound:
                    etag = None  # deleted meanwhile
                    continue
                verdict = naming.decide(self.owner, naming.from_metadata(there.metadata), key)
                if verdict == "superseded":
                    raise Overtaken(key) from None
                if verdict == "keep":
                    return
                etag = there.etag
            else:
                return
        raise AwsUnavailable(f"{key} was written by others {_MAX_ROUNDS} times while it was being stored")

    def remove(self, keys: Iterable[str], source: Source, sequence: str) -> None:
        """Remove outputs of this source, except those of versions later than a sequence.

        Objects of another source, or that this pipeline did not write, stay.

        Raises:
            AwsUnavailable: others keep writing a key.
        """
        for key in sorted(keys):
            self._remove(key, source, sequence)

    def _remove(self, key: str, source: Source, sequence: str) -> None:
        for _ in range(_MAX_ROUNDS):
            try:
                there = self.objects.head(self.bucket, key)
            except NotFound:
                return
            if not naming.may_remove(naming.from_metadata(there.metadata), source, sequence):
                return
            try:
                self.objects.delete_if(self.bucket, key, etag=there.etag)
            except PreconditionFailed:
                continue
            return
        raise AwsUnavailable(f"{key} was written by others {_MAX_ROUNDS} times while it was being removed")
