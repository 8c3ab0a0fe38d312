"""Stills in PQ and HLG, and their pixels at 16 bits."""

import base64
import struct
import zlib

import pyvips

from services.watermark.hdr.avif10 import avif10
from services.watermark.hdr.pixels import HdrPicture

# 64 x 48 px of HLG in BT.2020, 10 bits: red grows to the right, green downwards. Written by pillow-heif 1.8.1.
HLG_HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWl4AAAAAG1pZjFoZWl4bWlhZgAAAXxtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAA"
    "AAAERAAAEAAQAAAAABoAABAAAAAAAAAJQAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/GlwcnAA"
    "AADcaXBjbwAAAHVodmNDAQQIAAAAnbgAAAAAHvAA/P36+gAADwNgAAEAF0ABDAH//wQIAAADAJ24AAADAAAeugJAYQABACpCAQEECAAAAwCduA"
    "AAAwAAHqAggQTZbq5Ka5uEiQSCAAADADIAAAMAAhBiAAEABkQBwXPAiQAAABNjb2xybmNseAAJABIACYAAAAAUaXNwZQAAAAAAAABAAAAAQAAA"
    "AChjbGFwAAAAQAAAAAEAAAAwAAAAAQAAAAAAAAAC////8AAAAAIAAAAQcGl4aQAAAAADCgoKAAAAGGlwbWEAAAAAAAAAAQABBYECAwWEAAAAnG"
    "1kYXQAAACQKAGvCeA+DpueThB0sMZJD7BfowgugrNe3sRe8w9zizMuUYfZvJKwR23RfZtKJb+cIcVSbdnHmTmz36o9vWVKSSrj6YMP4VEYqBfP"
    "QmUqKU9ZUHz2fH9tAM7JVRp2kX5lzW5XvamfLW1+F00X53C+zyn8D6+7DSFCEczIxgDb9x7QXJxxtgOc0oXZwNLZ7rm+"
)

PQ, HLG = 16, 18
BT_2020, P3 = 9, 12


def ramp(size=(96, 64), blue=20_000):
    """Red grows to the right, green downwards; three bands of 16 bits."""
    across = pyvips.Image.xyz(*size)
    red = across[0] * (60_000 / size[0])
    green = across[1] * (60_000 / size[1])
    return red.bandjoin([green, green * 0 + blue]).cast("ushort").copy(interpretation="rgb16")


def hdr_avif(words=None, *, transfer=PQ, primaries=BT_2020, max_cll=None, quality=95):
    """An AVIF of 10 bits."""
    picture = HdrPicture(
        words=ramp() if words is None else words, primaries=primaries, transfer=transfer, max_cll=max_cll
    )
    return avif10(picture, {}, quality=quality)


def hdr_png(words=None, *, transfer=PQ, primaries=BT_2020, exif=b""):
    """A PNG of 16 bits with cICP."""
    data = (ramp() if words is None else words).pngsave_buffer(bitdepth=16, keep="none")
    chunks = _chunk(b"cICP", bytes((primaries, transfer, 0, 1)))
    chunks += _chunk(b"eXIf", exif) if exif else b""
    return data[:33] + chunks + data[33:]


def planes(data):
    """Width, height, and the samples of red, green and blue at 16 bits, of any file that libvips reads."""
    image = pyvips.Image.new_from_buffer(data, "")
    return (image.width, image.height), [
        struct.unpack(f"<{image.width * image.height}H", image[band].write_to_memory()) for band in range(3)
    ]


def _chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
