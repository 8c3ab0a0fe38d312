"""A still as a JPEG XL, by an encoder that only the zip of `extras: [jxl]` in pipeline.yaml has. No AWS."""

from collections.abc import Mapping
from typing import Any, Final

from PIL import Image

from shared.errors import EncoderMissing

# docs/adr/0053-jpeg-xl-by-choice.md has bytes and CPU of some efforts. Lossy, 5 takes four times the CPU of 4 and saves
# hardly anything; without loss, 5 saves a quarter.
_EFFORT: Final = 4
_LOSSLESS_EFFORT: Final = 5
# By libjxl's own scale, which refuses it for a lossy file.
_WITHOUT_LOSS: Final = 100
# The functions have one core for each image that they work on.
_THIS_THREAD_ALONE: Final = 0
# The box Exif begins with the distance to the TIFF header. The plug-in writes what it is given, and expects this.
# ISO/IEC 18181-2, 9.8.1; https://github.com/libjxl/libjxl/blob/v0.12.0/lib/include/jxl/encode.h, JxlEncoderAddBox
_TIFF_OFFSET: Final = b"\0\0\0\0"


def jxl(
    image: Image.Image, metadata: Mapping[str, Any], *, quality: int, lossless: bool, effort: int | None = None
) -> bytes:
    """Encode a picture as a JPEG XL.

    Args:
        image: picture of mode L, LA, RGB or RGBA.
        metadata: EXIF from its TIFF header on, and XMP, by these names; empty for none.
        quality: 1 to 100, as libjxl counts it; 100 is lossless.
        lossless: whether all pixels are kept.
        effort: 1 to 10 of libjxl; None for the one that was measured to be best.

    Raises:
        EncoderMissing: the encoder is not installed.
    """
    exact = lossless or quality == _WITHOUT_LOSS
    encoder = plugin().Encoder(
        mode=image.mode,
        lossless=exact,
        quality=_WITHOUT_LOSS if exact else quality,
        effort=effort or (_LOSSLESS_EFFORT if exact else _EFFORT),
        use_container=bool(metadata),
        num_threads=_THIS_THREAD_ALONE,
    )
    boxes = {name: metadata[name] for name in ("exif", "xmp") if name in metadata}
    if "exif" in boxes:
        boxes["exif"] = _TIFF_OFFSET + boxes["exif"]
    data: bytes = encoder(image.tobytes(), image.width, image.height, jpeg_encode=False, **boxes)
    return data


def plugin() -> Any:  # noqa: ANN401 - its stubs lack most arguments
    """The encoder's module, which also lets Pillow open a JPEG XL.

    Raises:
        EncoderMissing: it is not installed.
    """
    try:
        import pillow_jxl  # noqa: PLC0415 - only where it is installed
    except ImportError as error:
        raise EncoderMissing(
            "format jxl needs an encoder that is not installed here. For a function: set `extras: [jxl]` in"
            " pipeline.yaml, build watermark's zip with `make package` and deploy it; a released zip has no such"
            ' encoder. For the command: pip install "image-pipeline[jxl]"'
        ) from error
    found: Any = pillow_jxl
    found.JpegXLImagePlugin.DECODE_THREADS = _THIS_THREAD_ALONE
    return found
