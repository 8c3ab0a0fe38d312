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


class NotDecodedError(Exception):
    """A picture has no HDR pixels that can be used; the text is a reason, part of a sentence."""


def planes(data: bytes, form: str) -> tuple[Image.Image, ...]:
    """Red, green and blue of a still, of mode I;16: samples of fewer bits are shifted up to 16.

    An AVIF and a HEIC are turned and cropped as they are shown; a PNG is as it is stored.

    Args:
        data: the file, which has been read as a picture before.
        form: AVIF, HEIC or PNG.

    Raises:
        NotDecodedError: it does not decode, or parts of it are transparent.
        EncoderMissing: libvips is not installed.
    """
    library = vips()
    return _of_heic(data) if form == "HEIC" else _of_vips(library, data, form)


def _of_vips(library: Any, data: bytes, form: str) -> tuple[Image.Image, ...]:  # noqa: ANN401
    try:
        load = library.Image.pngload_buffer if form == "PNG" else library.Image.heifload_buffer
        picture = load(data)
        if picture.format == "uchar":
            raise NotDecodedError("it has 8 bits")
        picture = picture.copy_memory()
        if picture.bands not in (*_GREY, _COLOURS, _COLOURS + 1):
            raise NotDecodedError(f"it has {picture.bands} channels")
        if picture.bands in {2, _COLOURS + 1} and picture[picture.bands - 1].min() < _OPAQUE:
            raise NotDecodedError("parts of it are transparent")
        bands = (0, 0, 0) if picture.bands in _GREY else (0, 1, 2)
        size = picture.width, picture.height
        return tuple(_plane(picture[band].write_to_memory(), size) for band in bands)
    except library.Error as error:
        raise NotDecodedError(f"its pixels do not decode at 10 bits ({_first_line(error)})") from error


def _of_heic(data: bytes) -> tuple[Image.Image, ...]:
    import pi_heif  # noqa: PLC0415 - when a picture needs it

    try:
        picture = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
        words, mode = memoryview(picture.data), picture.mode
    except (OSError, RuntimeError, ValueError, SyntaxError) as error:
        raise NotDecodedError(f"its pixels do not decode at 10 bits ({_first_line(error)})") from error
    if mode == "I;16":
        plane = _plane(_packed(words, picture.stride, picture.size, 1), picture.size)
        return plane, plane, plane
    if mode not in {"RGB;16", "RGBA;16"}:
        raise NotDecodedError("it has 8 bits")
    channels = len(mode.partition(";")[0])
    words = _packed(words, picture.stride, picture.size, channels)
    found = [_every(words, channels, channel) for channel in range(channels)]
    if channels > _COLOURS and min(memoryview(found[-1]).cast("H")) < _OPAQUE:
        raise NotDecodedError("parts of it are transparent")
    return tuple(_plane(plane, picture.size) for plane in found[:_COLOURS])


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _plane(words: bytes | memoryview, size: Size) -> Image.Image:
    return Image.frombytes(WORDS, size, words)


def _packed(words: memoryview, stride: int, size: Size, channels: int) -> memoryview:
    """The rows without what fills each up to its stride."""
    length = size[0] * channels * _WORD_BYTES
    if stride == length:
        return words
    return memoryview(b"".join(words[row * stride : row * stride + length] for row in range(size[1])))


def _every(words: memoryview, channels: int, channel: int) -> bytes:
    """One channel of interleaved samples."""
    return words.cast("H")[channel::channels].tobytes()
