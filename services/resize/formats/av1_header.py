"""The colour codes in the sequence header of an AV1 picture. No Pillow, no AWS."""

from typing import Final, NamedTuple

# Section numbers are of the AV1 Bitstream & Decoding Process Specification, version 1.0.0 with errata 1.
_SEQUENCE_HEADER: Final = 1
_MAX_OBUS: Final = 8
# The header of a picture takes about 12 bytes; that of a video, with every optional part, less than 400.
_MAX_HEADER_BYTES: Final = 512
_MAX_SIZE_BYTES: Final = 8
_PROFILE_WITHOUT_GREY: Final = 1
_PROFILE_OF_12_BITS: Final = 2
_MIN_LEVEL_WITH_TIER: Final = 8
_SELECT: Final = 2


class Codes(NamedTuple):
    """Colour codes of ITU-T H.273.

    Args:
        primaries: ColourPrimaries, such as 9 (BT.2020).
        transfer: TransferCharacteristics, such as 16 (PQ).
        matrix: MatrixCoefficients of the YCbCr.
    """

    primaries: int
    transfer: int
    matrix: int


def codes_of(data: bytes) -> Codes | None:
    """The colour codes of the first sequence header; None where there is none, or it has no codes.

    Args:
        data: the first bytes of a picture, which are OBUs; section 5.3.
    """
    at = 0
    for _ in range(_MAX_OBUS):
        if at >= len(data):
            return None
        head = data[at]
        at += 2 if head & 0x04 else 1
        size = len(data) - at
        if head & 0x02:
            size, at = _leb128(data, at)
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            return _header(_Bits(data[at : at + min(size, _MAX_HEADER_BYTES)]))
        at += size
    return None


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """A number with seven bits in each byte, and the offset after it; section 4.10.5."""
    value = 0
    for index, byte in enumerate(data[at : at + _MAX_SIZE_BYTES]):
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, at + index + 1
    return len(data), len(data)


class _Bits:
    """Reads bit by bit, with zeros after the end; section 4.10.2."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)
        self.ended = False

    def read(self, bits: int) -> int:
        self._left -= bits
        if self._left < 0:
            self.ended = True
            return 0
        return self._value >> self._left & (1 << bits) - 1

    def flag(self) -> bool:
        return bool(self.read(1))

    def skip_uvlc(self) -> None:
        zeros = 0
        while not self.ended and not self.flag():
            zeros += 1
        self.read(zeros)


def _header(bits: _Bits) -> Codes | None:
    """Sequence header OBU, section 5.5.1."""
    profile = bits.read(3)
    bits.flag()
    reduced = bits.flag()
    if reduced:
        bits.read(5)
    else:
        _skip_operating_points(bits)
    width_bits, height_bits = bits.read(4) + 1, bits.read(4) + 1
    bits.read(width_bits)
    bits.read(height_bits)
    if not reduced and bits.flag():
        bits.read(7)
    bits.read(3)
    if not reduced:
        _skip_tools(bits)
    bits.read(3)
    # Section 5.5.2
    high = bits.flag()
    if profile == _PROFILE_OF_12_BITS and high:
        bits.flag()
    if profile != _PROFILE_WITHOUT_GREY:
        bits.flag()
    if not bits.flag():
        return None
    codes = Codes(bits.read(8), bits.read(8), bits.read(8))
    return None if bits.ended else codes


def _skip_operating_points(bits: _Bits) -> None:
    delay_bits = 0
    if bits.flag():  # timing_info
        bits.read(64)
        if bits.flag():
            bits.skip_uvlc()
        if bits.flag():  # decoder_model_info
            delay_bits = bits.read(5) + 1
            bits.read(42)
    has_delays = bits.flag()
    for _ in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) >= _MIN_LEVEL_WITH_TIER:
            bits.flag()
        if delay_bits and bits.flag():
            bits.read(2 * delay_bits + 1)
        if has_delays and bits.flag():
            bits.read(4)


def _skip_tools(bits: _Bits) -> None:
    bits.read(4)
    has_order = bits.flag()
    if has_order:
        bits.read(2)
    force_screen_content = _SELECT if bits.flag() else bits.read(1)
    if force_screen_content and not bits.flag():
        bits.flag()
    if has_order:
        bits.read(3)
