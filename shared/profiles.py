"""Profiles of pipeline.yaml: what is uploaded under a prefix may have settings of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from shared.settings import Section, value_from_env

MAX_PROFILES: Final = 20
MAX_PREFIX: Final = 200


class Profile(Protocol):
    """The settings of one prefix, as far as a service reads them."""

    @property
    def prefix(self) -> str:
        """What the keys begin with, such as "avatars/"."""


P = TypeVar("P", bound=Profile)


def matching(profiles: Sequence[P], key: str) -> P | None:
    """The profile of a key: of those whose prefix it begins with, the longest; None where there is none."""
    return max(
        (profile for profile in profiles if key.startswith(profile.prefix)),
        key=lambda profile: len(profile.prefix),
        default=None,
    )


def from_env(env: Mapping[str, str], parse: Callable[[Section, str], P]) -> tuple[P, ...]:
    """Read PROFILES: a JSON list of those settings that the service reads, each with its prefix.

    Args:
        env: the environment.
        parse: one entry and its prefix to a profile; what it does not ask for is refused.

    Raises:
        BadSetting: names the setting, its value and what is allowed.
    """
    profiles: list[P] = []
    for section in value_from_env(env, "profiles").sections("profiles", least=0, most=MAX_PROFILES) or []:
        prefix = section.text("prefix", None, longest=MAX_PREFIX)
        if any(prefix == profile.prefix for profile in profiles):
            raise section.bad("prefix", "each prefix once")
        profiles.append(parse(section, prefix))
        section.finish()
    return tuple(profiles)
