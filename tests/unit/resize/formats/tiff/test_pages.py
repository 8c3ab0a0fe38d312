"""The picture is the first page that is not a reduced copy, and every page is returned."""

import struct

import pytest
from kit import tiffs
from kit.tiffs import directory

from services.resize.formats.opener import opened
from services.resize.settings import Limits

REDUCED, FULL, MASK = (4, [1]), (4, [0]), (4, [4])


def page_of(value, side=4, **tags):
    return directory(side, side, 1, 1, [bytes([value]) * side**2], **tags)


@pytest.mark.parametrize(
    ("pages", "value", "count"),
    [
        pytest.param([page_of(1, t254=REDUCED), page_of(2, 8, t254=FULL)], 2, 1, id="thumbnail first"),
        pytest.param([page_of(1, t254=MASK), page_of(2)], 2, 1, id="mask first"),
        pytest.param([page_of(1, t255=(3, [2])), page_of(2, 8, t255=(3, [1]))], 2, 1, id="old tag"),
        pytest.param([page_of(1, t254=REDUCED)], 1, 1, id="reduced alone"),
        pytest.param([page_of(1, t254=REDUCED, sub=[page_of(2, 8, t254=FULL)])], 2, 1, id="picture in SubIFD"),
        pytest.param([page_of(1, 8, sub=[page_of(2, 4, t254=REDUCED)])], 1, 1, id="pyramid in SubIFD"),
        pytest.param([page_of(1), page_of(2), page_of(3, t254=REDUCED)], 1, 2, id="two pages and a copy"),
    ],
)
def test_the_picture_is_the_first_page_in_full(pages, value, count):
    with opened(tiffs.file(*pages), Limits()) as source:
        (frame,) = source.frames()
        assert frame.image.getpixel((0, 0)) == value
        assert source.page_count == count


def test_every_page_is_returned():
    with opened(tiffs.file(*(page_of(value) for value in (1, 2, 3))), Limits()) as source:
        assert [next(page.frames()).image.getpixel((0, 0)) for page in source.pages()] == [1, 2, 3]


def test_a_looping_chain_ends():
    data = bytearray(tiffs.file(page_of(1), page_of(2)))
    (first,) = struct.unpack_from("<I", data, 4)
    struct.pack_into("<I", data, len(data) - 4, first)
    with opened(bytes(data), Limits()) as source:
        assert source.page_count == 2
