"""Reads YAML that has one meaning: what PyYAML, Terraform and an editor would read differently is refused."""

import math
import re
from collections.abc import Iterator
from typing import Final

import yaml

from shared.errors import BadSetting

# What YAML 1.1 (PyYAML), YAML 1.2 (editors) and Terraform's yamldecode, a mix of both, all read alike.
_SAME_EVERYWHERE: Final = re.compile(
    r"|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?(0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+"
)

# What one of them reads as something else than text.
_SWITCHES: Final = {**dict.fromkeys(("y", "yes", "on"), "true"), **dict.fromkeys(("n", "no", "off"), "false")}
_NO_TEXT: Final = re.compile(
    r"[-+]?(0o[0-7]+|(\.[0-9]+|[0-9]+(\.[0-9]*)?)(e[-+]?[0-9]+)?)|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*", re.IGNORECASE
)

_TEXT: Final = "tag:yaml.org,2002:str"
_MERGE: Final = "tag:yaml.org,2002:merge"


def read(text: str, name: str) -> object:
    """What the text of a file says, as dicts, lists, texts, numbers, booleans and None; errors have the file's name.

    Raises:
        BadSetting: the text is not YAML, or has values that YAML readers disagree about.
    """
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        problems = list(_problems(node, "", loader, ()))
        if problems:
            raise BadSetting(*(f"{name}, {problem}" for problem in problems))
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}," if mark else ""
        problem = ": ".join(each for each in (error.context, error.problem) if each)
        raise BadSetting(f"{name}{place} is not YAML: {problem}") from error
    except yaml.reader.ReaderError as error:
        found = f"its character {error.position + 1} is U+{error.character:04X}"
        raise BadSetting(f"{name} is not YAML: {found}, which YAML does not allow") from error


def _problems(node: yaml.Node, path: str, loader: yaml.SafeLoader, above: tuple[yaml.Node, ...]) -> Iterator[str]:
    """What is ambiguous in a node and beneath it, a sentence each."""
    where = f"line {node.start_mark.line + 1}: {path or 'the file'}"
    if node in above:
        yield f"{where} contains itself; write out what it repeats"
    elif node.tag != _tag(node, loader):
        yield f"{where} has the tag {node.tag.replace('tag:yaml.org,2002:', '!!')}; write the value without a tag"
    elif isinstance(node, yaml.ScalarNode):
        if node.style is None and not _is_plain(node.value, node.tag):
            yield f"{where} is {node.value}, which YAML readers disagree about; write {_instead(node.value)}"
    elif isinstance(node, yaml.SequenceNode):
        for index, each in enumerate(node.value):
            yield from _problems(each, f"{path}[{index}]", loader, (*above, node))
    elif isinstance(node, yaml.MappingNode):
        yield from _mapping_problems(node, path, loader, (*above, node))


def _mapping_problems(
    node: yaml.MappingNode, path: str, loader: yaml.SafeLoader, above: tuple[yaml.Node, ...]
) -> Iterator[str]:
    seen: set[str] = set()
    for key, value in node.value:
        line = f"line {key.start_mark.line + 1}: "
        if not _is_name(key):
            yield f"{line}{path or 'the file'} has the name {_shown(key)}; write a name that is a text"
            continue
        inner = f"{path}.{key.value}" if path else key.value
        if key.value in seen:
            yield f"{line}{inner} is given twice; write it once"
        seen.add(key.value)
        yield from _problems(value, path if key.tag == _MERGE else inner, loader, above)


def _is_name(key: yaml.Node) -> bool:
    """Whether a key of a mapping is the same text to every reader."""
    if not isinstance(key, yaml.ScalarNode):
        return False
    return key.style is not None or key.tag == _MERGE or (key.tag == _TEXT and _is_plain(key.value, key.tag))


def _tag(node: yaml.Node, loader: yaml.SafeLoader) -> str:
    """The tag that a node has unless one is written."""
    implicit = (True, False) if isinstance(node, yaml.ScalarNode) and node.style is None else (False, True)
    return str(loader.resolve(type(node), node.value, implicit))  # type: ignore[no-untyped-call]


def _is_plain(text: str, tag: str) -> bool:
    """Whether a scalar without quotes is the same to every reader."""
    if tag != _TEXT:
        return _SAME_EVERYWHERE.fullmatch(text) is not None
    return text.lower() not in _SWITCHES and _NO_TEXT.fullmatch(text) is None


def _instead(text: str) -> str:
    """What to write for a scalar that readers disagree about."""
    quoted = f'"{text}" in quotes for the text'
    if text.lower() in _SWITCHES:
        return f"{_SWITCHES[text.lower()]}, or {quoted}"
    number = _number(text)
    return quoted if number is None else f"{number} for the number, or {quoted}"


def _number(text: str) -> int | float | None:
    """The number that a person most likely means; None where nobody can know: YAML 1.1 takes 1:30 for 90."""
    for read_as in (int, lambda text: int(text, 0), float):
        try:
            number: int | float = read_as(text)
        except ValueError:
            continue
        if not math.isfinite(number):
            return None
        return int(number) if number == int(number) else number
    return None


def _shown(key: yaml.Node) -> str:
    return str(key.value) if isinstance(key, yaml.ScalarNode) else "that is a list or a mapping"
