"""The chain as in tutorials, with Pillow: every service opens a file, does one thing, and saves a file."""

import io
from collections.abc import Callable

import PIL
from PIL import Image, ImageOps
from serve import WIDTHS_PX, serve

_SIDE_PX = 1024
_QUALITY = 82


def chain(data: bytes, kind: str, logo: str | None) -> bytes:
    """Resize and save; watermark and save; store, which opens and saves."""
    if kind == "widths":
        return b"".join(_fitted(data, "jpeg", logo, width) for width in WIDTHS_PX)
    return _fitted(data, {"apng": "png", "animated webp": "webp"}.get(kind, kind), logo, _SIDE_PX)


def _fitted(data: bytes, kind: str, logo: str | None, side_px: int) -> bytes:
    resized = _each_frame(data, kind, lambda image: _thumbnail(image, side_px))
    marked = resized
    if logo:
        marked = _each_frame(resized, kind, lambda image: _marked(image, logo))
    return _each_frame(marked, kind, lambda image: image)


def _each_frame(data: bytes, kind: str, change: Callable[[Image.Image], Image.Image]) -> bytes:
    image = Image.open(io.BytesIO(data))
    if not getattr(image, "is_animated", False):
        return _still(change(image), kind)
    frames, durations = [], []
    for index in range(image.n_frames):
        image.seek(index)
        frames.append(change(image.convert("RGBA")))
        durations.append(image.info.get("duration", 100))
    buffer = io.BytesIO()
    frames[0].save(buffer, kind.upper(), save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return buffer.getvalue()


def _thumbnail(image: Image.Image, side_px: int) -> Image.Image:
    image = ImageOps.exif_transpose(image)
    image.thumbnail((side_px, side_px))
    return image


def _marked(image: Image.Image, logo: str) -> Image.Image:
    image = image.convert("RGBA")
    mark = Image.open(logo).convert("RGBA")
    width = image.width // 4
    mark = mark.resize((width, max(1, mark.height * width // mark.width)))
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    margin = round(min(image.size) * 0.02)
    layer.paste(mark, (image.width - mark.width - margin, image.height - mark.height - margin))
    return Image.alpha_composite(image, layer)


def _still(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "jpeg":
        image.convert("RGB").save(buffer, "JPEG", quality=_QUALITY)
    elif kind in {"webp", "avif"}:
        image.save(buffer, kind.upper(), quality=_QUALITY)
    else:
        image.save(buffer, kind.upper())
    return buffer.getvalue()


if __name__ == "__main__":
    Image.MAX_IMAGE_PIXELS = None
    serve(f"Pillow {PIL.__version__}", chain)
