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
