"""A web page of what the pipeline makes of files, with each responsive set as a site would use it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ops.files import write_whole
from ops.templates import environment
from shared.notices import human_size

NAME: Final = "index.html"


def write(images: Sequence[Mapping[str, Any]], out: Path) -> Path:
    """Write the page; returns its path.

    Args:
        images: results of Preview.image, each with its manifest.
        out: the folder that the outputs are under.
    """
    env = environment(Path(__file__).parent)
    env.globals["size"] = human_size
    path = out / NAME
    write_whole(path, env.get_template("page.html").render(images=[_shown(each, out) for each in images]))
    return path


def _shown(image: Mapping[str, Any], out: Path) -> dict[str, Any]:
    """The manifest of an image, with URLs relative to the page."""
    manifest = Path(image["manifest"])
    value = json.loads(manifest.read_text(encoding="utf-8"))
    folder = "".join(f"{quote(part, safe='')}/" for part in manifest.parent.relative_to(out).parts)
    for output in value["outputs"]:
        output["url"] = folder + output["url"]
    for each in value["sets"]:
        each["img"]["src"] = folder + each["img"]["src"]
        for source in each["sources"]:
            source["srcset"] = ", ".join(folder + candidate for candidate in source["srcset"].split(", "))
    return {**value, "file": image["file"], "alone": [each for each in value["outputs"] if each["set"] is None]}
