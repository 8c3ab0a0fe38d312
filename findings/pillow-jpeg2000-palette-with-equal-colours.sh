#!/bin/sh
# Pillow 13.0.0 shows wrong colours for a JPEG 2000 whose palette has the same colour twice; there is no error.
#
# Expected: each index has the colour of its row of the palette (ISO/IEC 15444-1, I.5.3.4 and I.5.3.5), as imagecodecs gives it with
# the same decoder (OpenJPEG). Unused rows are usually all black, and quantizers may give one colour twice.
# Seen: rows with a colour that was there already are left out, so every later index has the colour of a later row.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.3.4
venv/bin/python - <<'PYTHON'
import io
import struct

import imagecodecs
import PIL
from PIL import Image

TWICE = [(0, 0, 0), (0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 255, 255)]
ONCE = [(1, 1, 1), *TWICE[1:]]


def box(name, body):
    return struct.pack(">I4s", 8 + len(body), name) + body


def with_palette(palette):
    stream = io.BytesIO()
    Image.frombytes("L", (8, 8), bytes(range(8)) * 8).save(stream, "JPEG2000", no_jp2=True)
    header = (
        box(b"ihdr", struct.pack(">IIHBBBB", 8, 8, 1, 7, 7, 0, 0))
        + box(b"colr", struct.pack(">BBBI", 1, 0, 0, 16))
        + box(b"pclr", struct.pack(">HB", len(palette), 3) + b"\7\7\7" + b"".join(map(bytes, palette)))
        + box(b"cmap", b"".join(struct.pack(">HBB", 0, 1, column) for column in range(3)))
    )
    parts = box(b"ftyp", b"jp2 \0\0\0\0jp2 ") + box(b"jp2h", header) + box(b"jp2c", stream.getvalue())
    return box(b"jP  ", b"\r\n\x87\n") + parts


def colours(data):
    with Image.open(io.BytesIO(data)) as image:
        shown = image.convert("RGB")
        return [shown.getpixel((x, 0)) for x in range(8)]


print(f"Pillow {PIL.__version__}, imagecodecs {imagecodecs.__version__}")
for palette in (ONCE, TWICE):
    data = with_palette(palette)
    assert [tuple(map(int, pixel)) for pixel in imagecodecs.jpeg2k_decode(data)[0]] == palette
    print("palette", palette)
    print("Pillow ", colours(data))
assert colours(with_palette(ONCE)) == ONCE
assert colours(with_palette(TWICE))[:6] == [TWICE[0], *TWICE[2:7]], "Pillow reads it right now"
PYTHON
