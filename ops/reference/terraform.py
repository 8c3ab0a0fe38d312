"""The pages of Terraform's modules, from their variables and outputs."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import hcl2

from ops.reference.markdown import GENERATED, capitalised, table
from ops.settings import ROOT

MODULES: Final = "terraform/modules"

_WHOLE: Final = (
    "`terraform/` is a module of a whole pipeline. [Deploy](../guide/deploy.md#as-a-module) shows how to use it."
)
_OVERVIEW: Final = ROOT / "terraform" / "README.md"


def modules() -> list[str]:
    """The names of all modules."""
    return sorted(path.name for path in (ROOT / MODULES).iterdir() if (path / "variables.tf").is_file())


def page(name: str) -> str:
    """The README of a module, as Markdown."""
    return f"# {name}\n\n{GENERATED}\n\n{meaning(name)}\n\n{_tables(f'{MODULES}/{name}')}"


def whole() -> str:
    """The page of the module that is the whole pipeline, as Markdown."""
    return f"# Terraform module\n\n{GENERATED}\n\n{_WHOLE}\n\n{_tables('terraform')}"


def _tables(folder: str) -> str:
    inputs = [
        (f"`{each}`", _code(body.get("type", "any")), _default(body), _text(body.get("description", "")))
        for each, body in blocks(folder, "variable")
    ]
    outputs = [(f"`{each}`", _text(body.get("description", ""))) for each, body in blocks(folder, "output")]
    parts = [
        f"## Inputs\n\n{table(['name', 'type', 'default', 'meaning'], inputs)}",
        f"## Outputs\n\n{table(['name', 'meaning'], outputs)}",
    ]
    return "\n\n".join(parts) + "\n"


def meaning(name: str) -> str:
    """What the overview of terraform/ says of a module."""
    (text,) = re.findall(rf"^\| `modules/{name}/` \| (.+) \|$", _OVERVIEW.read_text(encoding="utf-8"), re.MULTILINE)
    return f"{capitalised(str(text)).rstrip('.')}."


def blocks(folder: str, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each variable or output of a module's folder, in the order of its file."""
    with (ROOT / folder / f"{kind}s.tf").open(encoding="utf-8") as file:
        for block in hcl2.load(file).get(kind, []):
            for quoted, body in block.items():
                yield _text(quoted), body


def _text(quoted: str) -> str:
    """A string of HCL without its quotes."""
    return str(json.loads(quoted)) if quoted.startswith('"') else quoted


def _code(value: Any) -> str:  # noqa: ANN401 - a value of HCL
    """An expression of HCL in one line, as code."""
    text = re.sub(r"^\$\{(.*)\}$", r"\1", value, flags=re.DOTALL) if isinstance(value, str) else json.dumps(value)
    return f"`{' '.join(text.split())}`"


def _default(body: Mapping[str, Any]) -> str:
    return _code(body["default"]) if "default" in body else "required"
