#!/bin/sh
# Pillow 13.0.0 opens a JPEG 2000 in CIE Lab as RGB: red is shown as green, without an error or a warning.
#
# Expected: mode LAB, which Pillow has and which it gives a TIFF in CIE Lab. ISO/IEC 15444-2 (table M.25 and M.11.7.4.1)
# has CIE Lab as the enumerated colour space 14, with these ranges by default: L from 0 to 100, a over 170 around 128, b
# over 200 around 96, of eight bits each, for illuminant D50.
# Seen: mode RGB, and the three samples as they are in the file.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check pillow==13.0.0
venv/bin/python - <<'PYTHON'
import io
import struct

import PIL
from PIL import Image, ImageCms, features

# sRGB's red for illuminant D50, as any converter gives it.
LIGHTNESS, A, B = 54.29, 80.81, 69.89
SAMPLES = (round(LIGHTNESS * 255 / 100), round(A * 255 / 170 + 128), round(B * 255 / 200 + 96))


def box(name, body):
    return struct.pack(">I4s", 8 + len(body), name) + body


def jpeg2000(colour_space):
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), SAMPLES).save(stream, "JPEG2000", no_jp2=True, mct=0)
    header = box(b"ihdr", struct.pack(">IIHBBBB", 8, 8, 3, 7, 7, 0, 0))
    header += box(b"colr", struct.pack(">BBBI", 1, 0, 0, colour_space))
    start = box(b"jP  ", b"\r\n\x87\n") + box(b"ftyp", b"jpx \0\0\0\0jpx jpxb")
    return start + box(b"jp2h", header) + box(b"jp2c", stream.getvalue())


def tiff():
    stream = io.BytesIO()
    Image.new("LAB", (8, 8), (SAMPLES[0], round(A) + 128, round(B) + 128)).save(stream, "TIFF")
    return stream.getvalue()


def opened(data):
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return image


print(f"Pillow {PIL.__version__}, OpenJPEG {features.version('jpg_2000')}")
to_srgb = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
reference = opened(tiff())
red = ImageCms.applyTransform(reference, to_srgb).getpixel((0, 0))
print("TIFF in CIE Lab:", reference.mode, "is", red, "in sRGB")
assert reference.mode == "LAB"
assert red[0] > 240 and max(red[1:]) < 15
seen = opened(jpeg2000(14))
print("JPEG 2000 in CIE Lab:", seen.mode, "with", seen.getpixel((0, 0)))
assert (seen.mode, seen.getpixel((0, 0))) == ("RGB", SAMPLES), "Pillow reads it otherwise now"
assert SAMPLES[1] > 200 > SAMPLES[0], "green is not the strongest"
PYTHON
