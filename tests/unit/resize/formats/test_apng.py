"""APNGs as a browser shows them: PNG 3, and values seen in Chromium 156."""

import struct

import pytest
from kit.animations import apng, chunk, control, rows
from PIL import Image

from services.resize.formats.opener import opened
from services.resize.settings import Limits

RED, GREEN, BLUE, CLEAR = (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)
NONE, BACKGROUND, PREVIOUS = 0, 1, 2
SOURCE, OVER = 0, 1

PALETTE = chunk(b"PLTE", bytes((255, 255, 0, 0, 0, 255, 255, 0, 0, 0, 255, 0)))
WORDS = [bytes(value for byte in colour for value in (byte, byte)) for colour in (BLUE, RED, GREEN)]
# Colour type, bits of a sample, chunks before the frames, and blue, red and green as pixels.
KINDS = [
    pytest.param((6, 8, b"", (BLUE, RED, GREEN)), id="RGBA"),
    pytest.param((2, 8, b"", (BLUE[:3], RED[:3], GREEN[:3])), id="RGB"),
    pytest.param((3, 8, PALETTE, ((1,), (2,), (3,))), id="palette"),
    pytest.param((3, 8, PALETTE + chunk(b"tRNS", b"\0"), ((1,), (2,), (3,))), id="palette with transparency"),
    pytest.param((2, 8, chunk(b"tRNS", b"\0\1" * 3), (BLUE[:3], RED[:3], GREEN[:3])), id="RGB with transparency"),
    pytest.param((6, 16, b"", WORDS), id="RGBA of 16 bits"),
    pytest.param((2, 16, b"", [word[:6] for word in WORDS]), id="RGB of 16 bits"),
]


def shown(data):
    with opened(data, Limits()) as source:
        return [frame.image.convert("RGBA") for frame in source.frames()], source


def pixels(data, at):
    return [image.getpixel(at) for image in shown(data)[0]]


@pytest.mark.parametrize(("disposal", "left"), [(NONE, RED), (BACKGROUND, CLEAR), (PREVIOUS, BLUE)])
@pytest.mark.parametrize("blend", [SOURCE, OVER])
@pytest.mark.parametrize("kind", KINDS)
def test_disposal_in_every_colour_type(kind, blend, disposal, left):
    colour, depth, before, of = kind
    frames = (0, 0, 40, 40, of[0], 0, 0), (10, 10, 20, 20, of[1], disposal, blend), (0, 0, 2, 2, of[2], 0, 0)
    data = apng((40, 40), *frames, colour=colour, depth=depth, before=before)
    assert pixels(data, (20, 20)) == [BLUE, RED, left]
    assert pixels(data, (35, 35)) == [BLUE] * 3
    assert pixels(data, (1, 1)) == [BLUE, BLUE, GREEN]


@pytest.mark.parametrize(("depth", "low", "high"), [(8, (0x20,), (0xE0,)), (16, (0x20, 0x20), (0xE0, 0xE0))])
def test_grey_is_composited_in_all_its_depths(depth, low, high):
    frames = (0, 0, 40, 40, low, 0, 0), (10, 10, 20, 20, high, BACKGROUND, SOURCE), (0, 0, 2, 2, high, 0, 0)
    data = apng((40, 40), *frames, colour=0, depth=depth)
    assert pixels(data, (20, 20)) == [(0x20,) * 3 + (255,), (0xE0,) * 3 + (255,), CLEAR]


@pytest.mark.parametrize(
    ("background", "seen"),
    [(CLEAR, (255, 0, 0, 128)), (BLUE, (128, 0, 127, 255)), ((0, 0, 255, 128), (170, 0, 85, 192))],
)
def test_over_is_the_over_operator_of_straight_alpha(background, seen):
    data = apng((8, 8), (0, 0, 8, 8, background, 0, 0), (0, 0, 8, 8, (255, 0, 0, 128), 0, OVER))
    assert all(abs(a - b) <= 1 for a, b in zip(pixels(data, (4, 4))[1], seen, strict=True))


def test_previous_of_the_first_frame_is_background():
    data = apng((8, 8), (0, 0, 8, 8, RED, PREVIOUS, 0), (0, 0, 2, 2, GREEN, 0, 0))
    assert pixels(data, (4, 4)) == [RED, CLEAR]


