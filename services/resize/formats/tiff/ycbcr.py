"""YCbCr that no JPEG decoder has converted to RGB. No AWS."""

from typing import Final

from PIL import Image

from services.resize.formats.tiff.blocks import Block
from services.resize.formats.tiff.directories import Directory
from services.resize.formats.tiff.layout import Layout

# CCIR 601: the default of YCbCrCoefficients. TIFF 6.0, section 21.
_LUMA: Final = (0.299, 0.587, 0.114)


def matrix_of(directory: Directory) -> tuple[float, ...]:
    """The conversion of YCbCr to RGB as Pillow takes it: four numbers for each of red, green and blue."""
    luma = directory.values(529)
    red, green, blue = luma if len(luma) == 3 and luma[1] > 0 else _LUMA
    # TIFF 6.0, section 20: the default of ReferenceBlackWhite for YCbCr.
    reference = directory.values(532)
    if len(reference) != 6 or any(reference[at] == reference[at + 1] for at in (0, 2, 4)):
        reference = (0, 255, 128, 255, 128, 255)
    y_scale = 255 / (reference[1] - reference[0])
    b_scale, r_scale = (127 / (reference[at + 1] - reference[at]) for at in (2, 4))
    to_red, to_blue = 2 - 2 * red, 2 - 2 * blue
    black, middle_b, middle_r = -reference[0] * y_scale, -reference[2] * b_scale, -reference[4] * r_scale
    rows = ((0.0, to_red), (-blue * to_blue / green, -red * to_red / green), (to_blue, 0.0))
    return tuple(
        value
        for by_b, by_r in rows
        for value in (y_scale, by_b * b_scale, by_r * r_scale, black + by_b * middle_b + by_r * middle_r)
    )


class YCbCr:
    """Converts YCbCr that no JPEG decoder has converted to RGB.

    Args:
        layout: layout of the samples.
        directory: directory with the coefficients and the numbers of black and white.
    """

    def __init__(self, layout: Layout, directory: Directory) -> None:
        self._layout = layout
        self._matrix = matrix_of(directory)

    def image(self, block: Block) -> Image.Image:
        """The block as RGB."""
        layout = self._layout
        size = layout.width, block.rows
        if not layout.subsampled:
            if layout.planar:
                bands = [Image.frombytes("L", size, plane) for plane in block.planes]
                return Image.merge("RGB", bands).convert("RGB", self._matrix)
            return Image.frombytes("RGB", size, block.planes[0]).convert("RGB", self._matrix)
        across, down = layout.subsampling
        unit = across * down + 2
        units = -(-layout.width // across)
        line = units * unit
        data = block.planes[0]
        lights = bytearray(units * across * block.rows)
        for y in range(down):
            for x in range(across):
                for row in range(block.rows // down):
                    start = (row * down + y) * units * across
                    lights[start + x : start + units * across : across] = data[
                        row * line + y * across + x : (row + 1) * line : unit
                    ]
        small = units, block.rows // down
        wide = units * across, block.rows
        bands = [Image.frombytes("L", wide, bytes(lights))]
        for channel in range(2):
            chroma = Image.frombytes("L", small, data[across * down + channel :: unit])
            bands.append(chroma.resize(wide, Image.Resampling.NEAREST))
        return Image.merge("RGB", bands).crop((0, 0, *size)).convert("RGB", self._matrix)
