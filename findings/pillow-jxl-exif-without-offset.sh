#!/bin/sh
# pillow-jxl-plugin 1.3.8: the box Exif of a JPEG XL lacks the offset that it must begin with.
#
# Expected: the box begins with four bytes, the distance to the TIFF header: ISO/IEC 18181-2, and JxlEncoderAddBox in
# https://github.com/libjxl/libjxl/blob/v0.12.0/lib/include/jxl/encode.h.
# Seen: the box begins with the TIFF header itself. A reader that keeps to the standard takes II*\0 for the offset.
# What we do: services/watermark/encoding/jxl.py puts the four bytes before what it hands to the encoder.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0 pillow-jxl-plugin==1.3.8
venv/bin/python - <<'PYTHON'
import io
from importlib.metadata import version

import pillow_jxl
from PIL import Image

exif = Image.Exif()
exif[0x013B] = "Ada"
file = io.BytesIO()
Image.new("RGB", (8, 8)).save(file, "JXL", exif=exif.tobytes())
data = file.getvalue()
at = data.index(b"Exif") + 4
print(f"pillow-jxl-plugin {version('pillow-jxl-plugin')}")
print(f"expected: {bytes(4) + exif.tobytes()[6:10]}")
print(f"seen:     {data[at : at + 8]}")
assert data[at : at + 4] in (b"II*\0", b"MM\0*"), "the plug-in writes the offset now: the pipeline must not"
PYTHON
