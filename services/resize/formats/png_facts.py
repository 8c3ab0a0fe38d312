"""The orientation and colours of a PNG, by the chunks before its pixels. No Pillow, no AWS."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

from services.resize.colour_codes import DEFAULT_PEAK_NITS, ColourEncoding, of_gamma, of_png
from services.resize.formats.exif import orientation_of
from services.resize.formats.png_chunks import chunks
from shared.light_dataclass import dataclass

# PNG 3, https://www.w3.org/TR/png-3/: all of these come before IDAT. eXIf may come after it, and Chromium 156 then
# ignores it.
_READ: Final = frozenset({b"eXIf", b"cICP", b"cLLI", b"mDCV", b"gAMA", b"cHRM", b"sRGB"})
_FULL_RANGE: Final = 1
_RGB: Final = 0
# gAMA and cHRM count in 1/100,000, cLLI and mDCV in 1/10,000 cd/m2.
_PER_GAMMA: Final = 100_000
_PER_NIT: Final = 10_000


@dataclass(frozen=True, kw_only=True)
class PngFacts:
    """The contents of its chunks.

    Args:
        orientation: orientation of eXIf, 1 to 8.
        encoding: what the numbers mean, if that is not sRGB and no profile applies.
    """

    orientation: int
    encoding: ColourEncoding | None


def facts_of(data: bytes, *, has_profile: bool) -> PngFacts:
    """Read the chunks before the pixels; one whose checksum is wrong is ignored.

    Args:
        data: the file.
        has_profile: whether it has an ICC profile: it takes precedence over sRGB, gAMA and cHRM, and cICP over it.
    """
    found: dict[bytes, bytes] = {}
    for kind, body in _read_chunks(data):
        found.setdefault(kind, body)
    return PngFacts(
        orientation=orientation_of(found.get(b"eXIf"), prefixed=False),
        encoding=_encoding(found, has_profile=has_profile),
    )


def _read_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(kind, content) of the chunks that are read; structure_limits has counted all chunks by now."""
    for chunk in chunks(data):
        if chunk.name == b"IDAT":
            return
        if chunk.name in _READ:
            body = data[chunk.body : chunk.end - 4]
            if zlib.crc32(body, zlib.crc32(chunk.name)) == int.from_bytes(data[chunk.end - 4 : chunk.end], "big"):
                yield chunk.name, body


def _encoding(found: dict[bytes, bytes], *, has_profile: bool) -> ColourEncoding | None:
    codes = found.get(b"cICP", b"")
    # Chromium 156 ignores narrow range, and a PNG has no YCbCr.
    if len(codes) == 4 and codes[2] == _RGB and codes[3] == _FULL_RANGE:  # noqa: PLR2004 - its four codes
        encoding = of_png(codes[0], codes[1], _peak_nits(found), max_cll=_max_cll(found))
        if encoding is not None:
            return encoding
    if has_profile or b"sRGB" in found or len(found.get(b"gAMA", b"")) != 4:  # noqa: PLR2004 - one number
        return None
    (gamma,) = struct.unpack(">I", found[b"gAMA"])
    chromaticities = None
    if len(found.get(b"cHRM", b"")) == 32:  # noqa: PLR2004 - x and y of four
        white_x, white_y, *others = (each / _PER_GAMMA for each in struct.unpack(">8I", found[b"cHRM"]))
        red, green, blue = zip(others[::2], others[1::2], strict=True)
        chromaticities = (red, green, blue, (white_x, white_y))
    return of_gamma(gamma / _PER_GAMMA, chromaticities)


def _peak_nits(found: dict[bytes, bytes]) -> float:
    """Peak luminance of the picture, or else of the display on which it was made, as in Chromium 156."""
    screen = found.get(b"mDCV", b"")
    # Eight chromaticities, two luminances.
    of_screen = struct.unpack_from(">I", screen, 16)[0] / _PER_NIT if len(screen) == 24 else 0.0  # noqa: PLR2004
    return _max_cll(found) or of_screen or DEFAULT_PEAK_NITS


def _max_cll(found: dict[bytes, bytes]) -> float:
    """The luminance of the brightest pixel, as the picture states it; 0 where it does not."""
    light = found.get(b"cLLI", b"")
    return float(struct.unpack_from(">I", light)[0]) / _PER_NIT if len(light) == 8 else 0.0  # noqa: PLR2004 - two numbers
