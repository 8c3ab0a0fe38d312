"""Which DLQ messages the page shows: filters read from a query, and written as options of `pipeline dlq`. No AWS."""

import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Final

from ops import durations
from ops.dlq.selection import Selection
from ops.errors import CommandError, Exit
from ops.names import SERVICES

# As the page offers them; the command line takes any time.
AGES: Final = {
    "newer-1h": "less than 1 hour",
    "newer-1d": "less than 1 day",
    "older-1h": "1 hour or more",
    "older-1d": "1 day or more",
    "older-7d": "7 days or more",
}


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What the filters of the page say; what is empty is not asked.

    Args:
        service: in whose dead-letter queue.
        error: the error's class.
        prefix: with which one of a message's keys begins.
        age: "older-" or "newer-", and a time such as 1d.
        about: the id of an image that it is about.
    """

    service: str = ""
    error: str = ""
    prefix: str = ""
    age: str = ""
    about: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Filter":
        """The filter that a query names.

        Raises:
            CommandError: a value is not one that it may have.
        """
        found = cls(**{each.name: values.get(each.name, "") for each in fields(cls)})
        if found.service not in ("", *SERVICES):
            raise CommandError(f"there is no service {found.service!r}; allowed: {', '.join(SERVICES)}", Exit.USAGE)
        found._age()
        return found

    @property
    def values(self) -> dict[str, str]:
        """What it asks, by name."""
        return {each.name: value for each in fields(self) if (value := getattr(self, each.name))}

    def selection(self) -> Selection:
        """The messages that it is about."""
        how, time = self._age()
        return Selection(
            services=(self.service,) if self.service else SERVICES,
            errors=(self.error,) if self.error else (),
            globs=(self._glob,) if self.prefix else (),
            older_than=time if how == "older" else None,
            newer_than=time if how == "newer" else None,
            images=(self.about,) if self.about else (),
        )

    def options(self) -> Sequence[str]:
        """The options of `pipeline dlq` that say the same."""
        how, _, time = self.age.partition("-")
        options = {
            "service": self.service,
            "error": self.error,
            "key": self._glob if self.prefix else "",
            f"{how}-than": time,
            "image": self.about,
        }
        return [f"--{name}={value}" for name, value in options.items() if value]

    @property
    def _glob(self) -> str:
        return f"{glob.escape(self.prefix)}*"

    def _age(self) -> tuple[str, timedelta | None]:
        how, _, time = self.age.partition("-")
        if not self.age:
            return "", None
        try:
            parsed = durations.parse(time)
        except ValueError as error:
            raise CommandError(str(error), Exit.USAGE) from error
        if how not in {"older", "newer"}:
            raise CommandError(f"{self.age!r} is not an age; it must be such as older-1d or newer-2h", Exit.USAGE)
        return how, parsed
