"""The header of a JPEG XL, read before its decoder sees a byte: ISO/IEC 18181-1 and 18181-2. No Pillow, no AWS."""

from typing import Final

from services.resize.formats.heif_exif import boxes
from shared.errors import UnreadableImage
from shared.light_dataclass import dataclass

FILE: Final = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
CODESTREAM: Final = b"\xff\x0a"

# 18181-2: the codestream is in one box, or in parts that have an index of four bytes.
_WHOLE: Final = b"jxlc"
_PART: Final = b"jxlp"
_INDEX_BYTES: Final = 4
# The header has far less; an embedded preview or profile comes after it.
_HEAD_BYTES: Final = 4096

# Width by height of the seven fixed ratios: 18181-1, table "Image aspect ratios".
_RATIOS: Final = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))

# U32 of the standard: one of four (bits, offset) by two bits before it; 0 bits are a constant.
_Choice = tuple[int, int]
_SIDE: Final = ((9, 1), (13, 1), (18, 1), (30, 1))
_PREVIEW_BLOCKS: Final = ((0, 16), (0, 32), (5, 1), (9, 33))
_PREVIEW_SIDE: Final = ((6, 1), (8, 65), (10, 321), (12, 1345))
_ENUM: Final = ((0, 0), (0, 1), (4, 2), (6, 18))
_CHROMATICITY: Final = ((19, 0), (19, 524_288), (20, 1_048_576), (21, 2_097_152))

_GREY: Final = 1
_XYB: Final = 2
_CUSTOM: Final = 2
_D65: Final = 1
_SRGB_PRIMARIES: Final = 1
_SRGB_TRANSFER: Final = 13
_ALPHA: Final = 0
_SPOT: Final = 2
_BLACK: Final = 4
_CFA: Final = 5


@dataclass(frozen=True, kw_only=True)
class JxlFacts:
    """The header of a JPEG XL.

    Args:
        size: (width, height) in pixels, as stored.
        animated: whether it is an animation.
        bits: bits of a sample.
        extra_channels: number of channels besides the colours, alpha included.
        black: whether one of them is the black of CMYK.
        premultiplied: whether its colours are multiplied by its alpha.
        srgb: whether its colours are sRGB, so that no profile matters.
        primaries: ColourPrimaries of H.273, where the header has codes; None for a profile or other numbers.
        transfer: TransferCharacteristics of H.273, likewise.
    """

    size: tuple[int, int]
    animated: bool = False
    bits: int = 8
    extra_channels: int = 0
    black: bool = False
    premultiplied: bool = False
    srgb: bool = True
    primaries: int | None = None
    transfer: int | None = None


def header(data: bytes) -> JxlFacts:
    """Read the header of a file or of a bare codestream.

    Args:
        data: the file.

    Raises:
        UnreadableImage: it has no codestream, or its header is cut off or not valid.
    """
    bits = _Bits(_codestream(data))
    if bits.take(16) != int.from_bytes(CODESTREAM, "little"):
        raise UnreadableImage("the JPEG XL is damaged: its codestream does not begin with its signature")
    size = _size(bits)
    if bits.flag():  # all is as it is by default
        return JxlFacts(size=size)
    return _metadata(bits, size)


