"""An HDR JPEG: every reader finds its gain map, and every other viewer the picture as it was."""

import io
import re
import xml.etree.ElementTree as ET

import pytest
from kit.gain_maps import PIXEL, attributes, iso, jpeg, plain
from kit.icc import DISPLAY_P3, matrix_profile
from PIL import Image

from services.watermark.encoding.files import encode
from services.watermark.encoding.gain_map import with_gain_map
from shared.messages import Copyright

BASE = jpeg(plain()[0])
GAIN_MAP = jpeg(plain()[1], attributes(PIXEL))
DESCRIPTION = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"
P3 = matrix_profile(DISPLAY_P3)


def with_exif():
    exif = Image.Exif()
    exif[0x013B] = "Ada"
    return jpeg(plain()[0], exif=exif)


@pytest.mark.parametrize("profile", [None, P3], ids=["srgb", "p3"])
@pytest.mark.parametrize("base", [BASE, with_exif()], ids=["plain", "with exif"])
def test_the_index_says_where_both_pictures_are(base, profile):
    data = with_gain_map(base, GAIN_MAP, profile)
    assert data.endswith(GAIN_MAP)
    # Pillow opens it as a plain JPEG, since its XMP has a gain map. This is what it makes of the index.
    image = Image.open(io.BytesIO(data))
    (first, second) = image._getmp()[0xB002]
    assert (first["DataOffset"], first["Size"]) == (0, len(data) - len(GAIN_MAP))
    assert first["Attribute"]["MPType"] == "Baseline MP Primary Image"
    at = data.index(b"MPF\0") + 4 + second["DataOffset"]
    assert data[at : at + second["Size"]] == GAIN_MAP
    assert second["Attribute"]["MPType"] == "Undefined"


def test_xmp_says_how_long_the_gain_map_is():
    found = re.findall(
        rb'Item:Semantic="(\w+)" Item:Mime="image/jpeg"(?: Item:Length="(\d+)")?', with_gain_map(BASE, GAIN_MAP)
    )
    assert found == [(b"Primary", b""), (b"GainMap", str(len(GAIN_MAP)).encode())]


@pytest.mark.parametrize("base", [BASE, with_exif()], ids=["plain", "with exif"])
def test_the_picture_stays_as_it_was(base):
    one, other = Image.open(io.BytesIO(base)), Image.open(io.BytesIO(with_gain_map(base, GAIN_MAP, P3)))
    assert other.tobytes() == one.tobytes()
    assert other.getexif() == one.getexif()
    assert other.info["icc_profile"] == P3
    assert (other.format, other.info["jfif"]) == ("JPEG", one.info["jfif"])


def test_exif_stays_in_front():
    data = with_gain_map(with_exif(), GAIN_MAP)
    assert data.index(b"JFIF\0") < data.index(b"Exif\0\0") < data.index(b"http://ns.adobe.com/xap")


def test_iso_21496_is_announced_and_xmp_only_where_the_gain_map_has_it():
    without = jpeg(plain()[1], iso((), flags=0))
    for gain_map, has_xmp in ((GAIN_MAP, True), (without, False)):
        data = with_gain_map(BASE, gain_map)
        header = data[: data.index(b"MPF\0")]
        assert b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0" in header
        assert (b"hdrgm" in header) == has_xmp


def test_xmp_that_is_there_already_stays_in_the_one_packet():
    owner = Copyright(artist="Ada", copyright="© Ada", credit="Ada & Co")
    base = encode([plain()[0]], "jpeg", quality=82, animation=None, copyright_fields=owner).data
    packet = Image.open(io.BytesIO(base)).info["xmp"]
    data = with_gain_map(base, GAIN_MAP)
    assert data[: -len(GAIN_MAP)].count(b"http://ns.adobe.com/xap/1.0/\0") == 1
    (before,) = ET.fromstring(packet).iter(DESCRIPTION)  # noqa: S314 - our own
    one, other = ET.fromstring(Image.open(io.BytesIO(data)).info["xmp"]).iter(DESCRIPTION)  # noqa: S314 - our own
    assert one[0].tag == before[0].tag == "{http://purl.org/dc/elements/1.1/}creator"
    assert other.get("{http://ns.adobe.com/hdr-gain-map/1.0/}Version") == "1.0"
    without = jpeg(plain()[1], iso((), flags=0))
    assert Image.open(io.BytesIO(with_gain_map(base, without))).info["xmp"] == packet
