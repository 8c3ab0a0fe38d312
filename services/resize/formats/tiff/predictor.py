"""Predictors of TIFF undone: differences of whole numbers, and of floating point ones by their bytes. No AWS."""

import struct
from itertools import accumulate

from PIL import Image, ImageChops

from services.resize.formats.tiff.layout import Layout


def sums(image: Image.Image, step: int) -> Image.Image:
    """Each byte as the sum, in a byte, of those to the left of it in steps: each pass adds twice as many."""
    while step < image.width:
        moved = Image.new("L", image.size)
        moved.paste(image.crop((0, 0, image.width - step, image.height)), (step, 0))
        image = ImageChops.add_modulo(image, moved)
        step *= 2
    return image


def weighed(summed: Image.Image, layout: Layout, order: str) -> bytes:
    """Floating point numbers of lines that have their bytes by their weight, the highest of all numbers first.

    Adobe Photoshop TIFF Technical Note 3.
    """
    size = layout.bits // 8
    count = summed.width // size
    out = bytearray(summed.width * summed.height)
    for byte in range(size):
        band = summed.crop((byte * count, 0, (byte + 1) * count, summed.height)).tobytes()
        out[byte if order == ">" else size - 1 - byte :: size] = band
    return bytes(out)


def undone(line: bytes, layout: Layout, order: str, predictor: int) -> bytes:
    """One line of whole numbers of their differences."""
    samples, bits = layout.plane_samples, layout.bits
    code = {16: "H", 32: "I", 64: "Q"}.get(bits)
    if predictor != 2 or code is None:
        raise layout.unsupported(f"predictor {predictor}")
    full = 2**bits - 1
    numbers = list(struct.unpack(f"{order}{len(line) * 8 // bits}{code}", line))
    for channel in range(samples):
        numbers[channel::samples] = [value & full for value in accumulate(numbers[channel::samples])]
    return struct.pack(f"{order}{len(numbers)}{code}", *numbers)
