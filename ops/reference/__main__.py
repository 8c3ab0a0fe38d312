"""`make reference`: the pages of docs/reference/ that are generated from the code."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from ops.reference import errors, messages, metrics
from ops.settings import ROOT

FOLDER: Final = ROOT / "docs" / "reference"

# Each page by the name of its file.
PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "errors.md": errors.page,
    "messages.md": messages.page,
    "metrics.md": metrics.page,
}


def write(folder: Path = FOLDER) -> None:
    """Write every generated page into a folder."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(write())
