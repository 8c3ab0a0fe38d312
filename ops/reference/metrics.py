"""The reference of metrics, from the calls in the code that add them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ops.reference.markdown import GENERATED, table
from ops.settings import ROOT

MEANINGS: Final = {
    "AccessDenied": "Attempts that AWS refused for lack of a permission; sent only where there are any",
    "ImagesDone": "Images that the service finished: passed on, stored, superseded, vanished or rejected",
    "ImagesFailed": "Images whose message the service sent to its DLQ",
    "MessagesRetried": "Messages that the service left in its queue, to be tried again",
    "OutputsReturned": "Uploads that are outputs of a pipeline; sent by resize, and only where there are any",
    "ServiceSeconds": "Time that the service took for one image",
}

_HEAD: Final = f"""# Metrics

{GENERATED}

The services send these metrics to CloudWatch through their logs (embedded metric format). The namespace is `name` of
`pipeline.yaml`. The one dimension is `service`: `resize`, `watermark` or `store`. They are sent once an SQS batch.

AWS's own metrics of queues (`AWS/SQS`) and functions (`AWS/Lambda`) are the other half of the dashboard and the
[alarms](../runbook/index.md)."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric that the code adds.

    Args:
        name: its name in CloudWatch.
        unit: its unit in CloudWatch.
        module: the path of the module that adds it, from the repository's root.
    """

    name: str
    unit: str
    module: str


def page() -> str:
    """The page, as Markdown."""
    rows = [(f"`{each.name}`", each.unit, MEANINGS[each.name], f"`{each.module}`") for each in emitted()]
    return f"{_HEAD}\n\n{table(['metric', 'unit', 'meaning', 'sent by'], rows)}\n"


def emitted(root: Path = ROOT) -> list[Metric]:
    """Every metric that `shared/` and `services/` add, by its name."""
    found = {metric for folder in ("shared", "services") for metric in _in_folder(root, folder)}
    return sorted(found, key=lambda metric: metric.name)


def _in_folder(root: Path, folder: str) -> Iterator[Metric]:
    for path in sorted((root / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if "add_metric" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_metric":
                given = {word.arg: word.value for word in node.keywords}
                name = ast.literal_eval(given["name"])
                yield Metric(name=name, unit=_unit(given["unit"]), module=path.relative_to(root).as_posix())


def _unit(node: ast.expr) -> str:
    """The last part of `MetricUnit.Count`."""
    return node.attr if isinstance(node, ast.Attribute) else str(ast.literal_eval(node))
