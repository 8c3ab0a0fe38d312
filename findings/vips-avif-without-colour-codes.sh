#!/bin/sh
# libvips 8.18.7: an AVIF that is read and saved again has lost its colour codes, PQ becomes what readers take for sRGB.
#
# Expected: the box colr of the output says PQ (transfer 16) and BT.2020 (primaries 9), as that of the input: libvips has
# read and written HDR of 10 bits since 8.13, and libheif, which it calls, keeps these codes.
# Seen: the output has no box colr, and its AV1 data says BT.709 and sRGB (1, 13). libvips warns of that at level "debug"
# alone. https://github.com/libvips/libvips/pull/5140 is part of the change that writes them from 8.19 on.
# What we do: services/watermark/hdr/avif_container.py puts the AV1 data into a file of our own, with the codes.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0 pyvips==3.2.0 pyvips-binary==8.18.7
venv/bin/python - <<'PYTHON'
import io
import struct
from importlib.metadata import version

import pyvips
from PIL import Image

file = io.BytesIO()
Image.linear_gradient("L").convert("RGB").save(file, "AVIF", quality=90)
given = file.getvalue()
codes = given.index(b"nclx") + 4
given = given[:codes] + struct.pack(">2H", 9, 16) + given[codes + 4 :]
made = pyvips.Image.new_from_buffer(given, "").heifsave_buffer(compression="av1", bitdepth=10, Q=90)
header = "".join(f"{byte:08b}" for byte in made[made.index(b"mdat") :][:40])
print(f"pyvips-binary {version('pyvips-binary')}, libvips {'.'.join(str(pyvips.version(each)) for each in range(3))}")
print("expected: colr nclx 9/16 in the output, as in the input")
print(f"seen:     colr {'there' if b'colr' in made else 'missing'}; AV1 data with 1/13: {f'{1:08b}{13:08b}' in header}")
assert b"colr" not in made, "libvips writes the codes now: avif_container.py can go"
assert f"{1:08b}{13:08b}" in header
PYTHON