class _Bits:
    """Bits of a codestream, the lowest of each byte first."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise UnreadableImage("the JPEG XL is damaged: its header is cut off")
        taken = self._value & ((1 << count) - 1)
        self._value >>= count
        return taken

    def flag(self) -> bool:
        return bool(self.take(1))

    def u32(self, choices: tuple[_Choice, _Choice, _Choice, _Choice]) -> int:
        count, offset = choices[self.take(2)]
        return offset + self.take(count)


def _codestream(data: bytes) -> bytes:
    """The beginning of the codestream."""
    if not data.startswith(FILE):
        return data[:_HEAD_BYTES]
    found = b""
    for kind, (start, end) in boxes(data, 0, len(data)):
        if kind == _WHOLE:
            return data[start : min(end, start + _HEAD_BYTES)]
        if kind == _PART:
            found += data[start + _INDEX_BYTES : min(end, start + _INDEX_BYTES + _HEAD_BYTES)]
            if len(found) >= _HEAD_BYTES:
                break
    if not found:
        raise UnreadableImage("the JPEG XL is damaged: it has no whole codestream")
    return found


def _size(bits: _Bits) -> tuple[int, int]:
    """SizeHeader: the height, then the width or a ratio of the two."""
    blocks = bits.flag()
    height = (bits.take(5) + 1) * 8 if blocks else bits.u32(_SIDE)
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio - 1]
        return height * across // down, height
    return (bits.take(5) + 1) * 8 if blocks else bits.u32(_SIDE), height


def _metadata(bits: _Bits, size: tuple[int, int]) -> JxlFacts:
    """ImageMetadata, as far as the colours."""
    animated = False
    if bits.flag():
        bits.take(3)  # the orientation, which its decoder applies
        if bits.flag():
            _size(bits)  # how large it is to be shown, which nothing but a browser needs
        if bits.flag():
            _preview(bits)
        animated = bits.flag()
        if animated:
            _animation(bits)
    depth = _depth(bits)
    bits.flag()  # whether buffers of 16 bits suffice
    count = bits.u32(((0, 0), (0, 1), (4, 2), (12, 1)))
    extra = [_extra_channel(bits) for _ in range(count)]
    bits.flag()  # whether it is XYB
    primaries, transfer, srgb = _colours(bits)
    return JxlFacts(
        size=size,
        animated=animated,
        bits=depth,
        extra_channels=count,
        black=any(kind == _BLACK for kind, _ in extra),
        premultiplied=any(kind == _ALPHA and associated for kind, associated in extra),
        srgb=srgb,
        primaries=primaries,
        transfer=transfer,
    )


def _preview(bits: _Bits) -> None:
    sides = _PREVIEW_BLOCKS if bits.flag() else _PREVIEW_SIDE
    bits.u32(sides)
    if not bits.take(3):
        bits.u32(sides)


def _animation(bits: _Bits) -> None:
    bits.u32(((0, 100), (0, 1000), (10, 1), (30, 1)))
    bits.u32(((0, 1), (0, 1001), (8, 1), (10, 1)))
    bits.u32(((0, 0), (3, 0), (16, 0), (32, 0)))
    bits.flag()


def _depth(bits: _Bits) -> int:
    if not bits.flag():
        return bits.u32(((0, 8), (0, 10), (0, 12), (6, 1)))
    depth = bits.u32(((0, 32), (0, 16), (0, 24), (6, 1)))
    bits.take(4)  # of them, those of the exponent
    return depth


def _extra_channel(bits: _Bits) -> tuple[int, bool]:
    """The kind of a channel, and whether the colours are multiplied by it."""
    if bits.flag():
        return _ALPHA, False
    kind = bits.u32(_ENUM)
    _depth(bits)
    bits.u32(((0, 0), (0, 3), (0, 4), (3, 1)))
    bits.take(8 * bits.u32(((0, 0), (4, 0), (5, 16), (10, 48))))  # its name
    associated = kind == _ALPHA and bits.flag()
    if kind == _SPOT:
        bits.take(4 * 16)
    if kind == _CFA:
        bits.u32(((0, 1), (2, 0), (4, 3), (8, 19)))
    return kind, associated


def _colours(bits: _Bits) -> tuple[int | None, int | None, bool]:
    """Codes of primaries and transfer, and whether both are sRGB's."""
    if bits.flag():
        return None, None, True
    has_profile, space = bits.flag(), bits.u32(_ENUM)
    if has_profile or space not in {0, _GREY}:
        return None, None, False
    white = bits.u32(_ENUM)
    if white == _CUSTOM:
        _point(bits)
    primaries = _SRGB_PRIMARIES
    if space != _GREY:
        primaries = bits.u32(_ENUM)
        if primaries == _CUSTOM:
            for _ in range(3):
                _point(bits)
    if bits.flag():
        bits.take(24)  # a gamma
        return None, None, False
    transfer = bits.u32(_ENUM)
    srgb = (white, primaries, transfer) == (_D65, _SRGB_PRIMARIES, _SRGB_TRANSFER)
    return (None if _CUSTOM in {white, primaries} else primaries), transfer, srgb


def _point(bits: _Bits) -> None:
    bits.u32(_CHROMATICITY)
    bits.u32(_CHROMATICITY)
