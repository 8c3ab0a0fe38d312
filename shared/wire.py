"""How a frozen dataclass becomes JSON and comes back: tolerant of new fields, strict on types."""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, Protocol, TypeVar, get_args, get_origin, runtime_checkable

from shared.errors import BadMessage

T = TypeVar("T")

# What JSON has as it is.
_PLAIN: Final[frozenset[type]] = frozenset({str, int, float, bool, type(None)})


@runtime_checkable
class Checked(Protocol):
    """A dataclass whose values have rules besides their types."""

    def check(self, path: str) -> None:
        """Check them, once they have come from JSON.

        Args:
            path: where in the message this stands, for the error.

        Raises:
            BadMessage: a value breaks a rule.
        """


def check_moment(value: str, path: str) -> None:
    """Check that a text is a time with its zone, as S3 writes it: "2026-03-01T09:30:12.123Z".

    Raises:
        BadMessage: it is not.
    """
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadMessage(f"{path} is {value!r:.80}, not a time such as 2026-03-01T09:30:12.123Z")


def check_choice(value: str | int, allowed: Sequence[str | int], path: str) -> None:
    """Check that a text or a number is one of some.

    Raises:
        BadMessage: it is not.
    """
    if value not in allowed:
        raise BadMessage(f"{path} is {value!r:.80}; allowed: {', '.join(map(str, allowed))}")


def dumps(value: object) -> str:
    """Compact JSON of a message; ASCII only, since SQS takes no control characters and S3 keys may hold them."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def loads(text: str) -> dict[str, Any]:
    """The JSON object in a message body.

    Raises:
        BadMessage: the text is not a JSON object.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadMessage(f"the body is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadMessage(f"the body is a JSON {type(value).__name__}, not an object")
    return value


def to_json(value: object) -> Any:  # noqa: ANN401 - whatever JSON holds
    """A dataclass as JSON values: mappings, lists, text, numbers."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    names = _names(kind)  # type: ignore[arg-type]  # a class is hashable
    if names is not None:
        return {name: to_json(getattr(value, name)) for name in names}
    if isinstance(value, tuple):
        return [to_json(entry) for entry in value]
    if isinstance(value, Mapping):
        return {key: to_json(entry) for key, entry in value.items()}
    return value


@cache
def _names(kind: type) -> tuple[str, ...] | None:
    """The names of a dataclass's fields; None for another class."""
    return tuple(field.name for field in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else None


def from_json(kind: type[T], value: object, path: str = "") -> T:
    """A dataclass from JSON values; fields that it does not know are ignored, absent ones take their defaults.

    Args:
        kind: the dataclass; its fields may be str, int, float, bool, unions with None, tuple[X, ...],
            Mapping[str, X] and dataclasses.
        value: the value that json.loads returned.
        path: where in the message this is, for the error.

    Raises:
        BadMessage: a field is missing or of another type.
    """
    if not isinstance(value, Mapping):
        raise BadMessage(f"{path or kind.__name__} is {value!r:.80}, not an object")
    fields: dict[str, Any] = {}
    entries, checked = _entries(kind)  # type: ignore[arg-type]  # a class is hashable
    for name, hint, plain, required in entries:
        if name in value:
            given = value[name]
            # Most are text, numbers or null: for those no path is written and no hint looked into.
            as_it_is = type(given) in plain
            fields[name] = given if as_it_is else _convert(hint, given, f"{path}.{name}" if path else name)
        elif required:
            raise BadMessage(f"{path}.{name} is missing" if path else f"{name} is missing")
    found = kind(**fields)
    if checked:
        found.check(path or kind.__name__)  # type: ignore[attr-defined]
    return found


@cache
def _entries(kind: type) -> tuple[tuple[tuple[str, Any, frozenset[type], bool], ...], bool]:
    """Of each field its name, its hint, the types that need no conversion, and whether it must be there.

    Also whether the class has rules of its own.
    """
    hints = typing.get_type_hints(kind)
    entries = (
        (
            field.name,
            hints[field.name],
            _PLAIN.intersection(_alternatives(hints[field.name])),
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
    )
    return tuple(entries), issubclass(kind, Checked)


def _alternatives(hint: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a type hint has no type
    return get_args(hint) if isinstance(hint, types.UnionType) else (hint,)


def _convert(hint: Any, value: object, path: str) -> object:  # noqa: ANN401, PLR0911 - a type hint has no type; one return a shape
    origin = get_origin(hint)
    if origin is types.UnionType:
        if value is None and type(None) in get_args(hint):
            return None
        return _convert(next(arg for arg in get_args(hint) if arg is not type(None)), value, path)
    if origin is tuple and isinstance(value, list):
        return tuple(_convert(get_args(hint)[0], entry, f"{path}[{index}]") for index, entry in enumerate(value))
    if origin is not None and issubclass(origin, Mapping) and isinstance(value, dict):
        return {key: _convert(get_args(hint)[1], entry, f"{path}.{key}") for key, entry in value.items()}
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return from_json(hint, value, path)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if origin is None and isinstance(value, hint) and not (isinstance(value, bool) and hint is not bool):
        return value
    raise BadMessage(f"{path} is {value!r:.80}, not {getattr(hint, '__name__', hint)}")
