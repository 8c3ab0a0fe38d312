"""Artist and copyright are written in every format, and no other metadata."""

import io

import pytest
from kit.pictures import gradient
from PIL import Image

from services.watermark.encoding.files import CONTENT_TYPES, encode
from shared.messages import Animation, Copyright

ADA = Copyright(artist="Ada Ñandú", copyright="© 2026 Ada 日本")


def opened(form, copyright_fields, frames=1):
    animation = Animation(durations_ms=(50,) * frames) if frames > 1 else None
    images = [gradient((64, 48), "RGBA").rotate(90 * index) for index in range(frames)]
    image = Image.open(
        io.BytesIO(encode(images, form, quality=80, animation=animation, copyright_fields=copyright_fields).data)
    )
    image.load()
    return image


def written(image):
    return {tag: value.encode("latin-1").decode() for tag, value in image.getexif().items()}


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("form", sorted(CONTENT_TYPES.keys() - {"gif"}))
def test_exif_has_only_the_two_tags(form, frames):
    assert written(opened(form, ADA, frames)) == {0x013B: ADA.artist, 0x8298: ADA.copyright}
    assert written(opened(form, Copyright(copyright="© Ada"), frames)) == {0x8298: "© Ada"}


@pytest.mark.parametrize("frames", [1, 3])
def test_a_gif_has_them_in_its_comment(frames):
    assert opened("gif", ADA, frames).info["comment"].decode() == "© 2026 Ada 日本\nAda Ñandú"
    assert opened("gif", Copyright(artist="Ada"), frames).info["comment"] == b"Ada"


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("form", CONTENT_TYPES)
def test_without_copyright_there_is_no_metadata_of_any_kind(form, frames):
    image = opened(form, None, frames)
    assert not image.getexif()
    # The decoder of JPEG XL makes a profile of the colours that the file states in a few bits.
    profile = {"icc_profile"} if form != "jxl" else set()
    assert not {"exif", "xmp", "comment", "photoshop", "dpi", *profile} & image.info.keys()