def test_the_default_image_is_not_a_frame_without_a_control_before_it():
    data = apng((8, 8), (0, 0, 8, 8, RED, 0, 0), (0, 0, 2, 2, GREEN, 0, 0), still=BLUE, plays=3)
    images, source = shown(data)
    assert [image.getpixel((4, 4)) for image in images] == [RED, RED]
    assert (source.animated, source.plays) == (True, 3)


def test_the_only_frame_is_what_is_shown():
    images, source = shown(apng((8, 8), (0, 0, 8, 8, RED, 0, 0), still=BLUE))
    assert [image.getpixel((4, 4)) for image in images] == [RED]
    assert not source.animated


def test_a_control_may_come_before_the_count():
    data = apng((8, 8), (0, 0, 8, 8, RED, 0, 0), (0, 0, 8, 8, BLUE, 0, 0))
    count, first = chunk(b"acTL", struct.pack(">II", 2, 0)), control(0, (8, 8))
    data = data.replace(count + first, first + count)
    assert pixels(data, (4, 4)) == [RED, BLUE]


def test_an_invalid_count_is_not_an_animation():
    data = apng((8, 8), (0, 0, 8, 8, RED, 0, 0), still=BLUE)
    data = data.replace(chunk(b"acTL", struct.pack(">II", 1, 0)), chunk(b"acTL", struct.pack(">II", 2**31 + 1, 0)))
    images, source = shown(data)
    assert ([image.getpixel((4, 4)) for image in images], source.animated) == ([BLUE], False)


BAD = {
    "another sequence number": control(5, (8, 8)),
    "beyond the canvas": control(1, (8, 8), (1, 0)),
    "far beyond the canvas": control(1, (8, 8), (2**32 - 4, 0)),
    "no width": control(1, (0, 8)),
    "an unknown disposal": control(1, (8, 8), disposal=3),
    "an unknown blend": control(1, (8, 8), blend=2),
    "a wrong checksum": control(1, (8, 8))[:-1] + b"x",
    "a body cut short": chunk(b"fcTL", b"\0\0\0\1"),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_a_damaged_control_ends_the_animation(bad):
    data = apng((8, 8), (0, 0, 8, 8, RED, 0, 0), (0, 0, 8, 8, BLUE, 0, 0))
    assert pixels(data, (4, 4)) == [RED, BLUE]
    images, source = shown(data.replace(control(1, (8, 8)), bad))
    assert [image.getpixel((4, 4)) for image in images] == [RED]
    assert source.warnings == ("of 2 frames the first 1 could be read",)


@pytest.mark.parametrize("height", [0, 1, 7])
def test_a_frame_without_its_last_rows_ends_the_animation(height):
    whole = apng((8, 8), (0, 0, 8, 8, RED, 0, 0), (0, 0, 8, 8, BLUE, 0, 0))
    frame, short = (chunk(b"fdAT", struct.pack(">I", 2) + rows(BLUE, 8, count)) for count in (8, height))
    data = whole.replace(frame, short)
    assert data != whole
    images, source = shown(data)
    assert [image.getpixel((4, 7)) for image in images] == [RED]
    assert source.warnings == ("of 2 frames the first 1 could be read",)


def test_a_wrong_checksum_of_its_stream_does_not_cost_a_frame():
    whole = apng((8, 8), (0, 0, 8, 8, RED, 0, 0), (0, 0, 8, 8, BLUE, 0, 0))
    packed = struct.pack(">I", 2) + rows(BLUE, 8, 8)
    data = whole.replace(chunk(b"fdAT", packed), chunk(b"fdAT", packed[:-4] + b"\1\2\3\4"))
    assert data != whole
    assert pixels(data, (4, 4)) == [RED, BLUE]


def test_pixels_of_a_frame_may_be_in_pieces():
    whole = apng((8, 8), (0, 0, 8, 8, RED, 0, 0), (0, 0, 8, 8, BLUE, 0, 0))
    packed = rows(BLUE, 8, 8)
    pieces = chunk(b"fdAT", struct.pack(">I", 2) + packed[:5]) + chunk(b"fdAT", struct.pack(">I", 3) + packed[5:])
    data = whole.replace(chunk(b"fdAT", struct.pack(">I", 2) + packed), pieces)
    assert data != whole
    assert pixels(data, (4, 4)) == [RED, BLUE]


def test_the_decoder_of_the_still_picture_sees_no_animation():
    with opened(apng((8, 8), (0, 0, 8, 8, RED, 0, 0), (0, 0, 8, 8, BLUE, 0, 0)), Limits()) as source:
        assert not getattr(source._image, "is_animated", False)
        assert isinstance(source._image, Image.Image)
