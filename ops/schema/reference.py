"""docs/reference/settings.md: a table of every setting, made from the schema."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.settings import allowed, nullable

INTRODUCTION: Final = """# Settings

Every setting of [pipeline.yaml](../../pipeline.yaml). Only `name` must be given. This page and
[pipeline.schema.json](../../pipeline.schema.json) are generated from `ops/schema/model.py` by `make generate`.

Editors with a YAML language server check the file while you type: its first line names the schema.

## Where a wrong setting is refused

- `make plan`, `make deploy`, `make up` and every `pipeline` command refuse it, before Terraform or AWS is called.
- `terraform plan`, called directly, refuses what Terraform uses itself: `name`, `encryption`, `permissions_boundary`,
  `state`, `services`, `retention`, `buckets`, and sections that do not exist. It passes the rest through.
- A function refuses the sections that it reads at its cold start, and every call of it fails. Its messages come back,
  and go to its DLQ after `max_receive_count` receives: correct the file, deploy, and replay them.
- `pipeline doctor` refuses it, and reports each function whose settings are not those of the file.

Numbers are decimal. Values that YAML readers disagree about are refused, with what to write instead. These are `yes`,
`on`, `0100`, `1e3`, `1:30`, dates, tags, and names that are given twice.
"""

_FEW_NAMES: Final = 10
_HEADER: Final = "| setting | type and bounds | default | meaning |\n|---|---|---|---|\n"


def page(schema: Mapping[str, Any]) -> str:
    """The page, by the schema of pipeline.yaml without references."""
    alone = "".join(_row(name, rule, schema) for name, rule in schema["properties"].items() if not _inner(rule))
    text = f"{INTRODUCTION}\n## Settings of the whole pipeline\n\n{_HEADER}{alone}"
    for path, rule in _groups(schema["properties"], ""):
        rows = "".join(_row(f"{path}.{name}", each, _inner(rule)) for name, each in _inner(rule)["properties"].items())
        text += f"\n## {path}\n\n{rule['description']}\n\n{_HEADER}{rows}"
    return text


def _groups(properties: Mapping[str, Any], above: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each mapping of settings with its path, and those within it."""
    for name, rule in properties.items():
        if _inner(rule):
            path = f"{above}{name}" + ("[]" if "items" in rule else "")
            if not all(_inner(each) for each in _inner(rule)["properties"].values()):
                yield path, rule
            # Renditions and the watermark of a profile have the settings of everybody's.
            if "items" not in rule:
                yield from _groups(_inner(rule)["properties"], f"{path}.")


def _inner(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """The mapping of settings that a rule is, or is a list of; empty where it is neither."""
    inner: Mapping[str, Any] = rule.get("items", rule)
    return inner if "properties" in inner else {}


def _row(path: str, rule: Mapping[str, Any], above: Mapping[str, Any]) -> str:
    bounds = "a mapping of settings" if "properties" in rule else allowed(rule)
    if "propertyNames" in rule:
        names = rule["propertyNames"]["enum"]
        some = f"some of {', '.join(names)}" if len(names) <= _FEW_NAMES else "labels"
        bounds = f"a mapping of {some}, each to {allowed(rule['additionalProperties'])}"
    unit = f" ({rule['unit']})" if "unit" in rule else ""
    default = f"`{json.dumps(rule['default'], ensure_ascii=False)}`" if "default" in rule else ""
    if path.rpartition(".")[2] in above.get("required", ()):
        default = "required"
    if nullable(rule) and rule.get("default") is None and "items" in rule:
        default = ""
    return f"| `{path}` | {_cell(bounds + unit)} | {_cell(default)} | {_cell(rule['description'])} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
