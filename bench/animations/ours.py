"""This pipeline on animations: the three steps, or the encoder alone. Answers lines of JSON like sharp's worker."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import PIL

from bench.chain import Chain
from ops import settings
from services.resize.output_formats import output_format
from services.resize.settings import Rendition, Settings
from services.resize.step import render
from services.watermark.encoding.files import encode
from shared.choices import Format
from shared.errors import PipelineError

QUALITY: Final = 82
_MAX_SIDE_PX: Final = 4096


@cache
def _chain(form: Format, side: int) -> Chain:
    rendition = {"name": "made", "width": side, "height": side, "format": form, "quality": QUALITY, "watermark": False}
    # The time of a decode depends on the machine's other load.
    return Chain(settings.parse({"name": "bench", "renditions": [rendition], "limits": {"seconds": 55}}))


def _whole(data: bytes, name: str, form: Format, side: int) -> Callable[[], bytes]:
    chain = _chain(form, side)

    def job() -> bytes:
        (made,) = chain.run(data, name).values()
        return made

    return job


def _encoder(data: bytes, form: Format, side: int) -> Callable[[], bytes]:
    rendition = Rendition(name="made", width=side, height=side, format=form, quality=QUALITY)
    picture = render(data, Settings(work_bucket="w", renditions=(rendition,)))
    frames = picture.renditions[0].frames
    target = output_format(picture.format, rendition, has_alpha=frames[0].mode == "RGBA")
    exact = picture.lossless and picture.format == "WebP"
    return lambda: (
        encode(
            frames, target, quality=QUALITY, animation=picture.animation, lossless=picture.lossless, exact=exact
        ).data
    )


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The CPU of one file, and the size of the result; or an error.

    Args:
        request: path, form, keep (whether that is the source's), part ("whole" or "encoder"), side (0 for the size of
            the source), and out (or null).
    """
    path, side = Path(request["path"]), request["side"] or _MAX_SIDE_PX
    form: Format = "keep" if request["keep"] else request["form"]
    try:
        data = path.read_bytes()
        whole = request["part"] == "whole"
        job = _whole(data, f"image{path.suffix}", form, side) if whole else _encoder(data, form, side)
        cpu = time.process_time()
        made = job()
        cpu = time.process_time() - cpu
    except PipelineError as error:
        return {"error": str(error)}
    if request["out"]:
        Path(request["out"]).write_bytes(made)
    return {"cpu": cpu, "bytes": len(made)}


def main() -> None:
    """Answer requests until the input ends."""
    _say({"version": f"Pillow {PIL.__version__}"})
    for line in sys.stdin:
        _say(answer(json.loads(line)))


def _say(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
