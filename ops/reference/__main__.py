"""`make reference`: the pages of docs/reference/ and of Terraform's modules that are generated from the code."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from ops.reference import cli, errors, messages, metrics, terraform
from ops.settings import ROOT

# Each page by its path from the repository's root.
PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "docs/reference/cli.md": cli.page,
    "docs/reference/errors.md": errors.page,
    "docs/reference/messages.md": messages.page,
    "docs/reference/metrics.md": metrics.page,
    "docs/reference/terraform.md": terraform.whole,
    **{f"{terraform.MODULES}/{name}/README.md": partial(terraform.page, name) for name in terraform.modules()},
}


def write(root: Path = ROOT) -> None:
    """Write every generated page under a folder."""
    for name, page in PAGES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
