#!/bin/sh
# Pillow 13.0.0 shears a JPEG 2000 whose samples are two grid points apart, if the grid has an odd width; there is no error.
#
# Expected: the picture, as for the even width. ISO/IEC 15444-1, A.5.1 (XRsiz, YRsiz) and B.2: a channel has the width of the grid
# divided by the step and rounded up, so both grids have the same 120 samples in a row.
# Seen: every row begins one sample further to the side than the one above. Pillow rounds the width of the channels down, so its rows
# are one sample too short.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0
venv/bin/python - <<'PYTHON'
import io
import struct

import PIL
from PIL import Image, features

WIDTH, HEIGHT = 120, 80
bar = Image.new("RGB", (WIDTH, HEIGHT), (20, 20, 20))
bar.paste((240, 240, 240), (60, 0, 70, HEIGHT))


def apart(grid_width):
    """The codestream of the picture, with samples two points apart on a grid of this width."""
    stream = io.BytesIO()
    bar.save(stream, "JPEG2000", no_jp2=True)
    data = bytearray(stream.getvalue())
    struct.pack_into(">8I", data, 8, grid_width, 2 * HEIGHT, 0, 0, grid_width, 2 * HEIGHT, 0, 0)
    for channel in range(3):
        data[43 + 3 * channel : 45 + 3 * channel] = b"\2\2"
    return bytes(data)


def bar_at(image, row):
    return next(x for x in range(image.width) if image.getpixel((x, row))[0] > 128)


print(f"Pillow {PIL.__version__}, OpenJPEG {features.version('jpg_2000')}")
begins = {}
for grid_width in (240, 239):
    data = apart(grid_width)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        begins[grid_width] = [bar_at(image, row) for row in (0, 40, 80, 120)]
        print(f"grid of {grid_width}: {image.size}, the bar begins at", *begins[grid_width])
assert begins[240] == [120] * 4
assert len(set(begins[239])) == 4, "Pillow reads it right now"
PYTHON
