"""The files that are generated from the model: the schema of pipeline.yaml, of each function, and the reference."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ops.names import SERVICES
from ops.schema.model import Pipeline
from ops.schema.reference import page

ROOT: Final = Path(__file__).resolve().parents[2]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

# What a function needs of a schema: what refuses a value, and the words of the refusal.
_JUDGING: Final = frozenset(
    {
        *("type", "enum", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern"),
        *("properties", "required", "additionalProperties", "propertyNames", "items", "patternErrorMessage"),
    }
)

Schema = dict[str, Any]

_LINE: Final = 118


def generated() -> dict[Path, str]:
    """The text of each generated file, by its path."""
    schema = whole()
    texts = {
        ROOT / "pipeline.schema.json": _json(schema) + "\n",
        ROOT / "docs" / "reference" / "settings.md": page(schema),
    }
    for service in SERVICES:
        texts[ROOT / "services" / service / "settings.schema.json"] = _json(of_function(schema, service)) + "\n"
    return texts


def whole() -> Schema:
    """The schema of pipeline.yaml, without references, so that Terraform and functions can read it as it is."""
    made = Pipeline.model_json_schema()
    schema = _plain(made, made["$defs"])
    # What a profile leaves out is as in the file, whatever the default is.
    profile = schema["properties"]["profiles"]["items"]["properties"]
    for rule in (*profile.values(), *profile["watermark"]["properties"].values()):
        rule.pop("default", None)
    return {"$schema": DIALECT, "title": "pipeline.yaml", **schema}


def of_function(schema: Schema, service: str) -> Schema:
    """The schema of the sections that a function reads, and of their entries as far as it reads those."""
    kept = _judging(_read_by(schema, service))
    return {"$schema": DIALECT, "type": "object", "properties": kept["properties"], "additionalProperties": False}


def _plain(node: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """A node with its references resolved, its titles left out, and "null" as one of its types where it may be null."""
    if isinstance(node, list):
        return [_plain(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    definition = definitions.get(str(node.get("$ref")).rpartition("/")[2], {})
    node = {**definition, **node}
    if "anyOf" in node:
        one, null = (_plain(each, definitions) for each in node["anyOf"])
        node |= {**one, **node, "type": [one["type"], null["type"]]}
    if "const" in node:  # a choice of one word, which is checked as any other
        node["enum"] = [node["const"]]
    left_out = {"$ref", "$defs", "anyOf", "title", "const"} | ({"default"} if node.get("default") == {} else set())
    return {name: _plain(value, definitions) for name, value in node.items() if name not in left_out}


def _read_by(schema: Schema, service: str) -> Schema:
    """A schema with those properties alone that a function reads; all of them where none says who reads it."""
    node = dict(schema)
    if "items" in node:
        node["items"] = _read_by(node["items"], service)
    if any("functions" in rule for rule in node.get("properties", {}).values()):
        node["properties"] = {
            name: _read_by(rule, service)
            for name, rule in node["properties"].items()
            if service in rule.get("functions", ())
        }
    return node


def _judging(node: Schema) -> Schema:
    kept = {name: value for name, value in node.items() if name in _JUDGING}
    if "properties" in kept:
        kept["properties"] = {name: _judging(rule) for name, rule in kept["properties"].items()}
    for name in ("items", "additionalProperties"):
        if isinstance(kept.get(name), dict):
            kept[name] = _judging(kept[name])
    return kept


def _json(node: object, indent: str = "") -> str:
    """JSON with each list, and each mapping that fits into 120 characters, on one line."""
    line = json.dumps(node, ensure_ascii=False)
    if len(indent) + len(line) <= _LINE or not isinstance(node, dict):
        return line
    inner = f"{indent}  "
    rows = (f"{inner}{json.dumps(name)}: {_json(value, inner)}" for name, value in node.items())
    return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
