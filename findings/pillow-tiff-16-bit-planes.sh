#!/bin/sh
# Pillow 13.0.0 decodes an uncompressed 16-bit RGB TIFF in separate planes to noise.
#
# Expected: the same pixels as from tifffile, and as from the same planes with Deflate, which Pillow decodes correctly. TIFF 6.0
# (PlanarConfiguration 2) makes no difference between compressed and uncompressed planes.
# Seen: no error. The strips are read as bytes instead of 16-bit words: half of the rows have the high bytes (correct), half the low
# ones, so a flat picture becomes two.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0 tifffile==2026.3.3 numpy==2.3.4
venv/bin/python - <<'PYTHON'
import io
import struct
import zlib

import PIL
import tifffile
from PIL import Image

WIDTH, HEIGHT = 64, 32
WANT = (0xC81E, 0x4B32, 0x0A64)  # red, green and blue, each of one value all over its plane


def tiff(compression):
    planes = [struct.pack("<H", value) * (WIDTH * HEIGHT) for value in WANT]
    if compression == 8:
        planes = [zlib.compress(plane) for plane in planes]
    tags = [(256, 3, 1, WIDTH), (257, 3, 1, HEIGHT), (258, 3, 3, "bits"), (259, 3, 1, compression), (262, 3, 1, 2),
            (273, 4, 3, "offsets"), (277, 3, 1, 3), (278, 3, 1, HEIGHT), (279, 4, 3, "counts"), (284, 3, 1, 2)]
    at = 8 + 2 + 12 * len(tags) + 4
    extra = {"bits": struct.pack("<3H", 16, 16, 16), "counts": struct.pack("<3I", *map(len, planes))}
    start = at + sum(map(len, extra.values())) + 12
    offsets = [start + sum(map(len, planes[:index])) for index in range(3)]
    extra["offsets"] = struct.pack("<3I", *offsets)
    body, tail = b"", b""
    for tag, kind, count, value in tags:
        if isinstance(value, str):
            value, tail = at + len(tail), tail + extra[value]
        body += struct.pack("<HHI", tag, kind, count) + struct.pack("<I", value)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + body + b"\0" * 4 + tail + b"".join(planes)


def colours(data):
    with Image.open(io.BytesIO(data)) as image:
        return sorted(image.convert("RGB").getcolors(WIDTH * HEIGHT))


plain, deflated = tiff(1), tiff(8)
for data in (plain, deflated):
    read = tifffile.imread(io.BytesIO(data))
    found = {tuple(int(read[plane].reshape(-1)[index]) for plane in range(3)) for index in (0, 700, WIDTH * HEIGHT - 1)}
    assert found == {WANT}, found
want = [(WIDTH * HEIGHT, tuple(value >> 8 for value in WANT))]
print(f"Pillow {PIL.__version__}, tifffile {tifffile.__version__}")
print("expected", want)
print("deflated", colours(deflated))
print("plain   ", colours(plain))
assert colours(deflated) == want
assert colours(plain) != want, "Pillow reads it right now"
PYTHON
