"""The memory that a decode will take, estimated from the header. Arithmetic only: no Pillow, no AWS.

The numbers were measured: `python -m bench.decode_memory` prints them beside measured peaks.
"""

from typing import Final

from services.resize.scaling import Size
from services.resize.settings import Limits
from shared.errors import ImageTooLarge
from shared.light_dataclass import dataclass

MEBIBYTE: Final = 1024**2

# Bytes per pixel at the peak, by Pillow's mode, until the first rendition is shrunk: the decoded picture, the one in a
# mode that can be shrunk (colour.workable), and the one multiplied by its alpha (resampling.resample). Pillow has four
# bytes a pixel for every mode of two to four channels.
_MODE_BYTES: Final = {
    "1": 2,
    "L": 1,
    "P": 6,
    "RGB": 4,
    "RGBX": 4,
    "CMYK": 4,
    "YCbCr": 8,
    "LAB": 4,
    "RGBA": 8,
    "LA": 12,
    "PA": 12,
    "La": 12,
    "RGBa": 12,
    "I": 12,
    "F": 12,
    "I;16": 7,
    "I;16B": 7,
    "I;16L": 7,
}
# A transparent colour makes an RGBA of every mode.
_WITH_TRANSPARENCY_BYTES: Final = 12
_OTHER_BYTES: Final = 12
# The decoders of these have their own buffers, a copy of them as bytes, and only then Pillow's picture.
_FORMAT_BYTES: Final = {"WEBP": 16, "AVIF": 14, "HEIF": 14, "JPEG2000": 16, "JXL": 16}
# With more than 8 bits, their planes have two bytes per sample.
_DEEP_BYTES: Final = 6
_BYTE_BITS: Final = 8
# Channels are merged one by one: a byte of each, and the whole picture in four.
_TOGETHER_BYTES: Final = 5
_GREY_BYTES: Final = 3
# The canvas, what it was before, and a frame.
_ANIMATED_BYTES: Final = 16
# A coefficient of a JPEG: jpeglib.h, JCOEF.
_COEFFICIENT_BYTES: Final = 2


@dataclass(frozen=True, kw_only=True)
class Cost:
    """The memory for decoding a picture.

    Args:
        bytes: bytes in memory at once, apart from the file itself.
        picture: description of the picture, such as "12000 x 9000 px, progressive".
    """

    bytes: int
    picture: str


def cost(form: str, size: Size, mode: str, *, transparent: bool = False, animated: bool = False, bits: int = 8) -> Cost:
    """The cost of any picture but a JPEG.

    Args:
        form: Pillow's name of the format.
        size: (width, height) in pixels.
        mode: Pillow's name of the mode.
        transparent: whether a colour is transparent.
        animated: whether its frames are composited.
        bits: bits of a sample.
    """
    pixel_bytes = _WITH_TRANSPARENCY_BYTES if transparent else _MODE_BYTES.get(mode, _OTHER_BYTES)
    deep = _DEEP_BYTES if bits > _BYTE_BITS else 0
    pixel_bytes = max(pixel_bytes, _FORMAT_BYTES[form] + deep if form in _FORMAT_BYTES else 0)
    if animated:
        pixel_bytes = max(pixel_bytes, _ANIMATED_BYTES)
    return Cost(bytes=size[0] * size[1] * pixel_bytes, picture=f"{size[0]} x {size[1]} px, {mode}")


def tiff_cost(size: Size, *, samples: int, bits: int, part_bytes: int) -> Cost:
    """The cost of a page of a TIFF.

    Args:
        size: (width, height) in pixels.
        samples: samples per pixel.
        bits: bits of a sample.
        part_bytes: unpacked bytes of a strip or tile.
    """
    deep = bits > _BYTE_BITS
    pixel_bytes = _GREY_BYTES if samples == 1 and not deep else _TOGETHER_BYTES + samples + deep
    return Cost(
        bytes=size[0] * size[1] * pixel_bytes + part_bytes,
        picture=f"{size[0]} x {size[1]} px, {samples} x {bits} bits",
    )


def jpeg_cost(size: Size, decoded: Size, *, samples: float, channels: int, buffered: bool) -> Cost:
    """The cost of a JPEG, which decodes at a fraction of its size, but keeps all coefficients of several scans.

    Args:
        size: (width, height) in pixels.
        decoded: (width, height) at the fraction that is decoded.
        samples: samples of all channels per pixel: 1.5 for 4:2:0.
        channels: number of channels.
        buffered: whether its channels or coefficients are in more than one scan.
    """
    coefficients = int(size[0] * size[1] * samples) * _COEFFICIENT_BYTES if buffered else 0
    pixels = decoded[0] * decoded[1] * (1 if channels == 1 else 4)
    kind = ", progressive" if buffered else ""
    return Cost(bytes=coefficients + pixels, picture=f"{size[0]} x {size[1]} px{kind}")


def check_memory(needed: Cost, limits: Limits) -> None:
    """Refuse a picture that takes too much memory.

    Raises:
        ImageTooLarge: the picture needs more than the limit, which the error names.
    """
    if needed.bytes > limits.memory_mb * MEBIBYTE:
        raise ImageTooLarge(
            f"decoding needs about {needed.bytes // MEBIBYTE + 1:,} MB ({needed.picture});"
            f" the limit is {limits.memory_mb:,} MB (limits.memory_mb)"
        )
