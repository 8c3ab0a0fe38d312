"""Files of JPEG 2000 for tests, and how they are decoded."""

import struct

from kit.pictures import saved
from PIL import Image

from services.resize.formats.jpeg2000 import FILE
from services.resize.formats.opener import opened
from services.resize.settings import Limits


def jpeg2000(image, *, bare=False, **options):
    return saved(image, "JPEG2000", no_jp2=bare, **options)


def decoded(data, needed=None, limits=None):
    with opened(data, limits or Limits()) as source:
        if needed:
            source.reduce(needed)
        (frame,) = source.frames()
        return frame.image.copy()


def with_bits(image, depths):
    """A bare codestream whose samples have fewer bits: the lowest of the picture's 8, whose middle stays the middle."""
    bands = [
        band.point([(128 - (1 << bits - 1) + value) & 255 for value in range(256)])
        for band, bits in zip(image.split(), depths, strict=True)
    ]
    data = bytearray(jpeg2000(Image.merge(image.mode, bands), bare=True, irreversible=False, mct=0))
    for channel, bits in enumerate(depths):
        data[42 + 3 * channel] = bits - 1
    return bytes(data)


def boxed(codestream, header):
    """A JP2 file with this codestream and these boxes in its header."""
    parts = ((b"ftyp", b"jp2 \0\0\0\0jp2 "), (b"jp2h", b"".join(box(*each) for each in header)), (b"jp2c", codestream))
    return FILE + b"".join(box(*part) for part in parts)


def box(name, body):
    return struct.pack(">I", 8 + len(body)) + name + body
