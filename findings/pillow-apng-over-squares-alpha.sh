#!/bin/sh
# Pillow 13.0.0 composites a half-transparent APNG frame over a fully transparent canvas with its alpha squared and darkened.
#
# Expected: PNG 3 (blend_op 1, APNG_BLEND_OP_OVER) refers to the over operator: over nothing, a frame of (255, 0, 0, 128) stays
# (255, 0, 0, 128). Over opaque blue it gives an opaque mixture. Image.alpha_composite of the same Pillow does both.
# Seen: over nothing (128, 0, 0, 64); over opaque blue the alpha falls to about 192, which is a hole in an opaque area.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0
venv/bin/python - <<'PYTHON'
import io
import struct
import zlib

import PIL
from PIL import Image


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def apng(first, second):
    rows = [zlib.compress((b"\0" + bytes(colour) * 8) * 8) for colour in (first, second)]
    control = lambda number, blend: chunk(b"fcTL", struct.pack(">5I2H2B", number, 8, 8, 0, 0, 1, 10, 0, blend))
    return b"".join([
        b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 6, 0, 0, 0)), chunk(b"acTL", struct.pack(">II", 2, 0)),
        control(0, 0), chunk(b"IDAT", rows[0]), control(1, 1), chunk(b"fdAT", struct.pack(">I", 2) + rows[1]), chunk(b"IEND", b""),
    ])


def second_frame(ground):
    image = Image.open(io.BytesIO(apng(ground, (255, 0, 0, 128))))
    image.seek(1)
    return image.convert("RGBA").getpixel((4, 4))


def composited(ground):
    under, over = (Image.new("RGBA", (1, 1), colour) for colour in (ground, (255, 0, 0, 128)))
    return Image.alpha_composite(under, over).getpixel((0, 0))


print(f"Pillow {PIL.__version__}")
for name, ground in (("nothing", (0, 0, 0, 0)), ("opaque blue", (0, 0, 255, 255))):
    print(f"over {name}: expected {composited(ground)}, seen {second_frame(ground)}")
assert composited((0, 0, 0, 0)) == (255, 0, 0, 128)
assert second_frame((0, 0, 0, 0))[3] < 100, "Pillow composites it right now"
assert second_frame((0, 0, 255, 255))[3] < 255, "Pillow composites it right now"
PYTHON
