#!/bin/sh
# Pillow 13.0.0 with libavif 1.4.2: an AVIF of 10 bits that is read as 8 bits is greener than it was, by one level.
#
# Expected: each channel is off by less than half a level, and by nothing on average, as rounding is.
# Seen: on average red and blue are too low by 0.6 and 0.7, and green is too high by 0.4. libavif lets libyuv convert,
# which cuts the two lower bits of both chroma channels (I410ToARGBMatrix and its kin in libyuv's row_common.cc). In HDR a
# level near white is worth three levels of sRGB, and a cloudy sky becomes green. libheif, by libvips, rounds.
# What we do: services/resize/formats/avif_rounding.py has what is missing on average, and tone mapping adds it.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0 pyvips==3.2.0 pyvips-binary==8.18.7
venv/bin/python - <<'PYTHON'
import io
from importlib.metadata import version

import pyvips
from PIL import Image, ImageStat, features

noise = [pyvips.Image.gaussnoise(256, 256, mean=32_000, sigma=2_000, seed=seed) for seed in (1, 2, 3)]
words = noise[0].bandjoin(noise[1:]).cast("ushort").copy(interpretation="rgb16")
file = words.heifsave_buffer(compression="av1", bitdepth=10, Q=100, subsample_mode="off")
ten = pyvips.Image.new_from_buffer(file, "")
eight = ImageStat.Stat(Image.open(io.BytesIO(file)).convert("RGB")).mean
full = 1023 << 6
off = [round(mean - ten[band].avg() / full * 255, 2) for band, mean in enumerate(eight)]
print(f"Pillow {version('pillow')}, libavif {features.version('avif')}")
print("expected: red, green and blue off by 0.0 on average")
print(f"seen:     {off}")
assert off[0] < -0.4 and off[1] > 0.2 and off[2] < -0.4, "libavif rounds now: avif_rounding.py can go"
PYTHON
