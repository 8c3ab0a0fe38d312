"""Validates settings by their JSON Schema: each error names the setting, its value and what is allowed."""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from shared.errors import BadSetting

T = TypeVar("T", bound=str)

# The part of JSON Schema that settings need: `type`, bounds, `enum`, `pattern`, and mappings and lists of those. No
# package that knows all of it is small and quick enough for a cold start.
Schema = Mapping[str, Any]

_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}
_WITHOUT_END: Final = float("inf")


def judged(value: object, schema: Schema, path: str = "") -> Any:  # noqa: ANN401 - settings of any type
    """The settings as they are used: in the schema's order, with every `number` as a float.

    Args:
        value: the value as parsed from JSON or YAML.
        schema: schema of the value.
        path: path of the value in errors, such as "limits"; empty for the whole.

    Raises:
        BadSetting: names every setting that is wrong, with its value and what is allowed.
    """
    problems: list[str] = []
    read = _read(value, schema, path, problems)
    if problems:
        raise BadSetting(*problems)
    return read


def from_env(env: Mapping[str, str], schema: Schema) -> dict[str, Any]:
    """The settings in an environment: each section is JSON in the variable of its name, in capitals.

    Raises:
        BadSetting: a variable is not JSON, or a setting is wrong.
    """
    sections = (name for name in schema["properties"] if name.upper() in env)
    read: dict[str, Any] = judged({name: _json(env[name.upper()], name.upper()) for name in sections}, schema)
    return read


@cache
def schema_beside(module: str) -> Schema:
    """The schema of a function's settings, which `make generate` writes into the folder of the module that reads them.

    Args:
        module: path of that module's file.
    """
    schema: Schema = json.loads(Path(module).with_name("settings.schema.json").read_text(encoding="utf-8"))
    return schema


def allowed(schema: Schema) -> str:
    """What a setting may be, in words, such as "a whole number from 1 to 10"."""
    return _words(schema) + (", or null" if nullable(schema) else "")


def nullable(schema: Schema) -> bool:
    """Whether a setting may be null."""
    return isinstance(schema["type"], list)


def in_sequence(words: Sequence[str], known: tuple[T, ...]) -> tuple[T, ...]:
    """Those of the known words that are given, each once, in the order of the known ones."""
    return tuple(word for word in known if word in words)


def bad(path: str, value: object, allowed: str) -> BadSetting:
    """The error for a setting that breaks a rule of its own."""
    return BadSetting(f"{path} is {shown(value)}; allowed: {allowed}")


def shown(value: object) -> str:
    """A value as errors show it, in at most 200 characters, and as YAML would have it: null and true, not None."""
    return (repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))[:200]


def required(env: Mapping[str, str], name: str) -> str:
    """An environment variable that must be there.

    Raises:
        BadSetting: it is not set, or empty.
    """
    value = env.get(name, "")
    if not value:
        raise BadSetting(f"{name} is not set; this function needs it in its environment")
    return value


def _read(value: object, rule: Schema, path: str, problems: list[str]) -> Any:  # noqa: ANN401 - as judged
    kind = _kind(rule)
    if value is None and nullable(rule):
        return None
    if kind == "object":
        return _read_mapping(value, rule, path, problems)
    if kind == "array" and isinstance(value, list) and _within(len(value), rule, "Items"):
        return [_read(each, rule["items"], f"{path}[{index}]", problems) for index, each in enumerate(value)]
    if kind == "array" or not _fits(value, rule, kind):
        problems.append(str(bad(path, value, allowed(rule))))
        return None
    return float(value) if kind == "number" else value  # type: ignore[arg-type]  # it fits


def _read_mapping(value: object, rule: Schema, path: str, problems: list[str]) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        problems.append(f"{path or 'the file'} is {shown(value)}; it must be a mapping of settings")
        return None
    rules: Mapping[str, Schema] = rule.get("properties") or dict.fromkeys(
        rule["propertyNames"]["enum"], rule["additionalProperties"]
    )
    before = f"{path}." if path else ""
    problems += [
        f"{before}{name} is not given; allowed: {allowed(rules[name])}"
        for name in rule.get("required", ())
        if name not in value
    ]
    problems += [f"{before}{name} is not a setting{_alike(name, rules)}" for name in value if name not in rules]
    return {name: _read(value[name], rules[name], before + name, problems) for name in rules if name in value}


def _alike(name: object, known: Mapping[str, Any]) -> str:
    import difflib  # noqa: PLC0415 - a function that starts well never needs it

    close = difflib.get_close_matches(str(name), known, 1)
    return (f"; did you mean {close[0]}?" if close else ";") + f" allowed: {', '.join(sorted(known))}"


def _fits(value: object, rule: Schema, kind: str) -> bool:
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        return False
    if "enum" in rule:
        return value in rule["enum"]
    if isinstance(value, str):
        return _within(len(value), rule, "Length") and re.fullmatch(rule.get("pattern", "(?s:.*)"), value) is not None
    return bool(rule.get("minimum", value) <= value <= rule.get("maximum", value))


def _within(length: int, rule: Schema, what: str) -> bool:
    return bool(rule.get(f"min{what}", 0) <= length <= rule.get(f"max{what}", _WITHOUT_END))


def _words(rule: Schema) -> str:
    if "enum" in rule:
        return "one of " + ", ".join(map(str, rule["enum"]))
    if "patternErrorMessage" in rule:
        return str(rule["patternErrorMessage"])
    if "enum" in rule.get("items", {}):
        return "a list of some of " + ", ".join(rule["items"]["enum"])
    items = rule.get("items", {})
    each = allowed(items) if items.get("type") == "integer" else items.get("patternErrorMessage")
    words = {
        "boolean": "true or false",
        "object": "a mapping of settings",
        "integer": "a whole number from {minimum:,} to {maximum:,}",
        "number": "a number from {minimum:g} to {maximum:g}",
        "string": "a text of {minLength:,} to {maxLength:,} characters",
        "array": "a list of {minItems} to {maxItems} entries" + (f", each {each}" if each else ""),
    }
    return words[_kind(rule)].format_map({"minItems": 0, **rule})


def _kind(rule: Schema) -> str:
    return str(rule["type"][0] if nullable(rule) else rule["type"])


def _json(text: str, variable: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadSetting(f"{variable} is {text!r:.200}; it must be JSON: {error}") from error
