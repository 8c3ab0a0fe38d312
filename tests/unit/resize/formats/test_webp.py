"""EXIF rotates a still WebP but not an animation, as in browsers."""

import pytest
from kit.pictures import gradient, saved
from PIL import Image

from services.resize.formats.opener import opened
from services.resize.settings import Limits


@pytest.mark.parametrize(("frames", "size"), [(1, (30, 40)), (3, (40, 30))])
def test_exif_rotates_a_still_but_not_an_animation(frames, size):
    exif = Image.Exif()
    exif[274] = 6
    image = gradient((40, 30))
    more = {"save_all": True, "append_images": [image.rotate(90 * each) for each in range(1, frames)]}
    with opened(saved(image, "WEBP", exif=exif, **(more if frames > 1 else {})), Limits()) as source:
        assert (source.animated, source.size) == (frames > 1, size)


def test_the_canvas_around_opaque_frames_is_transparent():
    frames = [Image.new("RGBA", (60, 40)) for _ in range(3)]
    for index, frame in enumerate(frames):
        frame.paste((20, 200, 90, 255), (10 + 10 * index, 10, 20 + 10 * index, 30))
    data = saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    # libwebp finds no alpha in the frames' own pixels.
    assert data[20] == 0x02
    with opened(data, Limits()) as source:
        seen = [frame.image.convert("RGBA") for frame in source.frames()]
    assert [frame.tobytes() for frame in seen] == [frame.tobytes() for frame in frames]


def test_an_animation_that_covers_its_canvas_stays_without_alpha():
    frames = [gradient((60, 40)).rotate(90 * each) for each in range(3)]
    with opened(saved(frames[0], "WEBP", save_all=True, append_images=frames[1:]), Limits()) as source:
        assert {frame.image.mode for frame in source.frames()} == {"RGB"}
