"""GIFs as a browser shows them: values seen in Chromium 156."""

import pytest
from kit.animations import codes, gif, looping
from kit.pictures import gradient, grain, saved

from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.errors import ImageTooLarge, UnreadableImage

BLACK, RED, GREEN, BLUE, CLEAR = (0, 0, 0, 255), (255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)
ORANGES = bytes((255, 128, 0, 255, 0, 255, 9, 9, 9, 1, 2, 3))
ALL = (0, 0, 20, 20, 3)
DOT = (0, 0, 1, 1, 2)


def shown(data, limits=None):
    with opened(data, limits or Limits()) as source:
        return [frame.image.convert("RGBA") for frame in source.frames()], source


def pixels(data, at):
    return [image.getpixel(at) for image in shown(data)[0]]


def test_what_no_frame_covers_is_transparent():
    data = gif((20, 20), (5, 5, 10, 10, 1))
    assert pixels(data, (2, 2)) == [CLEAR]
    assert pixels(data, (7, 7)) == [RED]


@pytest.mark.parametrize("palette", [None, ORANGES])
@pytest.mark.parametrize("clear", [None, 3])
@pytest.mark.parametrize(
    ("disposal", "left"), [(0, "thing"), (1, "thing"), (2, CLEAR), (3, BLUE), (4, BLUE), (5, "thing"), (7, "thing")]
)
def test_disposal(disposal, left, clear, palette):
    options = {"disposal": disposal, "palette": palette, "clear": clear}
    thing = (255, 0, 255, 255) if palette else RED
    data = gif((20, 20), looping(0), ALL, (5, 5, 10, 10, 1, options), DOT)
    assert pixels(data, (7, 7)) == [BLUE, thing, thing if left == "thing" else left]
    assert pixels(data, (18, 18)) == [BLUE] * 3


@pytest.mark.parametrize("disposal", [2, 3])
def test_nothing_is_left_of_a_first_frame_that_is_disposed_of(disposal):
    data = gif((20, 20), (0, 0, 20, 20, 3, {"disposal": disposal}), DOT)
    assert pixels(data, (7, 7)) == [BLUE, CLEAR]


def test_a_transparent_index_shows_what_is_beneath():
    assert pixels(gif((20, 20), ALL, (0, 0, 20, 20, 1, {"clear": 1})), (7, 7)) == [BLUE, BLUE]
    assert pixels(gif((20, 20), (0, 0, 20, 20, 1, {"clear": 1})), (7, 7)) == [CLEAR]


BEYOND = 9


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(gif((20, 20), (0, 0, 20, 20, BEYOND)), id="an opaque still"),
        pytest.param(gif((20, 20), (0, 0, 20, 20, BEYOND, {"clear": 1})), id="a still with a transparent index"),
        pytest.param(gif((20, 20), (5, 5, 10, 10, BEYOND)), id="a frame that does not fill the canvas"),
        pytest.param(gif((20, 20), (0, 0, 20, 20, BEYOND), DOT), id="the first frame of an animation"),
        pytest.param(gif((20, 20), ALL, (0, 0, 20, 20, BEYOND)), id="a later frame"),
        pytest.param(gif((20, 20), ALL, palette=None), id="no palette"),
    ],
)
def test_an_index_that_the_palette_does_not_have_is_black(data):
    assert pixels(data, (7, 7))[-1] == BLACK


def test_a_transparent_index_that_the_palette_does_not_have_is_transparent():
    assert pixels(gif((20, 20), (0, 0, 20, 20, BEYOND, {"clear": BEYOND})), (7, 7)) == [CLEAR]
    assert pixels(gif((20, 20), ALL, (0, 0, 20, 20, BEYOND, {"clear": BEYOND})), (7, 7)) == [BLUE, BLUE]


@pytest.mark.parametrize("left", [codes((20, 10), 1), b"\x08\0", b"\x08\3\xff\xff\xff\0"])
def test_a_frame_that_lacks_pixels_ends_the_animation(left):
    images, source = shown(gif((20, 20), ALL, (0, 0, 20, 20, 1, {"data": left}), DOT))
    assert [image.getpixel((7, 7)) for image in images] == [BLUE]
    assert source.warnings == ("of 3 frames the first 1 could be read",)
    with pytest.raises(UnreadableImage, match="damaged or missing"):
        shown(gif((20, 20), (0, 0, 20, 20, 1, {"data": left}), DOT))


def test_the_first_frame_enlarges_the_canvas_and_no_other_does():
    images, source = shown(gif((20, 20), (30, 5, 10, 10, 1), (0, 0, 90, 90, 2)))
    assert (source.size, [image.size for image in images]) == ((40, 20), [(40, 20)] * 2)
    assert [image.getpixel((35, 7)) for image in images] == [RED, GREEN]


def test_an_empty_canvas_takes_the_size_of_the_first_frame():
    assert shown(gif((0, 0), (0, 0, 10, 8, 1), DOT))[1].size == (10, 8)


def test_an_empty_frame_changes_nothing():
    assert pixels(gif((20, 20), ALL, (0, 0, 0, 5, 1), DOT), (7, 7)) == [BLUE] * 3


def test_the_rows_of_an_interlaced_frame_are_put_in_order():
    image = gradient((40, 30)).quantize(32)
    data = saved(image, "GIF", interlace=1)
    assert data[data.index(b",", 13 + (3 << (data[10] & 7) + 1)) + 9] & 0x40
    assert shown(data)[0][0].convert("RGB").tobytes() == image.convert("RGB").tobytes()


def test_the_complete_frames_of_a_truncated_animation_are_shown():
    noise = grain((60, 60), 80)
    whole = saved(noise, "GIF", save_all=True, append_images=[noise.rotate(90), noise.rotate(180)], duration=50)
    images, source = shown(whole[:-200])
    assert len(images) == 2
    assert source.warnings == ("of 3 frames the first 2 could be read",)


def test_a_file_truncated_in_its_first_frame_is_unreadable():
    whole = saved(grain((60, 60), 80), "GIF")
    with pytest.raises(UnreadableImage, match="truncated"):
        shown(whole[:-200])


def test_too_many_bits_per_pixel_are_named():
    with pytest.raises(UnreadableImage, match="72 bits per pixel; the limit is 11"):
        shown(gif((8, 8), (0, 0, 8, 8, 1, {"data": b"\x48\1\0\0"})))


@pytest.mark.parametrize("limits", [Limits(pixels=3000), Limits(frame_pixels=7000)])
def test_a_frame_that_is_larger_than_the_canvas_is_held_to_the_limits(limits):
    with pytest.raises(ImageTooLarge):
        shown(gif((20, 20), ALL, (0, 0, 60, 60, 1)), limits)


def test_a_grey_still_stays_grey():
    with opened(saved(gradient().convert("L"), "GIF"), Limits()) as source:
        (frame,) = source.frames()
        assert frame.image.mode == "L"
