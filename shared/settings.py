"""Reads settings one by one: each error names the setting, its value and what is allowed."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from shared.errors import BadSetting

T = TypeVar("T", bound=str)


class Section:
    """One mapping of settings, such as `limits` of pipeline.yaml; what is absent takes its default.

    Args:
        path: the section's name in errors, such as "limits".
        values: the settings as parsed from JSON or YAML.
    """

    def __init__(self, path: str, values: object) -> None:
        if not isinstance(values, Mapping):
            raise BadSetting(f"{path} is {values!r}; it must be a mapping of settings")
        self._path = path
        self._values: dict[str, Any] = {str(key): value for key, value in values.items()}
        self._known: set[str] = set()

    @property
    def path(self) -> str:
        """Its name in errors, such as "profiles[0].watermark"; empty for the whole file."""
        return self._path

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number from low to high."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._bad(name, value, f"a whole number from {low:,} to {high:,}")
        return value

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        """A number from low to high."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self._bad(name, value, f"a number from {low:g} to {high:g}")
        return float(value)

    def choice(self, name: str, default: T, allowed: Sequence[T]) -> T:
        """One of the words allowed."""
        value = self._take(name, default)
        for word in allowed:
            if value == word:
                return word
        raise self._bad(name, value, "one of " + ", ".join(allowed))

    def words(self, name: str, default: tuple[T, ...], allowed: Sequence[T]) -> tuple[T, ...]:
        """A list of some of the words allowed, each once; it may be empty."""
        value = self._take(name, default)
        if not isinstance(value, list | tuple) or any(word not in allowed for word in value):
            raise self._bad(name, value, "a list of some of " + ", ".join(allowed))
        return tuple(word for word in allowed if word in value)

    def boolean(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self._bad(name, value, "true or false")
        return value

    def text(self, name: str, default: str | None, *, longest: int) -> str:
        """A text of 1 to `longest` characters; a default of None means that it must be given."""
        value = self._take(name, default)
        if not isinstance(value, str) or not 1 <= len(value) <= longest:
            raise self._bad(name, value, f"a text of 1 to {longest:,} characters")
        return value

    def optional_text(self, name: str, *, longest: int) -> str | None:
        """A text, or None where the setting is absent or null."""
        if self._values.get(name) is None:
            self._known.add(name)
            return None
        return self.text(name, None, longest=longest)

    def section(self, name: str) -> "Section":
        """A nested mapping; empty where absent."""
        return Section(f"{self._path}.{name}" if self._path else name, self._take(name, {}))

    def sections(self, name: str, *, least: int = 1, most: int) -> "list[Section] | None":
        """A list of `least` to `most` mappings, or None where absent."""
        value = self._take(name, None)
        if value is None:
            return None
        path = f"{self._path}.{name}" if self._path else name
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise BadSetting(f"{path} is {value!r:.200}; allowed: a list of {least} to {most} entries")
        return [Section(f"{path}[{index}]", entry) for index, entry in enumerate(value)]

    def has(self, name: str) -> bool:
        """Whether the setting was given."""
        self._known.add(name)
        return name in self._values

    def raw(self, name: str) -> object:
        """The setting as it was written, for a reader that checks it by itself."""
        return self._take(name, None)

    def bad(self, name: str, allowed: str) -> BadSetting:
        """The error for a setting that fails a rule of its own."""
        return self._bad(name, self._values.get(name), allowed)

    def finish(self) -> None:
        """Refuse settings that nobody asked for: a misspelt one would else be silently the default."""
        unknown = sorted(self._values.keys() - self._known)
        if unknown:
            where = f"{self._path}." if self._path else ""
            raise BadSetting(f"{where}{unknown[0]} is not a setting; allowed: {', '.join(sorted(self._known))}")

    def _take(self, name: str, default: object) -> Any:  # noqa: ANN401 - a setting has any type until it is checked
        self._known.add(name)
        return self._values.get(name, default)

    def _bad(self, name: str, value: object, allowed: str) -> BadSetting:
        where = f"{self._path}.{name}" if self._path else name
        return BadSetting(f"{where} is {value!r}; allowed: {allowed}")


def section_from_env(env: Mapping[str, str], name: str) -> Section:
    """The JSON object in an environment variable, named after its section of pipeline.yaml in capitals.

    Raises:
        BadSetting: the variable holds no JSON object.
    """
    return Section(name, _json(env, name.upper(), "{}"))


def value_from_env(env: Mapping[str, str], name: str) -> Section:
    """A setting that is not a mapping, as the only one of a section: JSON of an environment variable; empty if unset.

    Raises:
        BadSetting: the variable holds no JSON.
    """
    return Section("", {name: _json(env, name.upper(), "null")} if name.upper() in env else {})


def required(env: Mapping[str, str], name: str) -> str:
    """An environment variable that must be there.

    Raises:
        BadSetting: it is absent or empty.
    """
    value = env.get(name, "")
    if not value:
        raise BadSetting(f"{name} is not set; this function needs it in its environment")
    return value


def _json(env: Mapping[str, str], variable: str, default: str) -> object:
    text = env.get(variable, default)
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadSetting(f"{variable} is {text!r}; it must be JSON: {error}") from error
