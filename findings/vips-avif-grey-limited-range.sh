#!/bin/sh
# libvips 8.18.7: a grey AVIF of limited range is shown washed out: black is 16 and white 235.
#
# Expected: black is 0 and white 255. The box colr of the file states limited range (full_range_flag 0: ISO/IEC 23091-2,
# 8.3), and the same picture in three channels is read so, by the same library, to within one level.
# Seen: with one channel (monochrome in the box av1C) the samples are returned as they are stored. libavif 1.4.2, which
# Pillow calls and browsers use, expands both files alike. A plane of alpha is stored in the same way.
# What we do: libavif decodes AVIFs. Where libvips decodes ten bits for us, grey of limited range becomes SDR by libavif
# (ADR 54).
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0 pyvips==3.2.0 pyvips-binary==8.18.7
venv/bin/python - <<'PYTHON'
import io
from importlib.metadata import version

import pyvips
from PIL import Image, features

ramp = Image.linear_gradient("L")
ROWS = (0, 64, 128, 192, 255)
seen = {}
print(f"pyvips-binary {version('pyvips-binary')}, libvips {'.'.join(str(pyvips.version(each)) for each in range(3))}")
print(f"Pillow {version('pillow')}, libavif {features.version('avif')}; made: {[ramp.getpixel((99, y)) for y in ROWS]}")
for mode in ("RGB", "L"):
    file = io.BytesIO()
    ramp.convert(mode).save(file, "AVIF", quality=100, range="limited")
    given = file.getvalue()
    assert given[given.index(b"nclx") + 10] == 0, "the file does not state limited range"
    assert bool(given[given.index(b"av1C") + 6] & 0x10) == (mode == "L"), "monochrome is not as it should be"
    by_libavif = Image.open(file).convert("L")
    by_vips = pyvips.Image.new_from_buffer(given, "")
    seen[mode] = [int(by_vips(99, y)[0]) for y in ROWS]
    print(f"{mode:3}: libavif {[by_libavif.getpixel((99, y)) for y in ROWS]}, libvips {seen[mode]}")
    assert max(abs(by_libavif.getpixel((99, y)) - ramp.getpixel((99, y))) for y in ROWS) <= 1
print("expected: libvips reads both as libavif does")
assert max(abs(value - ramp.getpixel((99, y))) for value, y in zip(seen["RGB"], ROWS)) <= 2
assert (seen["L"][0], seen["L"][-1]) == (16, 235), "libvips expands limited range of grey now"
PYTHON
