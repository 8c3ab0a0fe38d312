"""EXIF of an AVIF never costs the picture, wherever it begins in its item and however damaged it is."""

import random

import pytest
from kit.pictures import gradient, saved
from PIL import Image

from services.resize.formats.heif_exif import with_readable_exif
from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.messages import Copyright

ADA = Copyright(artist="Ada", copyright="(c) Ada")
PLAIN = saved(gradient(), "AVIF")


def exif():
    block = Image.Exif()
    block[0x013B], block[0x8298] = "Ada", "(c) Ada"
    return block


def with_item(item):
    """An AVIF with this EXIF item, followed by zeros."""
    block = exif()
    block[0x010F] = "x" * 200
    data = saved(gradient(), "AVIF", exif=block)
    start, end = data.index(b"\0\0\0\6Exif\0\0"), data.index(b"x" * 200) + 200
    return data[:start] + item.ljust(end - start, b"\0") + data[end:]


def read(data):
    with opened(data, Limits()) as source:
        (frame,) = source.frames()
        return frame.image.tobytes(), source.copyright_fields()


def picture():
    return read(PLAIN)[0]


TIFF = exif().tobytes()[6:]


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(b"\0\0\0\0" + TIFF, id="at the beginning"),
        pytest.param(b"\0\0\0\6Exif\0\0" + TIFF, id="after its name"),
        pytest.param(b"\0\0\0\3\0\0\0" + TIFF, id="after three bytes"),
        pytest.param(b"\0\0\0\x09abcExif\0\0" + TIFF, id="after three bytes and its name"),
        pytest.param(b"\0\0\0\0\0\0" + TIFF, id="elsewhere than its offset says"),
        pytest.param(b"\xff\xff\xff\xff" + TIFF, id="with an offset that leads nowhere"),
    ],
)
def test_exif_is_read_wherever_it_begins(item):
    assert read(with_item(item)) == (picture(), ADA)


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(b"\0\0\0\0xx" + TIFF[2:], id="no header"),
        pytest.param(b"", id="zeros"),
        pytest.param(b"\0\0\0\0MM\0*\0\0\0\x08" + b"\xff" * 100, id="invalid tags"),
        pytest.param(b"\0\0\0\0MM\0*\xff\xff\xff\xff", id="tags outside the file"),
    ],
)
def test_damaged_exif_does_not_cost_the_picture(item):
    assert read(with_item(item))[0] == picture()


def test_no_number_in_exif_costs_the_picture():
    chance = random.Random(7)  # noqa: S311 - the same damage in every run
    for _ in range(100):
        item = bytearray(b"\0\0\0\0" + TIFF)
        for _ in range(chance.randrange(1, 6)):
            item[chance.randrange(len(item))] = chance.choice((0, 1, 255, chance.randrange(256)))
        assert read(with_item(bytes(item)))[0] == picture()


def test_a_file_without_exif_has_nothing_to_repair():
    assert list(with_readable_exif(PLAIN)) == []
    assert list(with_readable_exif(b"")) == []


def test_damage_of_its_boxes_is_left_to_the_decoder():
    data = with_item(b"\0\0\0\0" + TIFF)
    for at in range(data.index(b"mdat")):
        list(with_readable_exif(data[:at] + b"\xff" + data[at + 1 :]))
