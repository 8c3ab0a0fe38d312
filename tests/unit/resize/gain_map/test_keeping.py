"""A rendition's gain map shows the same part of the picture as the rendition, turned the same way."""

import io
from dataclasses import replace

import pytest
from kit.gain_maps import PIXEL, XMP, attributes, elements, iso, jpeg, multi_picture, plain, segment, ultra_hdr
from kit.icc import DISPLAY_P3, grey_profile, matrix_profile
from kit.pictures import grain
from PIL import Image, ImageCms, ImageOps

from services.resize.gain_map import adobe_xmp
from services.resize.gain_map.finding import gain_map_of
from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import render
from shared.deadline import Deadline
from shared.errors import ImageTooSlow

WHOLE = Rendition(name="whole", width=60, height=60, format="jpeg")
CROPPED = Rendition(name="cropped", width=40, height=24, fit="cover", gravity="south-east", format="jpeg")
PADDED = Rendition(name="padded", width=60, height=60, fit="contain", format="jpeg")
KEEP = Settings(work_bucket="work", hdr="keep", renditions=(WHOLE, CROPPED, PADDED))
P3 = matrix_profile(DISPLAY_P3)
COLOURS = elements(PIXEL | {"GainMapMax": ("1", "2", "3")})


def corners(size, mode="RGB"):
    """A picture whose four corners have four levels: each turn and each crop of it looks different."""
    small = Image.new("L", (2, 2))
    small.putdata((40, 100, 160, 220))
    return small.resize(size, Image.Resampling.NEAREST).convert(mode)


def kept(data, settings=KEEP):
    picture = render(data, settings)
    return picture, {each.rendition.name: each.gain_map for each in picture.renditions}


def shown(gain_map):
    image = Image.open(io.BytesIO(gain_map.jpeg))
    image.load()
    return image


