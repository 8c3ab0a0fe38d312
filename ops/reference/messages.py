"""The reference of messages, from the dataclasses of shared.messages, shared.notifications and shared.removals."""

import dataclasses
import inspect
import json
import types
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from ops.reference.markdown import GENERATED, arguments, sentence, table
from ops.settings import ROOT
from shared import messages, notifications, removals

# A message of each type as it is on the wire; the tests of the contracts read these, too.
_RECORDED: Final = ROOT / "tests" / "unit" / "shared" / "golden" / str(messages.SCHEMA)

_PLAIN: Final = {str: "text", int: "whole number", float: "number", bool: "true or false", type(None): "null"}

_HEAD: Final = f"""# Messages

{GENERATED}

Messages between services are JSON on SQS. Notifications are JSON on SNS, and plain text in e-mail. Each has `type` and
`schema`; the schema is {messages.SCHEMA}. A reader ignores fields that it does not know.
It refuses a newer schema with `BadMessage`. Notifications have `pipeline_version` too: the version of the service that
wrote them. It says nothing about the format; `schema` does.

Times are ISO 8601 in UTC. A field with a default may be missing."""


def page() -> str:
    """The page, as Markdown."""
    typed = [each for each in classes() if hasattr(each, "TYPE")]
    parts = [each for each in classes() if not hasattr(each, "TYPE")]
    listed = table(
        ["type", "message", "meaning"],
        [(f"`{each.TYPE}`", f"[{each.__name__}](#{each.__name__.lower()})", _meaning(each)) for each in typed],
    )
    sections = ["## By type", listed, *map(_section, typed), "## Parts of messages", *map(_section, parts)]
    return "\n\n".join([_HEAD, *sections]) + "\n"


def classes() -> Iterator[Any]:
    """The dataclasses of messages that others can import, in the order of their modules."""
    for module in (messages, notifications, removals):
        for name, each in vars(module).items():
            if dataclasses.is_dataclass(each) and each.__module__ == module.__name__ and not name.startswith("_"):
                yield each


def _section(each: Any) -> str:  # noqa: ANN401 - a class of any dataclass
    meanings = {**_meanings(), **arguments(each.__doc__)}
    hints = get_type_hints(each)
    rows = [
        (f"`{field.name}`", type_in_words(hints[field.name]), default(field), meanings.get(field.name, ""))
        for field in dataclasses.fields(each)
    ]
    fields = table(["field", "type", "default", "meaning"], rows)
    return f"### {each.__name__}\n\n{_meaning(each)}\n\n{fields}{_example(each)}"


def _meaning(each: Any) -> str:  # noqa: ANN401 - a class of any dataclass
    """What the docstring says, without a last line that only introduces its list of fields."""
    text = sentence(inspect.getdoc(each))
    return text[: text.rindex(".") + 1] if text.endswith(":") else text


@cache
def _meanings() -> Mapping[str, str]:
    """What fields mean wherever a class does not say it itself: as the first class that has the field says it."""
    found: dict[str, str] = {}
    for each in classes():
        found = arguments(each.__doc__) | found
    return found


def _example(each: Any) -> str:  # noqa: ANN401 - a class of any dataclass
    recorded = _RECORDED / f"{getattr(each, 'TYPE', '')}.json"
    if not recorded.is_file():
        return ""
    pretty = json.dumps(json.loads(recorded.read_text(encoding="utf-8")), indent=2, ensure_ascii=False)
    return f"\n\n```json\n{pretty}\n```"


def type_in_words(hint: Any) -> str:  # noqa: ANN401 - an annotation is of any type
    """A field's type as JSON has it, with a link to the part that it is made of."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin in {Union, types.UnionType}:
        return " or ".join(type_in_words(each) for each in inner)
    if origin is tuple:
        return f"list of {type_in_words(inner[0])}"
    if origin is not None and issubclass(origin, Mapping):
        return f"object of {type_in_words(inner[1])}"
    return f"[{hint.__name__}](#{hint.__name__.lower()})"


def default(field: "dataclasses.Field[Any]") -> str:
    """A field's default as JSON has it; "required" where it has none."""
    if field.default_factory is not dataclasses.MISSING:
        return "empty"
    if field.default is dataclasses.MISSING:
        return "required"
    plain: dict[Any, str] = {None: "null", (): "empty"}
    if field.default is True or field.default is False:
        return str(field.default).lower()
    return plain.get(field.default, str(field.default))
