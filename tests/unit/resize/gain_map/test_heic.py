"""A HEIC of an iPhone becomes JPEGs with its gain map; one that cannot be used costs the picture nothing."""

import io
from dataclasses import replace

import pytest
from kit.apple_heic import COLOUR_HEIC, KIND, apple_heic
from PIL import Image

from services.resize.faces import DetectedFaces
from services.resize.gain_map import heic
from services.resize.gain_map.heic import gain_map_of
from services.resize.gain_map.values import GainMapError
from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import render

WHOLE = Rendition(name="whole", width=64, height=64, format="jpeg")
RIGHT = Rendition(name="right", width=24, height=24, fit="cover", gravity="north-east", format="jpeg")
KEEP = Settings(work_bucket="work", hdr="keep", renditions=(WHOLE, RIGHT, replace(WHOLE, name="webp", format="webp")))


def kept(data, settings=KEEP, **options):
    picture = render(data, settings, **options)
    return picture, {each.rendition.name: each.gain_map for each in picture.renditions}


def picture_of(gain_map):
    image = Image.open(io.BytesIO(gain_map.jpeg))
    image.load()
    return image


def test_it_is_found_with_the_headroom_of_its_xmp():
    found = gain_map_of(apple_heic("4.0"))
    assert found.values.alternate_headroom == 2  # stops
    assert not found.has_colours
    with Image.open(io.BytesIO(found.file)) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "L", (32, 24))
        assert image.getpixel((28, 3)) > 230
        assert image.getpixel((4, 20)) < 25


def test_jpeg_outputs_have_their_part_of_it_and_others_none():
    picture, found = kept(apple_heic())
    assert found["webp"] is None
    assert picture.warnings == ()
    whole, right = picture_of(found["whole"]), picture_of(found["right"])
    assert (whole.size, right.size) == ((32, 24), (12, 12))
    assert whole.getpixel((28, 3)) > 230
    assert whole.getpixel((4, 20)) < 25
    assert right.getpixel((1, 9)) < 40
    assert min(right.getpixel((x, y)) for x in (6, 10) for y in (2, 4)) > 200


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_it_is_turned_with_the_picture(turns):
    picture, found = kept(apple_heic(turns=turns))
    shown = picture_of(found["whole"])
    straight = picture_of(kept(apple_heic())[1]["whole"])
    assert shown.size == (straight.size if turns == 2 else straight.size[::-1])
    expected = straight.transpose(
        (None, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)[turns]
    )
    for x in (4, shown.width - 4):
        for y in (4, shown.height - 4):
            assert abs(shown.getpixel((x, y)) - expected.getpixel((x, y))) < 40, (x, y)
    assert picture.size == ((64, 48) if turns == 2 else (48, 64))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (apple_heic(None), "it has no headroom (Apple)"),
        (apple_heic("1.0"), "its headrooms are the same"),
        (apple_heic(gain=COLOUR_HEIC), "it is not grey"),
        (apple_heic(gain=COLOUR_HEIC[:-60]), "it"),
    ],
)
def test_what_cannot_be_used_says_why_and_the_picture_stays(data, reason):
    with pytest.raises(GainMapError, match=r"^it"):
        gain_map_of(data)
    picture, found = kept(data)
    assert set(found.values()) == {None}
    (warning,) = picture.warnings
    assert warning.startswith(f"HDR gain map ignored: {reason}")
    assert "\n" not in warning


def test_one_that_is_larger_than_its_picture_is_not_used(monkeypatch):
    import pi_heif  # noqa: PLC0415

    real = pi_heif.open_heif

    def larger(*given, **options):
        file = real(*given, **options)
        monkeypatch.setattr(type(file), "get_aux_image", lambda *_: Large)
        return file

    class Large:
        size, mode, stride, data = (65, 48), "L", 65, bytes(65 * 48)

    monkeypatch.setattr(pi_heif, "open_heif", larger)
    with pytest.raises(GainMapError, match="it is larger than its picture"):
        gain_map_of(apple_heic())


@pytest.mark.parametrize("data", [COLOUR_HEIC, apple_heic(kind="urn:mpeg:hevc:2015:auxid:2")])
def test_other_pictures_have_none(data):
    assert gain_map_of(data) is None
    picture, found = kept(data)
    assert set(found.values()) == {None}
    assert picture.warnings == ()


def test_what_only_names_it_has_none():
    data = COLOUR_HEIC + b"\0\0\0\x38free" + KIND.encode().ljust(48, b"\0")
    assert gain_map_of(data) is None


def test_a_picture_beyond_the_usual_limits_is_not_lost_for_it(monkeypatch):
    """A pipeline may allow more than the default."""
    monkeypatch.setattr(heic, "Limits", lambda: Limits(pixels=64 * 48 - 1))
    picture, found = kept(apple_heic())
    assert set(found.values()) == {None}
    (warning,) = picture.warnings
    assert warning.startswith("HDR gain map ignored: its boxes are too large or damaged (")


def test_hidden_faces_lose_it():
    picture, found = kept(apple_heic(), faces=DetectedFaces(boxes=((0.1, 0.1, 0.5, 0.5),), mode="blur"))
    assert set(found.values()) == {None}
    assert picture.warnings == ("HDR gain map ignored: it shows the shapes of the faces that are hidden",)


def test_without_keep_it_is_sdr_as_ever():
    picture, found = kept(apple_heic(), replace(KEEP, hdr="sdr"))
    assert set(found.values()) == {None}
    assert picture.warnings == ()