def levels(image):
    """The levels in the four corners, within JPEG's error."""
    width, height = image.size
    image = image.convert("L")
    return [round(image.getpixel((int(width * x), int(height * y))) / 20) for y in (0.2, 0.8) for x in (0.2, 0.8)]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_turned_and_cropped_with_the_picture(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = corners((160, 120))
    picture, found = kept(ultra_hdr(stored, corners((80, 60), "L"), exif=exif))
    seen = ImageOps.exif_transpose(Image.open(io.BytesIO(jpeg(stored, exif=exif)))).size
    assert picture.size == seen
    for each in picture.renditions[:2]:
        gain_map = shown(found[each.rendition.name])
        assert gain_map.size == (each.frames[0].width // 2, each.frames[0].height // 2 or 1)
        assert levels(gain_map) == levels(each.frames[0])


def test_an_orientation_of_its_own_does_not_count():
    exif = Image.Exif()
    exif[0x0112] = 3
    base, gain_map = corners((160, 120)), corners((80, 60), "L")
    further = jpeg(gain_map, attributes(PIXEL), exif=exif)
    picture, found = kept(multi_picture(jpeg(base), further))
    assert levels(shown(found["whole"])) == levels(picture.renditions[0].frames[0])


def test_padding_has_a_gain_of_no_stops():
    given = attributes(PIXEL | {"GainMapMin": "-2.656715"})
    _, found = kept(ultra_hdr(Image.new("RGB", (160, 80)), Image.new("L", (80, 40), 255), given))
    gain_map = shown(found["padded"])
    assert gain_map.size == (30, 30)
    assert (gain_map.getpixel((15, 1)), gain_map.getpixel((15, 28))) == (128, 128)
    assert gain_map.getpixel((15, 15)) > 250


def test_its_values_stay_in_both_forms():
    data = ultra_hdr(*plain(), COLOURS)
    _, found = kept(data)
    values = gain_map_of(data).values
    assert gain_map_of(multi_picture(jpeg(plain()[0]), found["whole"].jpeg)).values == values
    begin = found["whole"].jpeg.index(adobe_xmp.PREFIX) + len(adobe_xmp.PREFIX)
    assert adobe_xmp.values_in(found["whole"].jpeg[begin:]) == values


def test_a_grey_one_is_written_as_grey():
    _, found = kept(ultra_hdr(plain()[0], plain()[1].convert("RGB")))
    assert shown(found["whole"]).mode == "L"


def test_sdr_is_the_default_and_gives_the_same_renditions():
    data = ultra_hdr(*plain())
    assert Settings(work_bucket="work").hdr == "sdr"
    without, found = kept(data, replace(KEEP, hdr="sdr"))
    assert set(found.values()) == {None}
    for one, other in zip(without.renditions, render(data, KEEP).renditions, strict=True):
        assert one.frames[0].tobytes() == other.frames[0].tobytes()


@pytest.mark.parametrize("data", [jpeg(plain()[0]), multi_picture(jpeg(plain()[0]), jpeg(plain()[0]))])
def test_a_picture_without_one_is_as_before(data):
    picture, found = kept(data)
    assert set(found.values()) == {None}
    assert picture.warnings == render(data, replace(KEEP, hdr="sdr")).warnings


def test_other_formats_get_none():
    renditions = (replace(WHOLE, format="webp"), replace(WHOLE, name="set", formats=("webp", "jpeg")))
    _, found = kept(ultra_hdr(*plain()), replace(KEEP, renditions=renditions))
    assert found["whole"] is None
    assert found["set"] is not None


def test_a_gain_map_is_not_a_second_picture():
    data = ultra_hdr(*plain(), iso(((0, 1), (3, 1), (0, 1), (3, 1), (1, 1), (1, 64), (1, 64)), flags=0x40))
    assert render(data, replace(KEEP, hdr="sdr")).warnings == ("first of 2 pictures",)
    assert render(data, KEEP).warnings == ()


def test_colours_of_a_wide_gamut_stay_where_the_gain_differs_by_channel():
    red = Image.new("RGB", (64, 48), (250, 20, 20))
    picture, found = kept(ultra_hdr(red, plain()[1].convert("RGB"), COLOURS, icc_profile=P3))
    assert found["whole"].profile == P3
    assert found["whole"].base.getpixel((5, 5)) == pytest.approx((250, 20, 20), abs=3)
    # In sRGB this red is beyond what there is: other formats get the nearest.
    assert picture.renditions[0].frames[0].getpixel((5, 5)) == pytest.approx((255, 0, 0), abs=3)


@pytest.mark.parametrize(
    ("gain_map", "values", "profile"),
    [
        (plain()[1], attributes(PIXEL), P3),
        (plain()[1].convert("RGB"), COLOURS, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()),
        (plain()[1].convert("RGB"), COLOURS, None),
    ],
    ids=["the same gain in all channels", "sRGB", "no profile"],
)
def test_other_pictures_are_converted_to_srgb_as_ever(gain_map, values, profile):
    options = {} if profile is None else {"icc_profile": profile}
    _, found = kept(ultra_hdr(plain()[0], gain_map, values, **options))
    assert (found["whole"].base, found["whole"].profile) == (None, None)


def test_a_gain_in_primaries_of_its_own_keeps_their_profile():
    numbers = ((0, 1), (3, 1), *((0, 1), (1, 1), (1, 1), (1, 64), (1, 64)), *((0, 1), (2, 1), (1, 1), (1, 64), (1, 64)))
    numbers = (*numbers, (0, 1), (3, 1), (1, 1), (1, 64), (1, 64))
    further = jpeg(plain()[1].convert("RGB"), iso(numbers, flags=0x80), icc_profile=P3)
    _, found = kept(multi_picture(jpeg(plain()[0], icc_profile=P3), further))
    assert found["whole"].base is None
    assert shown(found["whole"]).info["icc_profile"] == P3
    assert XMP not in found["whole"].jpeg
    assert not gain_map_of(multi_picture(jpeg(plain()[0]), found["whole"].jpeg)).values.in_base_space


def test_without_a_profile_a_gain_applies_to_the_primaries_of_its_picture():
    numbers = ((0, 1), (3, 1), (0, 1), (3, 1), (1, 1), (1, 64), (1, 64))
    _, found = kept(ultra_hdr(*plain(), iso(numbers, flags=0)))
    assert XMP in found["whole"].jpeg
    assert gain_map_of(multi_picture(jpeg(plain()[0]), found["whole"].jpeg)).values.in_base_space


def truncated():
    data = ultra_hdr(plain()[0], grain((32, 24), 90))
    return data[:-300]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (ultra_hdr(*plain(), attributes(PIXEL | {"Gamma": "0"})), "its gammas are not from 0.01 to 100"),
        (
            ultra_hdr(*plain(), segment(0xE1, XMP + b"urn:com:apple:photo:2020:aux:hdrgainmap")),
            "it has no headroom (Apple)",
        ),
        (truncated(), "it is damaged or too large"),
        (ultra_hdr(plain()[0].convert("CMYK"), plain()[1]), "its picture is of inks"),
        (
            ultra_hdr(plain()[0], plain()[1].convert("RGB"), COLOURS, icc_profile=P3 + bytes(66_000)),
            "the profile of its picture is too large",
        ),
    ],
    ids=["values", "apple", "truncated", "inks", "profile"],
)
def test_one_that_cannot_be_used_never_fails_the_image(data, why):
    picture, found = kept(data)
    assert set(found.values()) == {None}
    assert [each for each in picture.warnings if each.startswith("HDR gain map ignored: ") and why in each]
    sdr = render(data, replace(KEEP, hdr="sdr"))
    assert [each.frames[0].tobytes() for each in picture.renditions] == [
        each.frames[0].tobytes() for each in sdr.renditions
    ]


def test_limits_hold_for_it_too():
    data = ultra_hdr(plain()[0], Image.new("L", (300, 200)))
    picture, found = kept(data, replace(KEEP, limits=Limits(pixels=64 * 48)))
    assert set(found.values()) == {None}
    assert "limit is 3,072 (limits.pixels)" in picture.warnings[-1]


def test_time_runs_out_for_it_too():
    # The clock stands until the picture is done: a rendition of the same file without a gain map shows how long it is.
    readings = []

    def clock():
        readings.append(0)
        return float(len(readings))

    render(ultra_hdr(*plain()), replace(KEEP, hdr="sdr"), Deadline(10_000, clock))
    reached = len(readings) + 2
    readings.clear()
    with pytest.raises(ImageTooSlow):
        render(ultra_hdr(*plain()), KEEP, Deadline(reached, clock))


def test_the_clock_is_read_for_each_gain_map():
    def readings(hdr, renditions):
        read = []
        render(
            ultra_hdr(*plain()),
            replace(KEEP, hdr=hdr, renditions=renditions),
            Deadline(1, lambda: float(bool(read.append(0)))),
        )
        return len(read)

    one, three = (readings("keep", each) - readings("sdr", each) for each in ((WHOLE,), KEEP.renditions))
    assert three == one + 2


def test_a_grey_picture_with_a_profile_keeps_its_gain_map():
    _, found = kept(ultra_hdr(plain()[0].convert("L"), plain()[1], icc_profile=grey_profile(1.8)))
    assert found["whole"].jpeg
