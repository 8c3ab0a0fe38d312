"""A hook of mkdocs: links that leave docs/ lead to the repository's own files."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_LINK: Final = re.compile(r"(\]\()((?:\.\./)+[^()\s]*)(\))")

# A scheme of our own: mkdocs checks neither links that have one, nor what they lead to.
_SCHEME: Final = "repository:"


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:  # noqa: ANN401 - mkdocs has no types
    """The page with its links to files outside of docs/ marked; those that lead nowhere stay, and fail the build."""
    docs = Path(config["docs_dir"])
    here = docs / Path(page.file.src_uri).parent

    def marked(link: re.Match[str]) -> str:
        target = Path(os.path.normpath(here / link[2].partition("#")[0]))
        if target.is_relative_to(docs) or not target.exists():
            return link[0]
        return f"{link[1]}{_SCHEME}{target.relative_to(docs.parent).as_posix()}{link[3]}"

    return _LINK.sub(marked, markdown)


def on_page_content(html: str, *, page: Any, config: Any, **_: Any) -> str:  # noqa: ANN401 - mkdocs has no types
    """The page's HTML with the marked links as addresses."""
    built = Path(config["site_dir"]) / page.file.dest_uri
    up = os.path.relpath(Path(config["docs_dir"]).parent, built.parent)
    return html.replace(f'href="{_SCHEME}', f'href="{base(os.environ, up)}/')


def base(environment: Mapping[str, str], up: str) -> str:
    """Where the repository's files are: on GitHub in a workflow, else `up` from the page, where the page was built."""
    if "GITHUB_REPOSITORY" not in environment:
        return up
    return f"{environment['GITHUB_SERVER_URL']}/{environment['GITHUB_REPOSITORY']}/blob/{environment['GITHUB_SHA']}"
