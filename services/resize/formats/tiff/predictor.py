"""Predictors of TIFF undone: differences of integers, and of floating-point numbers by their bytes. No AWS."""

import struct
from itertools import accumulate

from PIL import Image, ImageChops

from services.resize.formats.tiff.layout import Layout


def sums(image: Image.Image, step: int) -> Image.Image:
    """Running sums of bytes, modulo 256, over every step-th byte: each pass doubles the reach."""
    while step < image.width:
        moved = Image.new("L", image.size)
        moved.paste(image.crop((0, 0, image.width - step, image.height)), (step, 0))
        image = ImageChops.add_modulo(image, moved)
        step *= 2
    return image


def regrouped(summed: Image.Image, layout: Layout, order: str) -> bytes:
    """Regroup lines of floating-point numbers, stored as byte planes with the highest first, into whole numbers.

    See Adobe Photoshop TIFF Technical Note 3.
    """
    size = layout.bits // 8
    count = summed.width // size
    out = bytearray(summed.width * summed.height)
    for byte in range(size):
        band = summed.crop((byte * count, 0, (byte + 1) * count, summed.height)).tobytes()
        out[byte if order == ">" else size - 1 - byte :: size] = band
    return bytes(out)


def undone(line: bytes, layout: Layout, order: str, predictor: int) -> bytes:
    """One line of integers, from their differences."""
    samples, bits = layout.plane_samples, layout.bits
    code = {16: "H", 32: "I", 64: "Q"}.get(bits)
    if predictor != 2 or code is None:
        raise layout.unsupported(f"predictor {predictor}")
    full = 2**bits - 1
    numbers = list(struct.unpack(f"{order}{len(line) * 8 // bits}{code}", line))
    for channel in range(samples):
        numbers[channel::samples] = [value & full for value in accumulate(numbers[channel::samples])]
    return struct.pack(f"{order}{len(numbers)}{code}", *numbers)
