"""This pipeline's three steps, with one rendition per image, or with eight widths of one."""

from functools import cache
from pathlib import Path

import PIL
from serve import WIDTHS_PX, serve

from bench.chain import Chain
from ops import settings
from ops.settings import ROOT

_EXTENSIONS = {"jpeg": "jpg", "widths": "jpg", "apng": "png", "animated webp": "webp"}


@cache
def _chain(logo: str | None, widths_px: tuple[int, ...]) -> Chain:
    renditions = [
        {"name": f"w{width}", "width": width, "height": width, "quality": 82, "watermark": logo is not None}
        for width in widths_px
    ]
    # As large a limit for an earlier build, whose default is lower.
    values = {"name": "bench", "renditions": renditions, "limits": {"pixels": 250_000_000}}
    if logo is not None:
        values["watermark"] = {"image": _inside_root(Path(logo)), "opacity": 1}
    return Chain(settings.parse(values))


def _inside_root(logo: Path) -> str:
    """The logo relative to the build that is imported; copied there where that is another one."""
    if not logo.is_relative_to(ROOT):
        copied = ROOT / "build" / "bench" / "inputs" / logo.name
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(logo.read_bytes())
        logo = copied
    return str(logo.relative_to(ROOT))


def chain(data: bytes, kind: str, logo: str | None) -> bytes:
    """Run all three steps; of several widths the largest is first."""
    widths_px = WIDTHS_PX if kind == "widths" else (1024,)
    made = _chain(logo, widths_px).run(data, f"image.{_EXTENSIONS.get(kind, kind)}")
    return b"".join(made[f"w{width}"] for width in widths_px)


if __name__ == "__main__":
    serve(f"Pillow {PIL.__version__}", chain)
