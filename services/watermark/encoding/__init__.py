"""Pixels to the final file: the encoders, their efforts, and the content type that belongs to each. No AWS."""

import importlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image

from services.watermark import crediting
from services.watermark.encoding import containers as animating
from services.watermark.encoding.avif import with_plays
from services.watermark.encoding.gif import gif
from shared.messages import Animation, Rights

Options = Mapping[str, Any]

# Efforts by measurement on 1024 px: a progressive JPEG takes six times a baseline one; WebP's method 2 half of 4;
# AVIF's speed 8 a third of 6; PNG gains little past 3.
_WEBP_METHOD: Final = 2
_AVIF_SPEED: Final = 8
_PNG_LEVEL: Final = 3

_WHITE: Final = (255, 255, 255)


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """A rendition as it will be stored.

    Args:
        data: the file.
        content_type: its MIME type.
        frames: 1 for a still.
    """

    data: bytes
    content_type: str
    frames: int


# What Pillow does not import by itself; it would import every plug-in that it has to find one of these.
_PLUGINS: Final = {"webp": "PIL.WebPImagePlugin", "avif": "PIL.AvifImagePlugin"}

CONTENT_TYPES: Final = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
}


def encode(
    frames: list[Image.Image],
    form: str,
    *,
    quality: int,
    animation: Animation | None,
    rights: Rights | None = None,
) -> Encoded:
    """The frames of one rendition as a file. No metadata goes in but whose it is.

    Args:
        frames: of mode L, RGB or RGBA; one for a still.
        form: jpeg, png, gif, webp or avif.
        quality: 1 to 100, of jpeg, webp and avif.
        animation: None for a still.
        rights: None for none.
    """
    if form in _PLUGINS:
        importlib.import_module(_PLUGINS[form])
    buffer = io.BytesIO()
    save = _ENCODERS[form]
    save(buffer, frames, quality, animation if len(frames) > 1 else None, _said(rights, form))
    written = 1 if form == "jpeg" else len(frames)
    return Encoded(data=buffer.getvalue(), content_type=CONTENT_TYPES[form], frames=written)


def _said(rights: Rights | None, form: str) -> Options:
    """Pillow's options for whose it is; a GIF has a comment for it and no EXIF."""
    if rights is None:
        return {}
    return {"comment": crediting.comment(rights)} if form == "gif" else {"exif": crediting.exif(rights)}


def _jpeg(buffer: io.BytesIO, frames: list[Image.Image], quality: int, _: Animation | None, said: Options) -> None:
    _flat(frames[0]).save(buffer, "JPEG", quality=quality, **said)


def _png(buffer: io.BytesIO, frames: list[Image.Image], _: int, animation: Animation | None, said: Options) -> None:
    options: dict[str, Any] = {"compress_level": _PNG_LEVEL, **said}
    if animation is None:
        frames[0].save(buffer, "PNG", **options)
    else:
        buffer.write(animating.png(frames, animation, options))


def _webp(
    buffer: io.BytesIO, frames: list[Image.Image], quality: int, animation: Animation | None, said: Options
) -> None:
    options: dict[str, Any] = {"quality": quality, "method": _WEBP_METHOD, **said}
    if animation is None:
        frames[0].save(buffer, "WEBP", **options)
    else:
        buffer.write(animating.webp(frames, animation, options))


def _avif(
    buffer: io.BytesIO, frames: list[Image.Image], quality: int, animation: Animation | None, said: Options
) -> None:
    options: dict[str, Any] = {"quality": quality, "speed": _AVIF_SPEED, **said}
    if animation is None:
        frames[0].save(buffer, "AVIF", **options)
        return
    options |= {"save_all": True, "append_images": frames[1:], "duration": list(animation.durations_ms)}
    written = io.BytesIO()
    frames[0].save(written, "AVIF", **options)
    buffer.write(with_plays(written.getvalue(), animation.plays))


def _gif(buffer: io.BytesIO, frames: list[Image.Image], _: int, animation: Animation | None, said: Options) -> None:
    buffer.write(gif(frames, animation, said.get("comment")))


def _flat(image: Image.Image) -> Image.Image:
    """On white, for a format without alpha."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGB", image.size, _WHITE)
    ground.paste(image, mask=image.getchannel("A"))
    return ground


_ENCODERS: Final[dict[str, Callable[[io.BytesIO, list[Image.Image], int, Animation | None, Options], None]]] = {
    "jpeg": _jpeg,
    "png": _png,
    "gif": _gif,
    "webp": _webp,
    "avif": _avif,
}
