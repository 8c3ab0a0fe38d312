"""HTML by templates that escape whatever they are given, and refuse a value that nobody gave them."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def environment(folder: Path, **more: Any) -> Environment:  # noqa: ANN401 - as jinja2 takes it
    """The templates of a folder."""
    loader = FileSystemLoader(folder)
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, **more
    )
