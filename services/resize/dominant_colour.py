"""The colour that most of a picture has, for a page to show until the picture is loaded. No AWS."""

from operator import itemgetter
from typing import Final

from PIL import Image

# Enough to count colours: more would cost time and change nothing.
_LOOKED_AT_PX: Final = 32
# Each of these pixels is the mean of this many by this many samples.
_SAMPLES: Final = 4
# Colours that are distinguished, by median cut.
_COLOURS: Final = 8
# Alpha from which a pixel counts as opaque.
OPAQUE: Final = 128


def dominant_colour(image: Image.Image) -> str | None:
    """The most frequent colour, such as "#1e90ff"; None if the picture is transparent everywhere.

    Args:
        image: an image of mode L, RGB or RGBA.
    """
    # Samples first, then means of those: means of all pixels would take 1 ms, and find the same colour.
    step = max(image.size) / (_LOOKED_AT_PX * _SAMPLES)
    if step > 1:
        size = max(1, round(image.width / step)), max(1, round(image.height / step))
        image = image.resize(size, Image.Resampling.NEAREST)
    return most_frequent(image.reduce(max(1, max(image.size) // _LOOKED_AT_PX)).convert("RGBA").tobytes())


def most_frequent(pixels: bytes) -> str | None:
    """The most frequent colour of some hundred pixels; None if none of them is opaque.

    Args:
        pixels: four bytes of each: red, green, blue, alpha.
    """
    opaque = _opaque(pixels)
    if not opaque:
        return None
    line = Image.frombytes("RGB", (len(opaque) // 3, 1), opaque)
    few = line.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    colours: list[tuple[int, tuple[int, int, int]]] = few.getcolors() or []  # type: ignore[assignment]  # as the mode has
    _, colour = max(colours, key=itemgetter(0))
    return "#" + bytes(colour).hex()


def _opaque(pixels: bytes) -> bytes:
    """The colours of the opaque ones, three bytes of each."""
    if min(pixels[3::4]) < OPAQUE:
        return b"".join(pixels[at : at + 3] for at in range(0, len(pixels), 4) if pixels[at + 3] >= OPAQUE)
    colours = bytearray(len(pixels) // 4 * 3)
    for channel in range(3):
        colours[channel::3] = pixels[channel::4]
    return bytes(colours)
