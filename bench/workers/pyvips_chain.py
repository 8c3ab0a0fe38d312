"""pyvips in one pass: shrink on load, logo, encode."""

import functools

import pyvips
from serve import WIDTHS_PX, serve

_SIDE_PX = 1024
_QUALITY = 82


@functools.cache
def _mark(logo: str, width: int) -> pyvips.Image:
    return pyvips.Image.thumbnail(logo, width).copy_memory()


def chain(data: bytes, kind: str, logo: str | None) -> bytes:
    """Shrink, add the logo, encode."""
    if kind == "widths":
        return b"".join(_still(data, "jpeg", logo, width) for width in WIDTHS_PX)
    if kind not in {"gif", "animated webp"}:
        return _still(data, kind, logo, _SIDE_PX)
    image = pyvips.Image.thumbnail_buffer(data, _SIDE_PX, height=_SIDE_PX, size="down", option_string="n=-1")
    image = _marked_pages(image, logo) if logo else image
    return bytes(image.gifsave_buffer(effort=1) if kind == "gif" else image.webpsave_buffer(Q=_QUALITY, effort=2))


def _still(data: bytes, kind: str, logo: str | None, side_px: int) -> bytes:
    image = pyvips.Image.thumbnail_buffer(data, side_px, height=side_px, size="down")
    if logo:
        image = _marked(image, logo)
    if kind == "jpeg":
        return bytes((image.flatten() if image.hasalpha() else image).jpegsave_buffer(Q=_QUALITY, keep="none"))
    if kind == "avif":
        return bytes(image.heifsave_buffer(Q=_QUALITY, compression="av1", effort=2, keep="none"))
    if kind == "webp":
        return bytes(image.webpsave_buffer(Q=_QUALITY, effort=2, keep="none"))
    return bytes(image.pngsave_buffer(compression=3, keep="none"))


def _marked(image: pyvips.Image, logo: str) -> pyvips.Image:
    mark = _mark(logo, image.width // 4)
    margin = round(min(image.width, image.height) * 0.02)
    return image.composite(mark, "over", x=image.width - mark.width - margin, y=image.height - mark.height - margin)


def _marked_pages(image: pyvips.Image, logo: str) -> pyvips.Image:
    height = image.get("page-height")
    pages = [
        _marked(image.crop(0, top, image.width, height), logo).cast("uchar") for top in range(0, image.height, height)
    ]
    joined = pyvips.Image.arrayjoin(pages, across=1).copy()
    joined.set_type(pyvips.GValue.gint_type, "page-height", height)
    for name in ("delay", "loop"):
        if name in image.get_fields():
            joined.set_type(image.get_typeof(name), name, image.get(name))
    return joined


if __name__ == "__main__":
    version = ".".join(str(pyvips.version(part)) for part in range(3))
    serve(f"pyvips {pyvips.__version__}, libvips {version}", chain)
