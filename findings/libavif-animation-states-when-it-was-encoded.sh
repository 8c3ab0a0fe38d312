#!/bin/sh
# libavif 1.4.2 (in Pillow 13.0.0): the same frames with the same options are another animated AVIF a second later.
#
# Expected: equal bytes, as of an animated WebP, GIF or APNG, and of a still AVIF; nothing in the options asks for a time.
# Seen: mvhd, tkhd and mdhd have the second of the encoding as the times of creation and modification (ISO/IEC 14496-12,
# 8.2.2), six in all; no option leaves them out. All other bytes are equal.
# What we do: services/watermark/encoding/avif.py sets them to zero, since output keys may have a digest.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0
venv/bin/python - <<'PYTHON'
import io
import time
from importlib.metadata import version

from PIL import Image, features

frames = [Image.linear_gradient("L").rotate(90 * turn).convert("RGB") for turn in range(3)]
EPOCH = 2_082_844_800  # seconds from 1904, from which these times count, to 1970


def encoded(form, **options):
    file = io.BytesIO()
    frames[0].save(file, form, max_threads=1, **options)
    return file.getvalue()


def animated(form):
    return encoded(form, save_all=True, append_images=frames[1:], duration=80)


def times(data):
    """The times of creation in the boxes of version 1 of these names."""
    found = {}
    for name in (b"mvhd", b"tkhd", b"mdhd"):
        at = data.index(name) + 8
        found[name.decode()] = int.from_bytes(data[at : at + 8], "big") - EPOCH
    return found


print(f"Pillow {version('pillow')}, libavif {features.version('avif')}")
began = int(time.time())
first = {form: animated(form) for form in ("AVIF", "WEBP", "GIF", "PNG")}
still = encoded("AVIF")
time.sleep(1.5)
second = {form: animated(form) for form in first}
equal = {form: data == second[form] for form, data in first.items()}
moved = [at for at, (one, other) in enumerate(zip(first["AVIF"], second["AVIF"])) if one != other]
print(f"expected: equal a second later, seen: {equal}, a still AVIF {still == encoded('AVIF')}")
print(f"times in the AVIF: {({name: 'now' if 0 <= at - began <= 9 else at for name, at in times(first['AVIF']).items()})}")
print(f"bytes that differ: {len(moved)}")
assert equal == {"AVIF": False, "WEBP": True, "GIF": True, "PNG": True}, "libavif states no time now"
assert still == encoded("AVIF")
assert all(0 <= at - began <= 9 for at in times(first["AVIF"]).values())
assert len(first["AVIF"]) == len(second["AVIF"])
assert 6 <= len(moved) <= 24
PYTHON
