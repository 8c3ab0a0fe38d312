#!/bin/sh
# pillow-jxl-plugin 1.3.8 refuses quality 100, by an error that names neither the quality nor lossless.
#
# Expected: 100 is the best of a "JPEG-Style quality", as its README has it: either the finest lossy file, as of Pillow's
# JPEG, WebP and AVIF, or a lossless one. libjxl makes it distance 0, and calls that mathematically lossless:
# JxlEncoderSetFrameDistance in https://github.com/libjxl/libjxl/blob/v0.12.0/lib/include/jxl/encode.h.
# Seen: RuntimeError, "The encoder API is used in an incorrect way". 99 gives a lossy file. `lossless=True` gives a
# lossless one, whatever the quality. libjxl refuses a distance of 0 for a frame that is not lossless.
# What we do: services/watermark/encoding/jxl.py takes 100 for lossless.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0 pillow-jxl-plugin==1.3.8
venv/bin/python - <<'PYTHON'
import io
from importlib.metadata import version

import pillow_jxl
from PIL import Image, ImageChops

picture = Image.merge("RGB", [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.new("L", (256, 256), 90)])


def saved(kind, **options):
    file = io.BytesIO()
    try:
        picture.save(file, kind, **options)
    except RuntimeError as error:
        return f"{type(error).__name__}: {error}"
    different = max(most for _, most in ImageChops.difference(Image.open(file).convert("RGB"), picture).getextrema())
    return "lossy" if different else "lossless"


print(f"pillow-jxl-plugin {version('pillow-jxl-plugin')}, Pillow {version('pillow')}")
for kind, options, expected in (
    ("JPEG", {"quality": 100}, "lossy"),
    ("WEBP", {"quality": 100}, "lossy"),
    ("AVIF", {"quality": 100}, "lossy"),
    ("JXL", {"quality": 99}, "lossy"),
    ("JXL", {"quality": 100}, "RuntimeError: The encoder API is used in an incorrect way"),
    ("JXL", {"quality": 100, "lossless": True}, "lossless"),
    ("JXL", {"quality": 50, "lossless": True}, "lossless"),
):
    seen = saved(kind, **options)
    print(f"{kind} {options}: {seen}")
    assert seen == expected, "the plug-in does otherwise now"
PYTHON
