"""What the numbers of a picture without a profile mean: primaries, curve, peak. Arithmetic only: no Pillow, no AWS."""

import math
import struct
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from shared.light_dataclass import dataclass

Point = tuple[float, float]
Matrix = tuple[tuple[float, float, float], ...]

# The peak luminance that Chromium assumes where a picture does not state it: measured with Chromium 156.
DEFAULT_PEAK_NITS: Final = 1000.0

# ITU-T H.273 (07/2021), table 2.
_D65: Final = (0.3127, 0.3290)
_C: Final = (0.310, 0.316)
_PRIMARIES: Final[dict[int, tuple[Point, Point, Point, Point]]] = {
    1: ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), _D65),
    4: ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08), _C),
    5: ((0.64, 0.33), (0.29, 0.60), (0.15, 0.06), _D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.314, 0.351)),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
BT_709: Final = _PRIMARIES[1]
BT_2020: Final = _PRIMARIES[9]

_D50: Final = (0.9642, 1.0, 0.8249)  # ICC.1:2022, 7.2.16
_BRADFORD: Final = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
_BYTE: Final = 255


class Curve(NamedTuple):
    """Maps a signal of 0 to 1 to light: (a x + b)^g from d on, c x below it; ICC.1:2022, 10.18, function type 3."""

    g: float
    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0

    def light(self, signal: float) -> float:
        """The light, 0 to 1, of a signal."""
        return (self.a * signal + self.b) ** self.g if signal >= self.d else self.c * signal


_TONE_MAPPED: Final = "HDR ({}) was tone-mapped to SDR"


@dataclass(frozen=True)
class Pq:
    """The perceptual quantizer of BT.2100: its signals represent an absolute luminance."""


@dataclass(frozen=True)
class Hlg:
    """Hybrid log-gamma of BT.2100: its signals are relative to the peak of the screen."""


