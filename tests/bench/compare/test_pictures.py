"""When two pictures are the same."""

import pytest
from kit.pictures import gradient
from PIL import Image, ImageChops

from bench.compare.pictures import apart, difference, inside, picture, visible_difference


def test_a_picture_agrees_with_itself_made_smaller():
    whole = gradient((2048, 1024))
    found = difference(picture([whole.resize((1024, 512))]), picture([whole]))
    assert found.reason is None
    assert found.levels < 1


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        lambda image: image.transpose(Image.Transpose.ROTATE_180),
        ImageChops.invert,
        lambda image: image.convert("L").convert("RGB"),
        lambda image: image.point(lambda level: min(255, level + 8)),
    ],
)
def test_another_picture_differs_by_its_levels(change):
    image = gradient((200, 100))
    assert difference(picture([change(image)]), picture([image])).reason.startswith("off by ")


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0)])
def test_alpha_counts_whatever_colour_it_hides(colour):
    opaque = Image.new("RGBA", (64, 64), (*colour, 255))
    half = Image.new("RGBA", (64, 64), (*colour, 128))
    assert apart(opaque, half) == pytest.approx(127, abs=1)


def test_the_colour_of_transparent_pixels_does_not_count():
    red, blue = (Image.new("RGBA", (64, 64), (*colour, 0)) for colour in ((255, 0, 0), (0, 0, 255)))
    assert apart(red, blue) == 0


def test_a_size_may_be_off_by_one_pixel_and_no_more():
    reference = picture([gradient((100, 50))])
    assert difference(picture([gradient((99, 51))]), reference).reason is None
    assert difference(picture([gradient((98, 50))]), reference).reason == "98 x 50 instead of 100 x 50"


def test_a_picture_on_its_side_differs_by_its_size():
    assert difference(picture([gradient((50, 100))]), picture([gradient((100, 50))])).reason == (
        "50 x 100 instead of 100 x 50"
    )


def test_sizes_go_into_the_box_and_never_grow():
    assert inside((4000, 3000)) == (1024, 768)
    assert inside((10, 20)) == (10, 20)
    assert inside((100_000, 3)) == (1024, 1)


def frames(*levels):
    return [Image.new("L", (70, 70), level) for level in levels]


def test_every_frame_of_an_animation_counts():
    reference = picture(frames(10, 20, 30), durations_ms=[40, 40, 40])
    same = picture(frames(10, 20, 31), durations_ms=[40, 41, 40])
    other = picture(frames(10, 23, 30), durations_ms=[40, 40, 40])
    short = picture(frames(10, 20), durations_ms=[40, 80])
    assert difference(same, reference).reason is None
    found = difference(other, reference)
    assert (found.reason, found.frame) == ("off by 3.0 levels in frame 1", 1)
    assert difference(short, reference).reason == "2 frames instead of 3"


def test_a_frame_that_takes_another_time_differs():
    reference = picture(frames(10, 20), durations_ms=[100, 200])
    assert difference(picture(frames(10, 20), durations_ms=[100, 150]), reference).reason == (
        "frame 1 takes 150 ms instead of 200"
    )


def test_a_frame_without_a_duration_is_shown_as_in_browsers():
    assert (
        difference(picture(frames(1, 2), durations_ms=[0, 10]), picture(frames(1, 2), durations_ms=[100, 100])).reason
        is None
    )


def test_a_reference_that_reads_one_frame_is_compared_with_the_first():
    still = picture(frames(10), counts_frames=False)
    assert difference(picture(frames(10, 200), durations_ms=[40, 40]), still).reason is None
    assert difference(picture(frames(30, 10), durations_ms=[40, 40]), still).reason == "off by 20.0 levels"


def test_a_picture_needs_a_frame():
    with pytest.raises(ValueError, match="needs a frame"):
        picture([])


def test_the_difference_shows_where_two_pictures_differ():
    first = Image.new("RGBA", (8, 8), (10, 10, 10, 255))
    second = first.copy()
    second.putpixel((3, 4), (30, 10, 10, 255))
    shown = visible_difference(first, second)
    assert shown.getbbox() == (3, 4, 4, 5)
    assert shown.getpixel((3, 4)) == (80, 0, 0)
