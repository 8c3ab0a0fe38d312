"""This pipeline's three steps, with one rendition per image."""

from functools import cache
from pathlib import Path

import PIL
from serve import serve

from bench.chain import Chain
from ops import settings
from ops.settings import ROOT

_RENDITION = {"name": "resized", "width": 1024, "height": 1024, "quality": 82}
_EXTENSIONS = {"jpeg": "jpg"}


@cache
def _chain(logo: str | None) -> Chain:
    values = {"name": "bench", "renditions": [_RENDITION | {"watermark": logo is not None}]}
    if logo is not None:
        values["watermark"] = {"image": str(Path(logo).relative_to(ROOT)), "opacity": 1}
    return Chain(settings.parse(values))


def chain(data: bytes, kind: str, logo: str | None) -> bytes:
    """Run all three steps."""
    (result,) = _chain(logo).run(data, f"image.{_EXTENSIONS.get(kind, kind)}").values()
    return result


if __name__ == "__main__":
    serve(f"Pillow {PIL.__version__}", chain)
