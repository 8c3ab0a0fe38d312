#!/bin/sh
# Pillow 13.0.0: the transparent colour of a 16-bit RGB PNG is compared with samples of eight bits.
#
# Expected: tRNS of a 16-bit RGB PNG names one colour of 48 bits; pixels of exactly that colour are transparent, and no others
# (PNG, third edition, 11.3.1.1).
# Seen: samples are reduced to their high bytes and compared with the 16-bit numbers of tRNS. The named colour stays opaque; where
# the numbers are below 256, pixels of another colour, whose high bytes equal them, become transparent.
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


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def alpha_of(named, *colours):
    """The alpha of one pixel of each colour, where one colour is named transparent."""
    row = b"\0" + b"".join(struct.pack(">3H", *colour) for colour in colours)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", len(colours), 1, 16, 2, 0, 0, 0))
    png += chunk(b"tRNS", struct.pack(">3H", *named)) + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b"")
    with Image.open(io.BytesIO(png)) as image:
        return list(image.convert("RGBA").getchannel("A").tobytes())


bright, dark, other = (0x1234, 0x5678, 0x9ABC), (0x12, 0x34, 0x56), (0x12FF, 0x34FF, 0x56FF)
seen = alpha_of(bright, bright), alpha_of(dark, dark, other)
print(f"Pillow {PIL.__version__}")
print("expected: the colour itself 0; the dark colour 0, the other colour 255")
print(f"seen:     the colour itself {seen[0][0]}; the dark colour {seen[1][0]}, the other colour {seen[1][1]}")
assert seen == ([255], [255, 0]), "Pillow compares them otherwise now"
PYTHON
