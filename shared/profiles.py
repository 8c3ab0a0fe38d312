"""Profiles of pipeline.yaml: images that are uploaded under a prefix may have settings of their own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from shared.settings import bad


class Profile(Protocol):
    """The settings of one prefix, as far as a service reads them."""

    @property
    def prefix(self) -> str:
        """What the keys begin with, such as "avatars/"."""


P = TypeVar("P", bound=Profile)


def matching(profiles: Sequence[P], key: str) -> P | None:
    """The profile with the longest prefix that the key begins with; None where there is none."""
    return max(
        (profile for profile in profiles if key.startswith(profile.prefix)),
        key=lambda profile: len(profile.prefix),
        default=None,
    )


def parsed(entries: Sequence[Mapping[str, Any]] | None, parse: Callable[[Mapping[str, Any], str], P]) -> tuple[P, ...]:
    """The profiles in PROFILES: a list of the settings that the service reads, each with its prefix.

    Args:
        entries: the validated entries; None for none.
        parse: turns an entry, and its path in errors, into a profile.

    Raises:
        BadSetting: a prefix is given twice, or a profile breaks a rule of its own.
    """
    profiles: list[P] = []
    for index, entry in enumerate(entries or ()):
        path = f"profiles[{index}]"
        if any(entry["prefix"] == profile.prefix for profile in profiles):
            raise bad(f"{path}.prefix", entry["prefix"], "each prefix once")
        profiles.append(parse(entry, path))
    return tuple(profiles)
