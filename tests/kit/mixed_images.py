"""Good and bad images of every kind, small and generated."""

import struct

from kit.pictures import animation, gradient, noise, saved
from PIL import Image

from ops.settings import ROOT

LAKE = ROOT / "ops" / "demo" / "data" / "lake.heic"


def turned(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


def good():
    """Images of every kind by their names, large enough that most are watermarked."""
    size = (320, 240)
    photo = gradient(size)
    return {
        "photo.jpg": saved(photo, "JPEG", exif=turned(6)),
        "progressive.jpg": saved(photo, "JPEG", progressive=True),
        "cmyk.jpg": saved(photo.convert("CMYK"), "JPEG"),
        "grey.jpg": saved(photo.convert("L"), "JPEG"),
        "light.png": saved(Image.new("RGB", size, "white"), "PNG"),
        "dark.png": saved(Image.new("RGB", size, "black"), "PNG"),
        "alpha.png": saved(gradient(size, "RGBA"), "PNG"),
        "palette.png": saved(photo.quantize(64), "PNG", transparency=5),
        "sixteen.png": saved(photo.convert("I;16"), "PNG"),
        "moving.png": animation("PNG", loop=2),
        "still.gif": saved(photo.quantize(64), "GIF"),
        "moving.gif": animation("GIF", loop=0),
        "still.webp": saved(gradient(size, "RGBA"), "WEBP", exif=turned(8)),
        "moving.webp": animation("WEBP", loop=3),
        "still.avif": saved(gradient((120, 90)), "AVIF"),
        "raw.tif": saved(photo, "TIFF", exif=turned(3)),
        "lzw.tif": saved(gradient(size, "RGBA"), "TIFF", compression="tiff_lzw"),
        "plain.bmp": saved(photo, "BMP"),
        "noise.png": saved(noise(size), "PNG"),
        "lake.heic": LAKE.read_bytes(),
    }


def with_size(bmp, width, height):
    """The BMP with another width and height in its header, in pixels."""
    return bmp[:18] + struct.pack("<ii", width, height) + bmp[26:]


def bad():
    """Images that must fail, by their names: truncated good ones, and others."""
    # Of an animation, the frames before the truncation are shown: it fails only if the first frame is incomplete.
    part = {key: 0.1 if "moving" in key else 0.66 for key in good()}
    cut = {f"cut-{key}": data[: int(len(data) * part[key])] for key, data in good().items()}
    return cut | {
        "empty.jpg": b"",
        "page.jpg": b"<!DOCTYPE html>",
        "eps.png": b"%!PS-Adobe-3.0 EPSF",
        "scans.jpg": b"\xff\xd8" + b"\xff\xda\x00\x02\x12" * 100 + b"\xff\xd9",
        "bomb.bmp": with_size(saved(Image.new("1", (8, 8)), "BMP"), 30_000, 30_000),
    }
