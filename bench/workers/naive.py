"""The chain as tutorials have it, in Pillow: every stage opens a file, does one thing, and saves a file."""

import io

import PIL
from PIL import Image, ImageOps
from serve import serve

_SIDE_PX = 1024
_QUALITY = 82


def chain(data: bytes, kind: str, logo: str | None) -> bytes:
    """Resize, save; watermark, save; open and save for the store."""
    resized = _resize(data, kind)
    return _watermark(resized, kind, logo) if logo else resized


def _resize(data: bytes, kind: str) -> bytes:
    image = Image.open(io.BytesIO(data))
    if getattr(image, "is_animated", False):
        frames, durations = [], []
        for index in range(image.n_frames):
            image.seek(index)
            frame = image.convert("RGBA")
            frame.thumbnail((_SIDE_PX, _SIDE_PX))
            frames.append(frame)
            durations.append(image.info.get("duration", 100))
        return _animation(frames, kind, durations)
    image = ImageOps.exif_transpose(image)
    image.thumbnail((_SIDE_PX, _SIDE_PX))
    return _still(image, kind)


def _watermark(data: bytes, kind: str, logo: str) -> bytes:
    image = Image.open(io.BytesIO(data))
    mark = Image.open(logo).convert("RGBA")
    if getattr(image, "is_animated", False):
        frames, durations = [], []
        for index in range(image.n_frames):
            image.seek(index)
            frames.append(_marked(image.convert("RGBA"), mark))
            durations.append(image.info.get("duration", 100))
        return _animation(frames, kind, durations)
    return _still(_marked(image.convert("RGBA"), mark), kind)


def _marked(image: Image.Image, mark: Image.Image) -> Image.Image:
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
    elif kind == "webp":
        image.save(buffer, "WEBP", quality=_QUALITY)
    else:
        image.save(buffer, kind.upper())
    return buffer.getvalue()


def _animation(frames: list[Image.Image], kind: str, durations: list[int]) -> bytes:
    buffer = io.BytesIO()
    frames[0].save(buffer, kind.upper(), save_all=True, append_images=frames[1:], duration=durations, loop=0)
    return buffer.getvalue()


if __name__ == "__main__":
    serve(f"Pillow {PIL.__version__}", chain)
