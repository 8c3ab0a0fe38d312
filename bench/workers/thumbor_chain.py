"""thumbor's own Pillow engine, used like its filters do: load, resize, make upright, paste the logo, read."""

import functools
from pathlib import Path

import thumbor
from serve import serve
from thumbor.config import Config
from thumbor.context import Context
from thumbor.engines.pil import Engine

_SIDE_PX = 1024
_QUALITY = 82
_EXTENSIONS = {"jpeg": ".jpg", "png": ".png", "gif": ".gif", "webp": ".webp", "avif": ".avif"}


class _Request:
    """What the engine reads of the request: where it may shrink as it decodes."""

    width = _SIDE_PX
    height = _SIDE_PX
    fit_in = True
    full = False
    adaptive = False
    max_age = None
    url = ""
    auto_png_to_jpg = False
    format = None


def _context() -> Context:
    config = Config(
        QUALITY=_QUALITY,
        WEBP_QUALITY=_QUALITY,
        AVIF_QUALITY=_QUALITY,
        PROGRESSIVE_JPEG=False,
        RESPECT_ORIENTATION=True,
        MAX_PIXELS=None,
    )
    context = Context(config=config)
    context.request = _Request()
    return context


_CONTEXT = _context()


@functools.cache
def _mark(logo: str, width: int) -> Engine:
    engine = Engine(_CONTEXT)
    engine.load(Path(logo).read_bytes(), ".png")
    engine.enable_alpha()
    size = engine.size
    engine.resize(width, size[1] * width // size[0])
    return engine


def chain(data: bytes, kind: str, logo: str | None) -> bytes:
    """Load, resize, make upright, paste, read."""
    extension = _EXTENSIONS[kind]
    engine = Engine(_CONTEXT)
    engine.load(data, extension)
    # thumbor makes it upright first, which decodes all of it; the box is square, so this can also be last.
    width, height = engine.size
    scale = min(1, _SIDE_PX / width, _SIDE_PX / height)
    if scale < 1:
        engine.resize(round(width * scale), round(height * scale))
    engine.reorientate()
    if logo:
        width, height = engine.size
        mark = _mark(logo, width // 4)
        margin = round(min(width, height) * 0.02)
        point = (width - mark.size[0] - margin, height - mark.size[1] - margin)
        # As in thumbor's filters: each frame of an animation has its own engine.
        for frame in engine.frame_engines() if engine.is_multiple() else (engine,):
            frame.paste(mark, point, merge=True)
    return engine.read(extension, _QUALITY)


if __name__ == "__main__":
    serve(f"thumbor {thumbor.__version__}", chain)
