"""Bytes of samples rearranged: byte order, stride, and samples of odd numbers of bits. No Pillow, no AWS."""

import math
from functools import cache
from typing import Final

_BYTE: Final = 255
BYTE_BITS: Final = 8
WORD_BITS: Final = 16


def swapped(data: bytes, size: int) -> bytes:
    """Swap the byte order of samples of this many bytes."""
    out = bytearray(len(data))
    for byte in range(size):
        out[byte::size] = data[size - 1 - byte :: size]
    return bytes(out)


def every(data: bytes, step: int, size: int) -> bytes:
    """Take the first of every `step` samples of `size` bytes."""
    out = bytearray(len(data) // step)
    for byte in range(size):
        out[byte::size] = data[byte :: step * size]
    return bytes(out)


def narrowed(data: bytes, line: int, rows: int, count: int, bits: int) -> bytes:
    """Samples of 1 to 15 bits, each as a byte: the highest eight bits, or fewer scaled up to eight.

    Args:
        data: the lines; each starts at a byte.
        line: bytes of a line.
        rows: number of lines.
        count: samples of a line.
        bits: bits of a sample.
    """
    values = unpacked_bits(data, line, rows, count, bits)
    return values if bits >= BYTE_BITS else values.translate(spread_to_eight(bits))


def unpacked_bits(data: bytes, line: int, rows: int, count: int, bits: int) -> bytes:
    """Each sample as a byte: its highest eight bits, or all of them where there are fewer."""
    period = math.lcm(bits, BYTE_BITS)
    size, several = period // BYTE_BITS, period // bits
    padded = -(-line // size) * size
    if padded != line:
        data = b"".join(data[at : at + line].ljust(padded, b"\0") for at in range(0, rows * line, line))
    out = bytearray(padded * rows // size * several)
    for index in range(several):
        start, shift = divmod(index * bits, BYTE_BITS)
        high = data[start::size].translate(shifted(shift))
        if shift and start + 1 < size:
            low = data[start + 1 :: size].translate(shifted(shift - BYTE_BITS))
            high = (int.from_bytes(high, "little") | int.from_bytes(low, "little")).to_bytes(len(high), "little")
        out[index::several] = high if bits >= BYTE_BITS else high.translate(shifted(bits - BYTE_BITS))
    wide = padded // size * several
    if wide == count:
        return bytes(out)
    return b"".join(out[at : at + count] for at in range(0, rows * wide, wide))


@cache
def shifted(by: int) -> bytes:
    """A table for bytes.translate that shifts to the left, or to the right where `by` is negative."""
    return bytes(byte << by & 0xFF if by >= 0 else byte >> -by for byte in range(256))


@cache
def spread_to_eight(bits: int) -> bytes:
    """A table for bytes.translate that scales samples of fewer bits up to eight."""
    full = 2**bits - 1
    return bytes(min(_BYTE, (byte * _BYTE + full // 2) // full) for byte in range(256))
