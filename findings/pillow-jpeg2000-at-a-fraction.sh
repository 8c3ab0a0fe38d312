#!/bin/sh
# Pillow 13.0.0 fails to read three in eight widths, or heights, of JPEG 2000 at an eighth of their size, and a picture that begins
# away from its grid's origin at any fraction, though it reads each of these files at full size.
#
# Expected: after `image.reduce = 3` a picture of an eighth of the size, whatever the size is. ISO/IEC 15444-1, B.2 and B.5: a
# picture may begin anywhere on its grid (XOsiz, YOsiz); both corners are divided and rounded up.
# Seen: OSError, "broken data stream when reading image file", which blames the file. Pillow rounds the size to the nearest number
# and OpenJPEG up, so a side of 8n + 1, 2 or 3 pixels fails at an eighth, and one of 4n + 1 at a quarter.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.3.4
venv/bin/python - <<'PYTHON'
import io

import imagecodecs
import PIL
from PIL import Image, features


def saved(width, **options):
    stream = io.BytesIO()
    image = Image.linear_gradient("L").resize((width, 240)).convert("RGB")
    image.save(stream, "JPEG2000", tile_size=(64, 64), **options)
    data = stream.getvalue()
    assert imagecodecs.jpeg2k_decode(data).shape == (240, width, 3)
    return data


def width_of(data, halvings):
    with Image.open(io.BytesIO(data)) as opened:
        opened.reduce = halvings
        try:
            opened.load()
        except OSError as error:
            return str(error).split()[0]
        return opened.width


print(f"Pillow {PIL.__version__}, OpenJPEG {features.version('jpg_2000')}, imagecodecs {imagecodecs.__version__}")
seen = {}
for width in range(320, 329):
    seen[width] = [width_of(saved(width), halvings) for halvings in range(4)]
    print(width, "px: full, half, quarter and eighth:", *seen[width])
away = saved(320, tile_offset=(16, 8), offset=(20, 10))
at_away = [width_of(away, halvings) for halvings in range(4)]
print("320 px away from the origin:", *at_away)
assert all(widths[0] == width and widths[1] == -(-width // 2) for width, widths in seen.items())
assert [width for width, widths in seen.items() if widths[3] == "broken"] == [321, 322, 323], "Pillow reads them now"
assert [width for width, widths in seen.items() if widths[2] == "broken"] == [321, 325], "Pillow reads them now"
assert at_away == [320, "broken", "broken", "broken"], "Pillow reads it now"
PYTHON
