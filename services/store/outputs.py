"""Outputs in their bucket: written and removed on conditions alone, so that none comes over a later version's."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.store import naming
from shared.errors import AwsUnavailable, NotFound, PreconditionFailed
from shared.messages import Source
from shared.ports import Headers, Objects

# Each round lost means that somebody else wrote the key in between; more than a few of these is not a coincidence.
_MAX_ROUNDS: Final = 5


class Overtaken(Exception):
    """A later version of the source has the key by now."""


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The outputs of one version of a source.

    Args:
        objects: where they lie.
        bucket: the output bucket.
        owner: whose they are.
    """

    objects: Objects
    bucket: str
    owner: naming.Owner

    def check(self, keys: Iterable[str]) -> None:
        """Refuse before anything is written what would fail half way.

        Raises:
            OutputKeyTaken: a key belongs to another source.
        """
        for key in keys:
            try:
                there = self.objects.head(self.bucket, key)
            except NotFound:
                continue
            naming.decide(self.owner, naming.from_metadata(there.metadata), key)

    def write(self, key: str, data: bytes, headers: Headers) -> str:
        """Write one output where there is none or an older one; "keep" where it is there as it would be written.

        Raises:
            Overtaken: a later version's output is there.
            OutputKeyTaken: the key belongs to another source.
            AwsUnavailable: others write the key again and again.
        """
        etag: str | None = None  # most keys are new: the first attempt asks nothing
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
                    return verdict
                etag = there.etag
            else:
                return "write"
        raise AwsUnavailable(f"{key} was written by others {_MAX_ROUNDS} times while it was being stored")

    def remove(self, keys: Iterable[str], source: Source, sequence: str) -> None:
        """Remove outputs of this source, but for those of versions later than a sequence.

        What belongs to another source, or was not written by this pipeline, stays.

        Raises:
            AwsUnavailable: others write a key again and again.
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
