"""How a frozen dataclass becomes JSON and comes back: tolerant of new fields, strict on types."""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol, TypeVar, get_args, get_origin, runtime_checkable

from shared.errors import BadMessage

T = TypeVar("T")


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
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {key: to_json(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return [to_json(entry) for entry in value]
    return value


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
    hints = _hints(kind)  # type: ignore[arg-type]  # a class is hashable
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        where = f"{path}.{field.name}" if path else field.name
        if field.name in value:
            fields[field.name] = _convert(hints[field.name], value[field.name], where)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise BadMessage(f"{where} is missing")
    found = kind(**fields)
    if isinstance(found, Checked):
        found.check(path or kind.__name__)
    return found


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


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
