#!/bin/sh
# Pillow 13.0.0 reads a JPEG 2000 that does not begin at the origin of its reference grid at full size, but at no reduced size.
#
# Expected: the picture at a half, a quarter and an eighth of its size after `image.reduce = 1`, 2 or 3, as for the same pixels at
# the origin. The file is whole: Pillow and imagecodecs decode it at full size, and OpenJPEG can reduce it. ISO/IEC 15444-1, B.2,
# lets a picture begin anywhere on its grid (XOsiz, YOsiz), and B.5 divides both corners by the same power of two.
# Seen: OSError, "broken data stream when reading image file", which blames the file.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.3.4
venv/bin/python - <<'PYTHON'
import io

import imagecodecs
import PIL
from PIL import Image, features

image = Image.linear_gradient("L").resize((320, 240)).convert("RGB")


def saved(**options):
    stream = io.BytesIO()
    image.save(stream, "JPEG2000", tile_size=(64, 64), **options)
    return stream.getvalue()


def read(data, halvings):
    with Image.open(io.BytesIO(data)) as opened:
        opened.reduce = halvings
        try:
            opened.load()
        except OSError as error:
            return str(error)
        return opened.size


at_origin = saved()
beside = saved(tile_offset=(16, 8), offset=(20, 10))
print(f"Pillow {PIL.__version__}, OpenJPEG {features.version('jpg_2000')}, imagecodecs {imagecodecs.__version__}")
for halvings in range(4):
    print(f"halved {halvings} times: at the origin {read(at_origin, halvings)}, beside it {read(beside, halvings)}")
assert imagecodecs.jpeg2k_decode(beside).shape == (240, 320, 3)
assert read(at_origin, 0) == read(beside, 0) == (320, 240)
for halvings in (1, 2, 3):
    assert read(at_origin, halvings) == (320 >> halvings, 240 >> halvings)
    assert "broken data stream" in read(beside, halvings), "Pillow reads it now"
PYTHON
