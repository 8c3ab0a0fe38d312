#!/bin/sh
# Pillow 13.0.0: quantize(palette=…) misses colours that are in the palette, where another entry is within four levels.
#
# Expected: a picture with exactly the colours of a palette, mapped to it without dithering, comes back unchanged: each pixel's nearest
# entry is its own, at distance 0.
# Seen: of 256 greys, each an entry of the palette, most come back as another grey, up to 3 levels off. The lookup is cached by the
# upper six bits of a channel, so entries that share them are one. A GIF of similar tones loses them without an error.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0
venv/bin/python - <<'PYTHON'
import PIL
from PIL import Image

palette = Image.new("P", (1, 1))
palette.putpalette([level for grey in range(256) for level in (grey, grey, grey)])
picture = Image.frombytes("L", (256, 1), bytes(range(256))).convert("RGB")
found = picture.quantize(palette=palette, dither=Image.Dither.NONE).convert("RGB")
off = [abs(a - b) for a, b in zip(picture.tobytes()[::3], found.tobytes()[::3], strict=True)]
print(f"Pillow {PIL.__version__}")
print("expected: 256 of 256 greys unchanged, at most 0 levels off")
print(f"seen:     {off.count(0)} of 256 greys unchanged, at most {max(off)} levels off")
assert off.count(0) < 256 and max(off) >= 2, "Pillow finds them now"
PYTHON
