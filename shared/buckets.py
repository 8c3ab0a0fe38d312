"""Where a pipeline reads and writes: the prefixes of its buckets, and which objects are its own to process."""

from collections.abc import Mapping
from typing import Any, Final, Literal, Self

from shared.errors import BadSetting
from shared.light_dataclass import dataclass

Events = Literal["notification", "eventbridge"]

# What existing buckets of two purposes would share by mistake.
_ALLOWED: Final = "prefixes of one bucket of which neither begins with the other, or an output would be an upload"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A prefix of a bucket.

    Args:
        name: name of a bucket that somebody else owns; None for a bucket that the pipeline makes.
        prefix: beginning of the keys; empty for all of the bucket.
    """

    name: str | None = None
    prefix: str = ""

    def has(self, key: str) -> bool:
        """Whether a key is under the prefix."""
        return key.startswith(self.prefix)

    def relative(self, key: str) -> str:
        """A key without the prefix."""
        return key.removeprefix(self.prefix)

    def within(self, key: str) -> str:
        """A key, or a prefix of keys, under the prefix: as it is where it has the prefix already."""
        return key if self.has(key) else self.prefix + key


@dataclass(frozen=True, kw_only=True)
class Buckets:
    """The section `buckets` of pipeline.yaml; docs/reference/settings.md describes each field.

    Args:
        input: where images are uploaded.
        output: where outputs are stored.
        events: how S3 reports what happens in the input bucket.
    """

    input: Place = Place()
    output: Place = Place()
    events: Events = "notification"

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """Those of a section that its schema has judged.

        Raises:
            BadSetting: input and output overlap.
        """
        of_input = {name: value for name, value in given.get("input", {}).items() if name != "events"}
        places = Place(**of_input), Place(**given.get("output", {}))
        # A bucket that somebody else owns may have notifications, and S3 has one configuration of them for all.
        usual: Events = "notification" if places[0].name is None else "eventbridge"
        buckets = cls(input=places[0], output=places[1], events=given.get("input", {}).get("events") or usual)
        if buckets.is_one and (places[0].has(places[1].prefix) or places[1].has(places[0].prefix)):
            found = " and ".join(f"s3://{each.name}/{each.prefix}" for each in places)
            raise BadSetting(f"buckets.input and buckets.output are {found}; allowed: {_ALLOWED}")
        return buckets

    @property
    def is_one(self) -> bool:
        """Whether input and output are in the same bucket."""
        return self.input.name is not None and self.input.name == self.output.name

    def takes(self, key: str) -> bool:
        """Whether an object of the input bucket is to be processed. Outputs are not, nor what has another prefix."""
        return self.input.has(key) and not (self.is_one and self.output.has(key))


# A pipeline's own buckets, all of each.
OWN: Final = Buckets()
