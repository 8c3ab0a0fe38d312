"""The colour that most of a picture's padded edges have, for padding that continues them. No AWS."""

from typing import Final

from PIL import Image

from services.resize.dominant_colour import OPAQUE, most_frequent
from services.resize.scaling import ResizePlan
from services.resize.settings import TRANSPARENT

# Depth of an edge that counts: thicker than the softness of a resize, thinner than what a border surrounds.
_DEPTH_PX: Final = 2
_SAMPLES: Final = 128


def edge_colour(image: Image.Image, plan: ResizePlan) -> str:
    """The colour of the edges that padding touches, such as "#1e90ff"; TRANSPARENT where most of those are.

    Args:
        image: the picture as it is put on its canvas: L, RGB or RGBA.
        plan: its plan.
    """
    width, height = image.size
    across, down = min(_DEPTH_PX, width), min(_DEPTH_PX, height)
    right, bottom = plan.canvas[0] - plan.at[0] - width, plan.canvas[1] - plan.at[1] - height
    edges = [
        (plan.at[0], (0, 0, across, height)),
        (right, (width - across, 0, width, height)),
        (plan.at[1], (0, 0, width, down)),
        (bottom, (0, height - down, width, height)),
    ]
    # All four, where the picture fills its canvas: its own transparent parts get the colour then.
    boxes = [box for padding, box in edges if padding > 0] or [box for _, box in edges]
    strips = [image.crop(box) for box in boxes]
    pixels = b"".join(_few(strip).convert("RGBA").tobytes() for strip in strips)
    # A cut-out that touches its edges would vanish in its own colour.
    clear = sum(alpha < OPAQUE for alpha in pixels[3::4])
    colour = None if clear > len(pixels) // 8 else most_frequent(pixels)
    return colour or TRANSPARENT


def _few(strip: Image.Image) -> Image.Image:
    """At most some hundred pixels of an edge: more would cost time, and change nothing."""
    size = min(strip.width, _SAMPLES), min(strip.height, _SAMPLES)
    return strip if strip.size == size else strip.resize(size, Image.Resampling.NEAREST)
