"""The orientation is that of EXIF's first directory, whatever else the bytes hold."""

import struct

import pytest
from kit.pictures import saved, turned
from PIL import Image

from services.resize.formats.exif import orientation_of
from services.resize.formats.opener import opened
from services.resize.settings import Limits

XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>"""

FORMATS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}


def exif(*entries, order="<"):
    """A TIFF header and one directory of (tag, type, count, value of four bytes)."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    return head + b"".join(struct.pack(order + "HHI4s", *entry) for entry in entries) + bytes(4)


def whole(kind, value, order="<"):
    return 274, kind, 1, struct.pack(order + FORMATS[kind], value)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("orientation", [1, 6, 8])
def test_any_whole_number_is_read(orientation, kind, order):
    assert orientation_of(exif((271, 2, 4, b"ab\0\0"), whole(kind, orientation, order), order=order)) == orientation


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        b"Exif\0\0",
        b"II*\0",
        b"II+\0" + exif(whole(3, 6))[4:],
        exif(whole(3, 0)),
        exif(whole(3, 9)),
        exif(whole(8, -1)),
        exif((274, 2, 1, b"6\0\0\0")),
        exif((274, 5, 1, struct.pack("<I", 6))),
        exif((274, 3, 0, struct.pack("<I", 6))),
        b"II*\0" + struct.pack("<I", 2**32 - 1),
    ],
)
def test_an_unreadable_orientation_is_ignored(data):
    assert orientation_of(data) == 1


def test_a_truncated_directory_is_read_as_far_as_possible():
    data = exif(whole(3, 6))[:-4]
    assert orientation_of(data[:8] + struct.pack("<H", 65_535) + data[10:]) == 6


def test_only_a_jpeg_has_the_prefix():
    assert orientation_of(b"Exif\0\0" + exif(whole(3, 6))) == 6
    assert orientation_of(b"Exif\0\0" + exif(whole(3, 6)), prefixed=False) == 1


def opened_orientation(data):
    with opened(data, Limits()) as source:
        return source.orientation


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG"])
def test_an_orientation_in_xmp_is_ignored(form):
    image = Image.new("RGB", (40, 20))
    assert opened_orientation(saved(image, form, xmp=XMP)) == 1
    both = saved(image, form, xmp=XMP, exif=b"Exif\0\0" + exif((271, 2, 4, b"ab\0\0")))
    assert opened_orientation(both) == 1


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize("kind", [1, 3, 4])
def test_an_orientation_in_exif_rotates_the_picture(form, kind):
    image = turned(Image.new("RGB", (40, 20)), 6)
    data = saved(image, form, exif=b"Exif\0\0" + exif(whole(kind, 6)))
    with opened(data, Limits()) as source:
        assert (source.orientation, source.size) == (6, (40, 20))
