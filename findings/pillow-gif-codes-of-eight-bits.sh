#!/bin/sh
# Pillow 13.0.0: a GIF of two colours is written with LZW codes that begin at nine bits, like one of 256.
#
# Expected: the minimum code size of a GIF's image is the number of bits of its palette, or 2 if that is 1 (GIF89a, appendix F), so the
# file of a black and white picture is smaller than that of 256 colours with the same shapes.
# Seen: the colour table has 4 entries and the minimum code size is 8, as with any palette.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0
venv/bin/python - <<'PYTHON'
import io

import PIL
from PIL import Image

picture = Image.new("P", (64, 64))
picture.putpalette([0, 0, 0, 255, 255, 255])
picture.putdata([(x * 7 + y * y) // 5 % 2 for y in range(64) for x in range(64)])
file = io.BytesIO()
picture.save(file, "GIF")
data = file.getvalue()
entries = 2 << (data[10] & 7)
at = 13 + 3 * entries
while data[at] == 0x21:
    at += 2
    while data[at]:
        at += data[at] + 1
    at += 1
assert data[at] == 0x2C
code_size = data[at + 10 + (3 * (2 << (data[at + 9] & 7)) if data[at + 9] & 0x80 else 0)]
print(f"Pillow {PIL.__version__}, {entries} colours in the table")
print("expected: minimum code size 2")
print(f"seen:     minimum code size {code_size}")
assert (entries, code_size) == (4, 8), "Pillow writes shorter codes now"
PYTHON