SRGB: Final = Curve(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
# The display's curve, BT.1886, not the inverse of the camera's: as in Chromium 156.
_VIDEO_CURVE: Final = Curve(2.4)
PQ: Final = Pq()
HLG: Final = Hlg()

Transfer = Curve | Pq | Hlg

# ITU-T H.273, table 3. A video's curve is that of its camera; browsers show stills with these curves as sRGB.
_TRANSFERS: Final[dict[int, Transfer]] = {
    4: Curve(2.2),
    5: Curve(2.8),
    7: Curve(1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4.0, 0.0913),
    8: Curve(1.0),
    13: SRGB,
    16: PQ,
    17: Curve(2.6, (52.37 / 48) ** (1 / 2.6)),
    18: HLG,
}
_VIDEO: Final = frozenset({1, 6, 14, 15})
_XVYCC: Final = 11

# How far a gamma may be from 1/2.2 and still mean sRGB, where the file states nothing else.
_GAMMA_WITHIN: Final = 0.05
_SRGB_GAMMA: Final = 2.2


@dataclass(frozen=True, kw_only=True)
class ColourEncoding:
    """What the numbers of a picture mean.

    Args:
        primaries: chromaticities of red, green, blue and white.
        transfer: the curve from signal to light.
        peak_nits: the intended peak luminance of the picture, in cd/m2; only for PQ and HLG.
        codes: ColourPrimaries and TransferCharacteristics of H.273, where the picture states its encoding by these.
        max_cll: the luminance of the brightest pixel that the picture states, in cd/m2; 0 where it states none.
        missing: what the decoder leaves out of red, green and blue on average, in signals of 0 to 1; only for PQ and
            HLG, whose signals near white are worth three levels of sRGB each.
    """

    primaries: tuple[Point, Point, Point, Point]
    transfer: Transfer
    peak_nits: float = DEFAULT_PEAK_NITS
    codes: tuple[int, int] | None = None
    max_cll: float = 0.0
    missing: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def hdr(self) -> str:
        """The name of the high dynamic range, "PQ" or "HLG"; "" for standard dynamic range."""
        return {Pq: "PQ", Hlg: "HLG"}.get(type(self.transfer), "")

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings for the uploader."""
        return (_TONE_MAPPED.format(self.hdr),) if self.hdr else ()


def tone_mapped(warnings: tuple[str, ...], reasons: tuple[str, ...]) -> tuple[str, ...]:
    """Warnings of an image whose HDR is to be kept: why it is not; without one that does not apply.

    Args:
        warnings: warnings of the image.
        reasons: why outputs are SDR; none where all are HDR.
    """
    lost = {_TONE_MAPPED.format(name) for name in ("PQ", "HLG")}
    replaced = ([f"{each}: {why}" for why in reasons] if each in lost else [each] for each in warnings)
    return tuple(chain.from_iterable(replaced))


def of_heif(
    primaries: int, transfer: int, peak_nits: float = DEFAULT_PEAK_NITS, *, max_cll: float = 0.0
) -> ColourEncoding | None:
    """The encoding by the colour codes of an AVIF or HEIC; None where they mean sRGB or are unspecified.

    The curve of video (BT.709, BT.2020) is read as sRGB's, as Chromium 156 shows AVIF.

    Args:
        primaries: ColourPrimaries of H.273.
        transfer: TransferCharacteristics of H.273.
        peak_nits: peak luminance of the picture, in cd/m2.
        max_cll: the one that it states; 0 where it states none.
    """
    encoding = _encoding(_PRIMARIES.get(primaries, BT_709), _TRANSFERS.get(transfer, SRGB), peak_nits)
    return None if encoding is None else replace(encoding, codes=(primaries, transfer), max_cll=max_cll)


def of_png(
    primaries: int, transfer: int, peak_nits: float = DEFAULT_PEAK_NITS, *, max_cll: float = 0.0
) -> ColourEncoding | None:
    """The encoding by a PNG's cICP, which takes precedence over its profile; None where Chromium 156 ignores it.

    Here the curve of video is that of a display, BT.1886.
    """
    curve = _VIDEO_CURVE if transfer in _VIDEO or transfer == _XVYCC else _TRANSFERS.get(transfer)
    if primaries not in _PRIMARIES or curve is None:
        return None
    return ColourEncoding(
        primaries=_PRIMARIES[primaries],
        transfer=curve,
        peak_nits=peak_nits,
        codes=(primaries, transfer),
        max_cll=max_cll,
    )


def of_gamma(gamma: float, chromaticities: tuple[Point, Point, Point, Point] | None) -> ColourEncoding | None:
    """The encoding by a PNG's gAMA, and its cHRM if there is one; None where they mean sRGB or are invalid.

    As in Chromium 156: without chromaticities 1/2.2 means sRGB, and a cHRM without gAMA is ignored.

    Args:
        gamma: gamma of the encoding, such as 0.45455.
        chromaticities: chromaticities of red, green, blue and white.
    """
    if gamma <= 0 or (chromaticities is None and abs(gamma * _SRGB_GAMMA - 1) < _GAMMA_WITHIN):
        return None
    primaries = BT_709 if chromaticities is None else chromaticities
    if not _spans(primaries):
        return None
    return _encoding(primaries, Curve(1 / gamma), DEFAULT_PEAK_NITS)


@lru_cache(maxsize=4)
def grey_table(transfer: Curve) -> list[int]:
    """The sRGB byte of each byte of grey."""
    return [min(_BYTE, round(_BYTE * encoded(transfer.light(value / _BYTE)))) for value in range(_BYTE + 1)]


def encoded(light: float) -> float:
    """Encode linear light as an sRGB signal, IEC 61966-2-1; values outside 0 to 1 follow the same curves."""
    if light < 0:
        return -encoded(-light)
    return 12.92 * light if light <= 0.0031308 else 1.055 * math.pow(light, 1 / 2.4) - 0.055  # noqa: PLR2004 - its bend


@lru_cache(maxsize=4)
def matrix_profile(encoding: ColourEncoding) -> bytes:
    """An ICC profile of an encoding, for lcms to convert with: ICC.1:2022.

    Args:
        encoding: an encoding whose transfer is a curve.
    """
    curve = encoding.transfer
    if not isinstance(curve, Curve):
        raise TypeError("PQ and HLG have no ICC curve")
    to_d50 = times(adaptation(encoding.primaries[3]), to_xyz(encoding.primaries))
    tone = b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + fixed(*curve)
    tags = {}
    for band, colorant in zip(b"rgb", zip(*to_d50, strict=True), strict=True):
        tags[b"%cXYZ" % band] = b"XYZ \0\0\0\0" + fixed(*colorant)
        tags[b"%cTRC" % band] = tone
    return icc_profile(tags)


def icc_profile(tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile from RGB to XYZ: ICC.1:2022, 7.

    Args:
        tags: values of its tags by their signatures, without the white point.
    """
    tags = {b"wtpt": b"XYZ \0\0\0\0" + fixed(*_D50), **tags}
    table, data = struct.pack(">I", len(tags)), b""
    begin = 128 + 4 + 12 * len(tags)
    for name, value in tags.items():
        table += struct.pack(">4sII", name, begin + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    header = struct.pack(">I4xI4s4s4s", begin + len(data), 0x04400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + fixed(*_D50)
    return header.ljust(128, b"\0") + table + data


def fixed(*values: float) -> bytes:
    """Encode numbers as s15Fixed16Number: ICC.1:2022, 4.6."""
    return struct.pack(f">{len(values)}i", *(max(-(2**31), min(2**31 - 1, round(each * 65536))) for each in values))


def between(source: Sequence[Point], target: Sequence[Point]) -> Matrix:
    """The matrix from linear RGB of some primaries to that of others, with whites adapted by Bradford.

    Args:
        source: chromaticities of red, green, blue and white.
        target: chromaticities of red, green, blue and white.
    """
    adapted = times(adaptation(source[3], target[3]), to_xyz(source))
    return times(_inverse(to_xyz(target)), adapted)


def adaptation(source: Point, target: Point | None = None) -> Matrix:
    """Bradford's chromatic adaptation of XYZ from one white to another; ICC.1:2022, annex E.

    Args:
        source: chromaticity of the white.
        target: chromaticity of the other white; None for D50, the white of profiles.
    """
    tos = apply(_BRADFORD, _D50 if target is None else _xyz(target))
    scales = [to / of for of, to in zip(apply(_BRADFORD, _xyz(source)), tos, strict=True)]
    scaled: Matrix = tuple((a * by, b * by, c * by) for (a, b, c), by in zip(_BRADFORD, scales, strict=True))
    return times(_inverse(_BRADFORD), scaled)


def to_xyz(primaries: Sequence[Point]) -> Matrix:
    """The matrix from linear RGB of these primaries to XYZ, with a white of luminance 1. SMPTE RP 177."""
    columns: Matrix = tuple(zip(*map(_xyz, primaries[:3]), strict=True))
    scales = apply(_inverse(columns), _xyz(primaries[3]))
    return tuple((row[0] * scales[0], row[1] * scales[1], row[2] * scales[2]) for row in columns)


def times(first: Matrix, second: Matrix) -> Matrix:
    """The product of two matrices."""
    columns = [apply(first, column) for column in zip(*second, strict=True)]
    return tuple(zip(*columns, strict=True))


def apply(matrix: Matrix, vector: Sequence[float]) -> tuple[float, float, float]:
    """A matrix times a vector of three."""
    x, y, z = vector
    (a, b, c), (d, e, f), (g, h, i) = matrix
    return a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z


def _encoding(
    primaries: tuple[Point, Point, Point, Point], transfer: Transfer, peak_nits: float
) -> ColourEncoding | None:
    if transfer == SRGB and primaries == BT_709:
        return None
    return ColourEncoding(primaries=primaries, transfer=transfer, peak_nits=peak_nits)


def _spans(primaries: Sequence[Point]) -> bool:
    """Whether these can be a display's primaries: not on a line, and with a bright white."""
    (ax, ay), (bx, by), (cx, cy), (_, white) = primaries
    area = abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))
    return area > 1e-4 and min(ay, by, cy, white) > 1e-4  # noqa: PLR2004 - far below any display's


def _xyz(point: Point) -> tuple[float, float, float]:
    x, y = point
    return x / y, 1.0, (1 - x - y) / y


def _inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    by = 1 / (a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))
    return (
        ((e * i - f * h) * by, (c * h - b * i) * by, (b * f - c * e) * by),
        ((f * g - d * i) * by, (a * i - c * g) * by, (c * d - a * f) * by),
        ((d * h - e * g) * by, (b * g - a * h) * by, (a * e - b * d) * by),
    )
