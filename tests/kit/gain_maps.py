"""JPEGs with a gain map, written byte by byte: as Android and Adobe write them, by ISO 21496-1, and wrong ones."""

import io
import struct

from PIL import Image

XMP = b"http://ns.adobe.com/xap/1.0/\0"
ISO = b"urn:iso:std:iso:ts:21496:-1\0"
HDRGM = 'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"'

# As a Pixel 6 Pro writes them: one channel, no offsets.
PIXEL = {"GainMapMin": "0.000000", "GainMapMax": "2.656715", "OffsetSDR": "0", "OffsetHDR": "0"}
PIXEL |= {"HDRCapacityMin": "0", "HDRCapacityMax": "2.656715"}


def segment(marker, body):
    """A segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg(image, *segments, **options):
    """A JPEG of an image with these segments after its start."""
    written = io.BytesIO()
    image.save(written, "JPEG", **{"quality": 95, "subsampling": 0, **options})
    data = written.getvalue()
    return data[:2] + b"".join(segments) + data[2:]


def attributes(values):
    """XMP with the values as attributes, as Android writes it."""
    return _packet(" ".join(f'hdrgm:{name}="{value}"' for name, value in values.items()))


def elements(values):
    """XMP with each value as an element, or as a sequence where it is a tuple, as Adobe writes it."""
    inner = ""
    for name, value in values.items():
        items = "\n".join(f"  <rdf:li>{each}</rdf:li>" for each in value) if isinstance(value, tuple) else None
        inner += f"<hdrgm:{name}>{value if items is None else f'<rdf:Seq>{items}</rdf:Seq>'}</hdrgm:{name}>\n"
    return _packet("", inner)


def _packet(given, inner=""):
    about = f'<rdf:Description rdf:about="" {HDRGM} {given}>{inner}</rdf:Description>'
    return segment(0xE1, XMP + f"<x:xmpmeta><rdf:RDF>{about}</rdf:RDF></x:xmpmeta>".encode())


def iso(numbers, *, flags, versions=(0, 0)):
    """A segment of ISO 21496-1.

    Args:
        numbers: (numerator, denominator) of both headrooms, then of minimum, maximum, gamma and offsets per channel.
        flags: 0x80 for three channels, 0x40 for the base's primaries.
        versions: least version of a reader, and of the writer.
    """
    body = struct.pack(">HHB", *versions, flags)
    body += b"".join(struct.pack(">iI", *each) for each in numbers)
    return segment(0xE2, ISO + body)


def multi_picture(base, *further, order=">", shift=0):
    """A JPEG with further pictures behind it and the index that says where.

    Args:
        base: the first picture, a JPEG.
        further: the others.
        order: byte order of the index.
        shift: added to every offset, to make it wrong.
    """
    count = 1 + len(further)
    fixed = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "IH", 8, 3)
    fixed += struct.pack(order + "HHI4s", 0xB000, 7, 4, b"0100") + struct.pack(order + "HHII", 0xB001, 4, 1, count)
    fixed += struct.pack(order + "HHII", 0xB002, 7, 16 * count, len(fixed) + 12 + 4) + struct.pack(order + "I", 0)
    length = len(base) + 4 + 4 + len(fixed) + 16 * count
    entries = struct.pack(order + "IIIHH", 0x030000, length, 0, 0, 0)
    at = length
    for each in further:
        # From the byte order on: it follows SOI, the segment's marker and length, and "MPF".
        entries += struct.pack(order + "IIIHH", 0, len(each), at - 10 + shift, 0, 0)
        at += len(each)
    return base[:2] + segment(0xE2, b"MPF\0" + fixed + entries) + base[2:] + b"".join(further)


def ultra_hdr(base, gain_map, *segments, shift=0, order=">", **options):
    """A picture and its gain map, two images, with the segments of the gain map.

    Args:
        base: the picture.
        gain_map: its gain map, of mode L or RGB.
        segments: segments of the gain map, from attributes, elements or iso; PIXEL's where there are none.
        shift: see multi_picture.
        order: see multi_picture.
        options: of Pillow's, for the picture.
    """
    further = jpeg(gain_map, *(segments or (attributes(PIXEL),)))
    return multi_picture(jpeg(base, **options), further, shift=shift, order=order)


def plain():
    """A small picture and a gain map of half its size."""
    return Image.new("RGB", (64, 48), "#808080"), Image.new("L", (32, 24), 100)
