#!/bin/sh
# Pillow 13.0.0: resize(…, Resampling.BOX) is not an area average where the scale is not a whole number.
#
# Expected: according to the documentation, each pixel of the source contributes to one pixel of the result with identical weights;
# many take it for the average over the area that a pixel of the result covers, as cv2.INTER_AREA computes it.
# Seen: a source pixel on a border counts fully or not at all. From 100 to 64 pixels a pixel of the result covers 1.5625 of the
# source's, but is made of one or two whole ones, so stripes of one pixel are up to 92 levels off. Comparing pictures of two
# programs after such a resize reports false differences. reduce(), and scales of whole numbers, are exact.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0
venv/bin/python - <<'PYTHON'
import PIL
from PIL import Image

SOURCE, RESULT = 100, 64
line = [255 if x % 2 else 0 for x in range(SOURCE)]


def area(index):
    """The average of what the result's pixel covers, parts of pixels by their part."""
    start, end = index * SOURCE / RESULT, (index + 1) * SOURCE / RESULT
    parts = [(max(0.0, min(end, x + 1) - max(start, x)), line[x]) for x in range(SOURCE)]
    return sum(part * value for part, value in parts) / (end - start)


image = Image.frombytes("L", (SOURCE, 1), bytes(line))
found = image.resize((RESULT, 1), Image.Resampling.BOX).tobytes()
worst = max(abs(found[index] - area(index)) for index in range(RESULT))
halved = image.resize((SOURCE // 2, 1), Image.Resampling.BOX).tobytes()
print(f"Pillow {PIL.__version__}")
print("expected: at most 1 level from the average over the area")
print(f"seen, 100 to 64 px: {worst:.0f} levels; 100 to 50 px: {max(abs(value - 127.5) for value in halved):.1f}")
assert max(abs(value - 127.5) for value in halved) <= 1
assert worst > 20, "BOX is an area average now"
PYTHON
