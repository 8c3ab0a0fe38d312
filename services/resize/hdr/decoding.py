"""The pixels of a still in PQ or HLG, at 16 bits: by libvips, and a HEIC by its own decoder. No AWS."""

import io
from typing import Any, Final

from PIL import Image

from services.resize.scaling import Size
from shared.libvips import vips

WORDS: Final = "I;16"
_WORD_BYTES: Final = 2
_COLOURS: Final = 3
_GREY: Final = (1, 2)
# Decoders shift samples of fewer bits up to 16: opaque is all ones of 8 bits or more.
_OPAQUE: Final = 0xFF00
_MAX_REASON: Final = 200


class NotDecodedError(Exception):
    """A picture has no HDR pixels that can be used; the text is a reason, part of a sentence."""


def picture_of(data: bytes, form: str) -> Any:  # noqa: ANN401 - libvips has no types
    """A still in memory: an image of libvips of red, green and blue at 16 bits.

    An AVIF and a HEIC are turned and cropped as they are shown; a PNG is as it is stored. Samples of fewer bits are
    shifted up.

    Args:
        data: the file, which has been read as a picture before.
        form: AVIF, HEIC or PNG.

    Raises:
        NotDecodedError: it does not decode, or parts of it are transparent.
        EncoderMissing: libvips is not installed.
    """
    library = vips()
    try:
        return _of_colours(_of_heic(library, data) if form == "HEIC" else _of_vips(library, data, form))
    except library.Error as error:
        raise NotDecodedError(f"its pixels do not decode at 10 bits ({reason_of(error)})") from error


def _of_colours(picture: Any) -> Any:  # noqa: ANN401
    """The picture as red, green and blue."""
    if picture.bands not in {*_GREY, _COLOURS, _COLOURS + 1}:
        raise NotDecodedError(f"it has {picture.bands} channels")
    if picture.bands in {2, _COLOURS + 1}:
        if picture[picture.bands - 1].min() < _OPAQUE:
            raise NotDecodedError("parts of it are transparent")
        picture = picture[0] if picture.bands == 2 else picture[:_COLOURS]  # noqa: PLR2004 - grey and alpha
    if picture.bands == 1:
        picture = picture.bandjoin([picture, picture])
    return picture


def planes_of(picture: Any, factors: tuple[int, int]) -> tuple[Image.Image, ...]:  # noqa: ANN401
    """Red, green and blue, of mode I;16.

    Args:
        picture: of picture_of.
        factors: how many whole pixels are averaged, across and down. The last ones may be fewer.
    """
    if factors != (1, 1):
        picture = picture.shrink(*factors, ceil=True).copy_memory()
    size = picture.width, picture.height
    return tuple(Image.frombytes(WORDS, size, picture[band].write_to_memory()) for band in range(_COLOURS))


def reason_of(error: Exception) -> str:
    """An error's text in one line."""
    return " ".join(str(error).split())[:_MAX_REASON] or type(error).__name__


def _of_vips(library: Any, data: bytes, form: str) -> Any:  # noqa: ANN401
    load = library.Image.pngload_buffer if form == "PNG" else library.Image.heifload_buffer
    picture = load(data)
    if picture.format == "uchar":
        raise NotDecodedError("it has 8 bits")
    return picture.copy_memory()


def _of_heic(library: Any, data: bytes) -> Any:  # noqa: ANN401
    import pi_heif  # noqa: PLC0415 - when a picture needs it

    try:
        picture = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
        words, mode, size, stride = memoryview(picture.data), picture.mode, picture.size, picture.stride
    except (OSError, RuntimeError, ValueError, SyntaxError) as error:
        raise NotDecodedError(f"its pixels do not decode at 10 bits ({reason_of(error)})") from error
    kind, _, depth = mode.partition(";")
    if depth != "16":
        raise NotDecodedError("it has 8 bits")
    channels = {"I": 1, "L": 1, "LA": 2}.get(kind) or len(kind)
    return library.Image.new_from_memory(_packed(words, stride, size, channels), *size, channels, "ushort")


def _packed(words: memoryview, stride: int, size: Size, channels: int) -> memoryview:
    """The rows without what fills each up to its stride."""
    length = size[0] * channels * _WORD_BYTES
    if stride == length:
        return words
    return memoryview(b"".join(words[row * stride : row * stride + length] for row in range(size[1])))
