"""What terraform/ uses of the AWS provider, and whether a schema of the provider has it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hcl2

from ops.settings import ROOT

# Written by kit/provider_bindings.py.
FILE = ROOT / "tests" / "terraform" / "provider-6.json"

# Arguments of Terraform itself, which every resource has.
META = {"count", "depends_on", "for_each", "lifecycle", "provider", "connection", "provisioner"}

Node = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, order=True)
class Use:
    """One use of a type of the provider.

    Args:
        key: The type, such as "resource aws_sqs_queue" or "data aws_partition".
        where: The file, for an error.
        body: The block's content; None where an attribute is read.
        attribute: The attribute that is read; empty where a block is written.
    """

    key: str
    where: str
    body: Any = None
    attribute: str = ""


def used(root: Path = ROOT) -> list[Use]:
    """All that the configurations of terraform/ and of its examples use."""
    paths = [*(root / "terraform").rglob("*.tf"), *(root / "examples").rglob("*.tf")]
    return [use for path in sorted(paths) if ".terraform" not in path.parts for use in used_by(path, root)]


def used_by(path: Path, root: Path) -> Iterator[Use]:
    """What one file uses."""
    text, where = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
    parsed = hcl2.loads(text)
    for kind in ("resource", "data"):
        for block in parsed.get(kind, []):
            for name, named in block.items():
                for body in named.values() if name.startswith('"aws_') else ():
                    yield Use(key=f"{kind} {json.loads(name)}", where=where, body=body)
    code = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    # An index, or a splat, may be before the attribute, and a parenthesis of one(…) after the name.
    for data, name, attribute in re.findall(r"\b(data\.)?(aws_\w+)\.\w+(?:\[[^\]]*\]|\))*\.(\w+)", code):
        yield Use(key=f"{'data' if data else 'resource'} {name}", where=where, attribute=attribute)


def problems(use: Use, types: Mapping[str, Node]) -> list[str]:
    """What a schema does not have of a use, or has as deprecated."""
    node = types.get(use.key)
    if node is None:
        return [f"{use.where}: {use.key} is not in the schema"]
    if use.attribute:
        if not any(use.attribute in node.get(which, ()) for which in ("arguments", "attributes", "blocks")):
            return [f"{use.where}: {use.key} has no attribute {use.attribute}"]
        deprecated = use.attribute in node.get("deprecated", ())
        return [f"{use.where}: {use.key}.{use.attribute} is deprecated"] if deprecated else []
    return [f"{use.where}: {use.key}{problem}" for problem in _of_block(use.body, node, META)]


def _of_block(body: Mapping[str, Any], node: Node, meta: set[str]) -> Iterator[str]:
    names = {name for name in body if not name.startswith("__")} - meta
    dynamic = {json.loads(name): inner for each in body.get("dynamic", []) for name, inner in each.items()}
    written = (names - {"dynamic"}) | dynamic.keys()
    blocks = node.get("blocks", {})
    for name in sorted(written - {*node.get("arguments", ()), *blocks}):
        yield f" has no argument {name}"
    for name in sorted(written & {*node.get("deprecated", ())}):
        yield f".{name} is deprecated"
    for name in sorted({*node.get("required", ())} - written):
        yield f" needs {name}"
    for name in sorted(written & blocks.keys()):
        inner = dynamic[name]["content"] if name in dynamic else body[name]
        for each in inner:
            yield from (f".{name}{problem}" for problem in _of_block(each, blocks[name], set()))


def of_provider(schemas: Mapping[str, Any], keys: set[str]) -> dict[str, Node]:
    """What `terraform providers schema -json` says of some types, in the form of provider-6.json."""
    (provider,) = (each for name, each in schemas["provider_schemas"].items() if name.endswith("/aws"))
    kinds = {"resource": provider["resource_schemas"], "data": provider["data_source_schemas"]}
    return {
        key: _node(kinds[kind][name]["block"]) for key in keys for kind, name in [key.split(" ")] if name in kinds[kind]
    }


def _node(block: Mapping[str, Any]) -> Node:
    attributes = block.get("attributes", {})
    blocks = block.get("block_types", {})
    settable = {name for name, each in attributes.items() if each.get("optional") or each.get("required")}
    return {
        "arguments": sorted(settable),
        "attributes": sorted(attributes.keys() - settable),
        "required": sorted(
            [name for name, each in attributes.items() if each.get("required")]
            + [name for name, each in blocks.items() if each.get("min_items")]
        ),
        "deprecated": sorted(name for name, each in {**attributes, **blocks}.items() if each.get("deprecated")),
        "blocks": {name: _node(each["block"]) for name, each in blocks.items()},
    }
