"""The artist and copyright of a source, and nothing else of its metadata."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.pictures import gradient, saved
from PIL import Image, PngImagePlugin

from services.resize.metadata.exif_copyright import copyright_of
from services.resize.metadata.texts import MAX_CHARACTERS
from shared.messages import Copyright

ADA = Copyright(artist="Ada Ñandú", copyright="© 2026 Ada Ñandú")


def exif(artist=None, notice=None):
    block = Image.Exif()
    block[0x010F] = "CameraMaker"
    if artist is not None:
        block[0x013B] = artist
    if notice is not None:
        block[0x8298] = notice
    return block


def read(data):
    with Image.open(io.BytesIO(data)) as image:
        return copyright_of(image)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_utf_8_is_read_from_every_format(form):
    block = exif("Ada Ñandú".encode(), "© 2026 Ada Ñandú".encode())
    assert read(saved(gradient(), form, exif=block.tobytes())) == ADA


def test_a_tiff_has_the_same_tags_itself():
    image = gradient((4, 4))
    artist, pixels = b"Ada \xc3\x91and\xc3\xba\0\0", image.tobytes()
    entries = [(256, 3, 1, 4), (257, 3, 1, 4), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 2)]
    entries += [(273, 4, 1, 150), (277, 3, 1, 3), (278, 3, 1, 4), (279, 4, 1, len(pixels)), (315, 2, 13, 134)]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    data = b"II*\0" + struct.pack("<I", 8) + directory + bytes(4) + artist.ljust(16, b"\0")
    assert read(data + pixels) == Copyright(artist="Ada Ñandú")


def test_latin_1_is_read_too():
    assert read(saved(gradient(), "JPEG", exif=exif(notice=b"\xa9 Ada"))) == Copyright(copyright="© Ada")


def test_a_png_may_have_text_chunks_and_exif_takes_precedence():
    words = PngImagePlugin.PngInfo()
    words.add_text("Author", "Ada")
    words.add_itxt("Copyright", "© Ada 日本")
    words.add_text("Comment", "secret")
    assert read(saved(gradient(), "PNG", pnginfo=words)) == Copyright(artist="Ada", copyright="© Ada 日本")
    block = exif(artist="Eve").tobytes()
    assert read(saved(gradient(), "PNG", pnginfo=words, exif=block)) == Copyright(artist="Eve", copyright="© Ada 日本")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP"])
def test_a_picture_without_metadata_has_none(form):
    assert read(saved(gradient(), form)) is None


def test_photographer_and_editor_are_one_line():
    assert read(saved(gradient(), "JPEG", exif=exif(notice=b"Ada\0\nEve\x1b[2J\0"))) == Copyright(
        copyright="Ada Eve [2J"
    )


@pytest.mark.parametrize("value", ["", "   ", "\0\0", 7, (1, 2)])
def test_a_value_that_is_not_text_is_none(value):
    image = gradient()
    image.getexif()[0x013B] = value
    assert copyright_of(image) is None


@pytest.mark.parametrize("block", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*" + b"\xff" * 90])
def test_damaged_metadata_costs_nothing(block):
    assert read(saved(gradient(), "JPEG", exif=block)) is None


@given(st.binary(max_size=600))
def test_any_bytes_become_one_short_line(value):
    image = gradient((4, 4))
    image.getexif()[0x8298] = value
    copyright_fields = copyright_of(image)
    if copyright_fields is not None:
        assert 1 <= len(copyright_fields.copyright) <= MAX_CHARACTERS
        assert copyright_fields.copyright.isprintable()
        assert copyright_fields.copyright == copyright_fields.copyright.strip()
