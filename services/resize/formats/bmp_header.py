"""The header of a BMP, including what Pillow does not read or misreads. No AWS."""

import struct
from typing import Final

from shared.light_dataclass import dataclass

# https://learn.microsoft.com/en-us/windows/win32/gdi/bitmap-header-types
# A header of 16 bytes is the second one of OS/2, cut after the number of bits:
# http://fileformats.archiveteam.org/wiki/BMP#OS/2_BMP_2.0
FILE_HEADER_BYTES: Final = 14
SHORT_OS2_BYTES: Final = 16
_CORE_BYTES: Final = 12
INFO_BYTES: Final = 40
_OS2_BYTES: Final = 64
# Headers of 52 bytes or more have the masks, from 56 bytes also that of alpha; 108 and 124 bytes name a colour space.
_WITH_ALPHA_MASK: Final = (56, 108, 124)
_WITH_COLOUR_SPACE: Final = (108, 124)
_WITH_PROFILE: Final = 124
_MASKS_AT: Final = 54
_COLOUR_SPACE_AT: Final = 70
_PROFILE_AT: Final = 126
_PROFILE_EMBEDDED: Final = b"DEBM"
_MAX_PROFILE_BYTES: Final = 4 * 2**20

RGB: Final = 0
BITFIELDS: Final = 3
# 4 and 5 are JPEG and PNG for printers; in a header of OS/2, 3 is Huffman and 4 is RLE of 24 bits.
ALPHA_BITFIELDS: Final = 6


@dataclass(frozen=True, kw_only=True)
class Header:
    """How a BMP describes its pixels.

    Args:
        size: (width, height) in pixels.
        top_down: whether the first row comes first; usually it comes last.
        bits: bits of a pixel.
        compression: biCompression of the file.
        colours: entries of the palette; 0 for the maximum.
        palette_at: where the palette begins.
        pixels_at: where the pixels begin.
        masks: masks of red, green, blue and alpha; None where pixels are not made of bit fields.
        icc_profile: the ICC profile; None where there is none.
    """

    size: tuple[int, int]
    top_down: bool
    bits: int
    compression: int
    colours: int
    palette_at: int
    pixels_at: int
    masks: tuple[int, int, int, int] | None
    icc_profile: bytes | None

    @property
    def row_bytes(self) -> int:
        """Bytes of a row, padded to a multiple of four."""
        return (self.size[0] * self.bits + 31) // 32 * 4


def header_of(data: bytes) -> Header | None:
    """The header of a BMP; None where it is older than BITMAPINFOHEADER, or truncated."""
    if len(data) < FILE_HEADER_BYTES + INFO_BYTES:
        return None
    pixels_at, length, width, height, _, bits, compression = struct.unpack_from("<IIiiHHI", data, 10)
    if length < INFO_BYTES or width < 1 or height == 0:
        return None
    (colours,) = struct.unpack_from("<I", data, 46)
    masks = _masks(data, length, bits, compression)
    outside = 0 if length > INFO_BYTES else {BITFIELDS: 12, ALPHA_BITFIELDS: 16}.get(compression, 0)
    return Header(
        size=(width, abs(height)),
        top_down=height < 0,
        bits=bits,
        compression=compression,
        colours=colours,
        palette_at=FILE_HEADER_BYTES + length + outside,
        pixels_at=pixels_at,
        masks=masks,
        icc_profile=_profile(data, length),
    )


def with_full_header(data: bytes) -> bytes:
    """The file with a header that Pillow reads: 40 bytes instead of 16, and no more colours than its bits can count."""
    if len(data) < FILE_HEADER_BYTES + SHORT_OS2_BYTES:
        return data
    pixels_at, length = struct.unpack_from("<II", data, 10)
    if length == SHORT_OS2_BYTES:
        more = INFO_BYTES - SHORT_OS2_BYTES
        return b"".join(
            (
                data[:10],
                struct.pack("<II", pixels_at + more, INFO_BYTES),
                data[18 : FILE_HEADER_BYTES + SHORT_OS2_BYTES],
                bytes(more),
                data[FILE_HEADER_BYTES + SHORT_OS2_BYTES :],
            )
        )
    header = header_of(data)
    if header is not None and header.bits <= 8 and header.colours > 1 << header.bits:  # noqa: PLR2004 - bits of a byte
        return data[:46] + struct.pack("<I", 1 << header.bits) + data[50:]
    return data


def _masks(data: bytes, length: int, bits: int, compression: int) -> tuple[int, int, int, int] | None:
    if bits not in {16, 32} or length == _OS2_BYTES or len(data) < _MASKS_AT + 16:
        return None
    red, green, blue, alpha = struct.unpack_from("<4I", data, _MASKS_AT)
    if compression == ALPHA_BITFIELDS or (compression == BITFIELDS and length in _WITH_ALPHA_MASK):
        return red, green, blue, alpha
    if compression == BITFIELDS:
        return red, green, blue, 0
    # The masks of a file without bit fields are not meant to be read, yet the alpha of one with a colour space is shown
    # by Chromium 156 and meant by those who write it.
    if compression == RGB and bits == 32 and length in _WITH_COLOUR_SPACE and alpha:  # noqa: PLR2004 - see above
        return 0xFF0000, 0xFF00, 0xFF, 0xFF000000
    return None


def _profile(data: bytes, length: int) -> bytes | None:
    if length != _WITH_PROFILE or data[_COLOUR_SPACE_AT : _COLOUR_SPACE_AT + 4] != _PROFILE_EMBEDDED:
        return None
    # Counted from the header, not from the file.
    offset, size = struct.unpack_from("<II", data, _PROFILE_AT) if len(data) >= _PROFILE_AT + 8 else (0, 0)
    begin = FILE_HEADER_BYTES + offset
    return data[begin : begin + size] if 0 < size <= _MAX_PROFILE_BYTES and begin + size <= len(data) else None
