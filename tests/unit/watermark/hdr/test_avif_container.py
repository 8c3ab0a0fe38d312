"""An AVIF around an AV1 picture of libvips: what readers find in it, and what is refused."""

import io
import struct

import pytest
from kit.hdr import HLG, P3, hdr_avif, planes, ramp
from PIL import Image

from services.resize.formats.av1_header import codes_of
from services.resize.formats.heif_reader import read
from services.resize.settings import Limits
from services.watermark.hdr.avif_container import Av1Picture, AvifError, Colours, avif_file, taken_out

PICTURE = ramp().heifsave_buffer(compression="av1", bitdepth=10, Q=80, keep="none")


def test_what_libvips_writes_has_no_colour_codes_in_its_boxes():
    """Where it has some, this module does less than it could: see docs/adr/0054-ten-bits-by-choice.md."""
    assert b"nclx" not in PICTURE
    coded = codes_of(taken_out(PICTURE).data)
    assert (coded.primaries, coded.transfer) == (1, 13)


def test_both_places_say_the_same_of_the_colours():
    data = hdr_avif(transfer=HLG, primaries=P3, max_cll=703)
    facts = read(data, "AVIF", Limits())
    nclx = facts.primary.nclx
    assert (nclx.primaries, nclx.transfer, nclx.full_range) == (P3, HLG, True)
    assert facts.primary.peak_nits == 703
    offset, length = facts.coded.extents[0]
    coded = codes_of(data[offset : offset + length])
    assert (coded.primaries, coded.transfer, coded.matrix) == (P3, HLG, nclx.matrix)
    assert facts.primary.size == (96, 64)


def test_the_picture_is_that_of_libvips():
    picture = taken_out(PICTURE)
    data = avif_file(picture, (96, 64), Colours(primaries=9, transfer=16))
    assert planes(data) == planes(PICTURE)
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (96, 64)
        image.load()


def test_metadata_is_that_of_the_picture():
    exif = Image.Exif()
    exif[0x8298] = "Ana Lima"
    tiff = exif.tobytes().removeprefix(b"Exif\0\0")
    data = avif_file(taken_out(PICTURE), (96, 64), Colours(primaries=9, transfer=16), exif=tiff, xmp=b"<x:xmpmeta/>")
    with Image.open(io.BytesIO(data)) as image:
        assert image.getexif()[0x8298] == "Ana Lima"
        assert image.info["xmp"] == b"<x:xmpmeta/>"
    assert planes(data) == planes(PICTURE)


def test_a_luminance_beyond_the_box_is_its_greatest():
    data = avif_file(taken_out(PICTURE), (96, 64), Colours(primaries=9, transfer=16, max_cll=70_000))
    at = data.index(b"clli")
    assert struct.unpack_from(">HH", data, at + 4) == (65_535, 0)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        PICTURE[:-10],
        PICTURE + PICTURE,
        PICTURE.replace(b"av1C", b"abcd"),
    ],
)
def test_a_file_of_another_kind_is_refused(data):
    with pytest.raises(AvifError):
        taken_out(data)


@pytest.mark.parametrize(
    ("obus", "reason"),
    [
        (b"", "without a sequence header"),
        (b"\x12\x00", "without a sequence header"),
        (b"\x08\x01\x00", "without a sequence header"),
        (b"\x0a" + b"\xff" * 9, "do not end"),
        (b"\x0a\x04\0\0\0\0", "not of a still"),
        (b"\x0a\x00", "not of a still"),
        (b"\x0a\x06\x18\0\0\0\0\0", "without colour codes"),
    ],
)
def test_av1_data_of_another_kind_is_refused(obus, reason):
    with pytest.raises(AvifError, match=reason):
        avif_file(Av1Picture(data=obus, configuration=b""), (1, 1), Colours(primaries=9, transfer=16))


def test_codes_that_libvips_does_not_write_are_refused():
    data = hdr_avif()
    with pytest.raises(AvifError, match="other colour codes than those of sRGB"):
        avif_file(taken_out(data), (96, 64), Colours(primaries=9, transfer=16))


@pytest.mark.parametrize("size", [(1025, 4305), (129, 4305), (4113, 209), (8226, 1287)])
def test_a_size_that_looks_like_the_codes_is_none(size):
    """The sides stand before the codes in the same header, bit by bit."""
    picture = taken_out(
        (ramp((8, 8)) * 0)
        .cast("ushort")
        .embed(0, 0, *size)
        .copy(interpretation="rgb16")
        .heifsave_buffer(compression="av1", bitdepth=10, Q=10, effort=0, keep="none")
    )
    data = avif_file(picture, size, Colours(primaries=9, transfer=16))
    coded = codes_of(data[data.index(b"mdat") + 4 :])
    assert (coded.primaries, coded.transfer, coded.matrix) == (9, 16, 6)
