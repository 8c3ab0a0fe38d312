#!/bin/sh
# Pillow 13.0.0 shows a 16-bit grey TIFF with white as zero as a negative, and the same picture in 8 bits as a positive.
#
# Expected: PhotometricInterpretation 0 (WhiteIsZero, TIFF 6.0, page 37) means that 0 is white, whatever the depth: an 8-bit and
# a 16-bit file of the same picture look alike. Pillow inverts 1-bit and 8-bit ones when it decodes them.
# Seen: 16-bit numbers are returned as they are in the file, in mode I;16, and only tag 262 in the image shows it.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0
venv/bin/python - <<'PYTHON'
import io
import struct

import PIL
from PIL import Image

WIDTH, HEIGHT = 16, 16


def tiff(bits, value):
    pixels = struct.pack("<B" if bits == 8 else "<H", value) * (WIDTH * HEIGHT)
    tags = [(256, WIDTH), (257, HEIGHT), (258, bits), (259, 1), (262, 0), (273, 8 + 2 + 12 * 9 + 4), (277, 1), (278, HEIGHT), (279, len(pixels))]
    body = b"".join(struct.pack("<HHII", tag, 4, 1, number) for tag, number in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + body + b"\0" * 4 + pixels


eight = Image.open(io.BytesIO(tiff(8, 0)))
sixteen = Image.open(io.BytesIO(tiff(16, 0)))
print(f"Pillow {PIL.__version__}")
print("expected: 0 is white in both: 255 of 255, 65535 of 65535")
print("8 bits: ", eight.mode, eight.getpixel((0, 0)))
print("16 bits:", sixteen.mode, sixteen.getpixel((0, 0)))
assert eight.getpixel((0, 0)) == 255
assert sixteen.getpixel((0, 0)) == 0, "Pillow inverts 16 bits now"
PYTHON
