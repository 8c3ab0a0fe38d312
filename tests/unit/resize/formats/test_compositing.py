"""Frames are drawn on what the previous ones left."""

import pytest
from PIL import Image

from services.resize.formats.compositing import Patch, composited, whole_milliseconds

RED, BLUE, GREEN, CLEAR = (255, 0, 0, 255), (0, 0, 255, 255), (0, 255, 0, 255), (0, 0, 0, 0)


def patch(colour, at=(0, 0), size=(10, 10), **options):
    return Patch(image=Image.new("RGBA", size, colour), at=at, **options)


def pixels(size, *patches, at):
    return [canvas.getpixel(at) for canvas in composited(size, patches)]


@pytest.mark.parametrize(
    ("disposal", "left"),
    [("none", [BLUE, RED, RED]), ("background", [BLUE, RED, CLEAR]), ("previous", [BLUE, RED, BLUE])],
)
@pytest.mark.parametrize("over", [True, False])
def test_a_rectangle_is_disposed_of(disposal, left, over):
    frames = patch(BLUE), patch(RED, (2, 2), (4, 4), disposal=disposal, over=over), patch(GREEN, (9, 9), (1, 1))
    assert pixels((10, 10), *frames, at=(3, 3)) == left
    assert pixels((10, 10), *frames, at=(7, 7)) == [BLUE] * 3


def test_before_the_first_frame_everything_is_transparent():
    frames = patch(RED, (2, 2), (4, 4), disposal="previous"), patch(GREEN, (9, 9), (1, 1))
    assert pixels((10, 10), *frames, at=(3, 3)) == [RED, CLEAR]


@pytest.mark.parametrize(
    ("background", "over", "seen"),
    [
        pytest.param(CLEAR, True, (255, 0, 0, 128), id="over nothing"),
        pytest.param(BLUE, True, (128, 0, 127, 255), id="over opaque pixels"),
        pytest.param((0, 0, 255, 128), True, (170, 0, 85, 192), id="over half-transparent pixels"),
        pytest.param(BLUE, False, (255, 0, 0, 128), id="replacing pixels"),
    ],
)
def test_half_transparent_pixels_are_blended_by_straight_alpha(background, over, seen):
    shown = pixels((10, 10), patch(background, over=False), patch((255, 0, 0, 128), over=over), at=(5, 5))[1]
    assert all(abs(a - b) <= 1 for a, b in zip(shown, seen, strict=True))


@pytest.mark.parametrize(
    ("at", "inside"),
    [((8, 8), (9, 9)), ((8, 0), (9, 3)), ((0, 8), (3, 9)), ((10, 0), None), ((0, 10), None), ((99, 99), None)],
)
@pytest.mark.parametrize("disposal", ["none", "background", "previous"])
def test_a_rectangle_beyond_the_canvas_is_clipped(at, inside, disposal):
    frames = patch(BLUE), patch(RED, at, (6, 6), disposal=disposal), patch(GREEN, (0, 0), (1, 1))
    canvases = [canvas.copy() for canvas in composited((10, 10), frames)]
    assert [canvas.size for canvas in canvases] == [(10, 10)] * 3
    assert canvases[1].getpixel(inside or (9, 9)) == (RED if inside else BLUE)
    assert canvases[2].getpixel(inside or (9, 9)) == (
        {"none": RED, "background": CLEAR, "previous": BLUE}[disposal] if inside else BLUE
    )


def test_durations_of_fractional_milliseconds_add_up():
    rounded = list(whole_milliseconds([1000 / 30] * 30))
    assert (sum(rounded), set(rounded)) == (1000, {33, 34})
