#!/bin/sh
# Pillow 13.0.0: the same picture with the same options is another AVIF on a machine with one processor than with two.
#
# Expected: equal bytes, as of a JPEG, PNG or WebP. Threads are for speed, and docs of Pillow's `max_threads` name nothing
# else: https://pillow.readthedocs.io/en/stable/handbook/image-file-formats.html#avif
# Seen: one thread and two give other bytes; two, four and eight give the same for this picture. `max_threads` is by
# default the number of processors that the process may use, and libavif cuts the picture into tiles by it. Without
# tiles (`autotiling=False`) one thread still differs from two.
# What we do: two threads everywhere, since output keys may have a digest (services/watermark/encoding/files.py).
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0
venv/bin/python - <<'PYTHON'
import hashlib
import io
import random
from importlib.metadata import version

from PIL import Image, features

noise = random.Random(1)
small = Image.frombytes("RGB", (88, 63), noise.randbytes(88 * 63 * 3))
picture = small.resize((700, 500), Image.Resampling.BICUBIC)


def digest(form, **options):
    file = io.BytesIO()
    picture.save(file, form, quality=60, **options)
    return f"{hashlib.sha256(file.getvalue()).hexdigest()[:8]} ({len(file.getvalue()):,} bytes)"


print(f"Pillow {version('pillow')}, libavif {features.version('avif')}")
assert digest("AVIF", max_threads=2) == digest("AVIF", max_threads=2), "it differs even with the same number"
tiled = {threads: digest("AVIF", max_threads=threads) for threads in (1, 2, 4, 8)}
untiled = {threads: digest("AVIF", max_threads=threads, autotiling=False) for threads in (1, 2, 4, 8)}
print("expected: one digest in each line")
print(f"seen:     {tiled}")
print(f"          without tiles {untiled}")
assert tiled[1] != tiled[2], "the number of threads no longer matters: max_threads can go"
assert tiled[2] == tiled[4] == tiled[8]
assert untiled[1] != untiled[2] == untiled[4] == untiled[8]
PYTHON
