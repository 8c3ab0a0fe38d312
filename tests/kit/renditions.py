"""Renditions made by the resize step alone, and their pixels as lists."""

import struct
import zlib

from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import render

RAMP = 256
WORDS = [round(65_535 * index / (RAMP - 1)) for index in range(RAMP)]


def rendered(data, **options):
    rendition = Rendition(name="x", **{"width": 64, "height": 64} | options)
    picture = render(data, Settings(work_bucket="w", renditions=(rendition,), limits=Limits()))
    return picture.renditions[0].frames[0]


def whole(data):
    """The rendition that is as large as the source."""
    return rendered(data, width=8192, height=8192)


def row(image):
    return [image.getpixel((x, 0)) for x in range(image.width)]


def iccp(profile):
    return {"iCCP": b"x\0\0" + zlib.compress(profile)}


def words(order):
    return struct.pack(f"{order}{RAMP}H", *WORDS)
