"""Numbers of any size and type as an image of 32-bit floating-point numbers. No AWS."""

import struct
from array import array

from PIL import Image

from services.resize.formats.tiff import layout as kinds


def floats(data: bytes, size: tuple[int, int], bits: int, sample_format: int, order: str) -> Image.Image:
    """Convert numbers of any type to an image of 32-bit floating-point numbers (mode F)."""
    if bits == 24:
        # 24 bits are read as 32, with a lowest byte of zero: the same number times 256.
        wide = bytearray(len(data) // 3 * 4)
        for byte in range(3):
            wide[byte + (order == "<") :: 4] = data[byte::3]
        image = floats(bytes(wide), size, 32, sample_format, order)
        return image.point(lambda value: value * (1 / 256) + 0.0)
    if bits == 64 and sample_format != kinds.FLOAT:
        numbers = array("q" if sample_format == kinds.SIGNED else "Q", data)
        if (order == ">") == (struct.pack("=H", 1) == b"\x01\x00"):
            numbers.byteswap()
        return Image.frombytes("F", size, array("f", numbers).tobytes(), "raw", "F;32NF")
    if bits == 16 and sample_format == kinds.FLOAT:
        halves = array("f", struct.unpack(f"{order}{len(data) // 2}e", data))
        return Image.frombytes("F", size, halves.tobytes(), "raw", "F;32NF")
    kind = {kinds.FLOAT: "F", kinds.SIGNED: "S", kinds.UNSIGNED: ""}[sample_format]
    return Image.frombytes("F", size, data, "raw", f"F;{bits}{'B' if order == '>' else ''}{kind}")
