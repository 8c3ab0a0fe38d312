"""What the headers of a JPEG 2000 codestream say, and how they are repaired."""

import struct

import pytest
from kit.pictures import gradient, saved

from services.resize.formats.jpeg2000_codestream import read, with_counted_parts
from services.resize.formats.opener import opened
from services.resize.settings import Limits


def segment(marker, body):
    return struct.pack(">HH", marker, 2 + len(body)) + body


def style(levels):
    return segment(0xFF52, struct.pack(">BBHBBBBBB", 0, 0, 1, 0, levels, 4, 4, 0, 0))


def style_of_channel(levels, channel):
    return segment(0xFF53, channel + struct.pack(">BBBBBB", 0, levels, 4, 4, 0, 0))


def part(*segments, tile=0, length=None):
    body = b"".join(segments) + b"\xff\x93"
    return segment(0xFF90, struct.pack(">HIBB", tile, 12 + len(body) if length is None else length, 0, 1)) + body


def codestream(*segments, channels=3):
    size = struct.pack(">H8IH", 0, 64, 64, 0, 0, 32, 32, 0, 0, channels) + b"\7\1\1" * channels
    return b"\xff\x4f" + segment(0xFF51, size) + b"".join(segments)


@pytest.mark.parametrize(
    ("data", "levels"),
    [
        (codestream(style(5), part()), 5),
        (codestream(style(5), style_of_channel(2, b"\1"), part()), 2),
        (codestream(style(5), style_of_channel(2, b"\1\1"), part(), channels=300), 2),
        (codestream(style(5), part(), part(style(3), tile=1)), 3),
        (codestream(style(5), part(style_of_channel(1, b"\0"), length=0)), 1),
        (codestream(style(99), part()), 32),
        (codestream(part()), 0),
        (codestream(style(5)) + b"\xff", 5),
        (codestream(style(5), b"\xff\x5c\0\0", style(1)), 5),
    ],
)
def test_the_least_levels_of_any_tile_and_channel_count(data, levels):
    assert read(data, 0).levels == levels
    assert read(data, 0).tiles == 4


def test_many_parts_that_begin_within_each_other_are_read_once():
    data = codestream(style(5), part(*[style(5)] * 2000, length=1) * 300)
    assert read(data, 0).levels == 5


def in_two_parts(data, stated):
    """Each tile in two parts, the first of them empty, as Adobe's writers interleave them."""
    places = []
    at = data.index(b"\xff\x90")
    head = data[:at]
    while data[at : at + 2] == b"\xff\x90":
        tile, length = struct.unpack_from(">HI", data, at + 4)
        places.append((tile, data[at + 12 : at + length]))
        at += length
    first = b"".join(part(tile=tile)[:-3] + bytes([stated]) + b"\xff\x93" for tile, _ in places)
    second = b"".join(
        segment(0xFF90, struct.pack(">HIBB", tile, 12 + len(body), 1, stated)) + body for tile, body in places
    )
    return head + first + second + b"\xff\xd9"


@pytest.mark.parametrize("stated", [0, 1, 2])
def test_parts_of_tiles_are_counted(stated):
    image = gradient((150, 100))
    data = in_two_parts(saved(image, "JPEG2000", no_jp2=True, tile_size=(64, 64)), stated)
    assert (with_counted_parts(data, 0) == data) is (stated != 1)
    with opened(data, Limits()) as source:
        (frame,) = source.frames()
        assert frame.image.tobytes() == image.tobytes()
