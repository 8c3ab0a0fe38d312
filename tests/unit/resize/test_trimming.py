"""A border of one colour is removed before anything else, and never the picture with it."""

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.gain_maps import ultra_hdr
from kit.pictures import animation, gradient, saved, turned
from PIL import Image, ImageChops, ImageDraw, ImageStat

from services.resize import page_frames, trimming
from services.resize.downscale import SourceInfo
from services.resize.formats.jpeg import JpegSource
from services.resize.moderation import ModerationPolicy
from services.resize.settings import ImageSet, Limits, Moderation, Rendition, Settings
from services.resize.step import render

WHITE = (255, 255, 255)


def bordered(picture, size=(200, 160), at=(60, 30), colour=WHITE):
    canvas = Image.new(picture.mode, size, colour)
    canvas.paste(picture, at)
    return canvas


def found(image, tolerance=10, orientation=1, size=None, *, lossy=False):
    size = size or image.size
    info = SourceInfo(size=size, orientation=orientation, icc_profile=None, animated=False)
    return trimming.region(image, info, tolerance, lossy=lossy)


def rendered(data, trim=10, **options):
    rendition = Rendition(name="x", **{"width": 512, "height": 512} | options)
    return render(data, Settings(work_bucket="w", renditions=(rendition,), trim=trim))


def size_of(data, trim=10, **options):
    return rendered(data, trim, **options).renditions[0].frames[0].size


def difference(one, other):
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@given(
    box=st.tuples(st.integers(0, 90), st.integers(0, 90), st.integers(2, 90), st.integers(2, 90)),
    colour=st.sampled_from([(255, 255, 255), (0, 0, 0), (10, 90, 200)]),
)
def test_the_box_is_exactly_what_differs(box, colour):
    left, top, width, height = box
    image = Image.new("RGB", (200, 190), colour)
    image.paste((128, 128, 128), (left, top, left + width, top + height))
    # Where the picture has one corner, the other three are still the border's.
    assert found(image) == (left, top, left + width, top + height)


@pytest.mark.parametrize(
    ("mode", "border", "inner"),
    [
        ("L", 255, 0),
        ("RGB", WHITE, (255, 255, 240)),
        ("RGBA", (*WHITE, 255), (*WHITE, 240)),
        ("CMYK", (0, 0, 0, 0), (0, 0, 0, 20)),
        ("LAB", (255, 128, 128), (255, 128, 150)),
    ],
)
def test_in_every_mode(mode, border, inner):
    image = Image.new(mode, (50, 40), border)
    image.paste(inner, (5, 6, 30, 20))
    assert found(image) == (5, 6, 30, 20)


def test_a_transparent_border_is_one_colour_whatever_is_beneath():
    image = Image.merge("RGBA", (*gradient((60, 50)).split(), Image.new("L", (60, 50), 0)))
    image.paste((10, 20, 30, 200), (10, 12, 40, 30))
    assert found(image) == (10, 12, 40, 30)


def test_the_tolerance_is_of_each_channel():
    image = bordered(gradient(), colour=(200, 200, 200))
    image.paste((200, 200, 211), (0, 0, 200, 5))
    # The two corners above differ by 11 levels of one channel.
    assert found(image, 10) is None
    assert found(image, 11) == (60, 30, 156, 94)


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (40, 30), WHITE),
        Image.new("RGB", (1, 1)),
        Image.new("RGBA", (40, 30), (0, 0, 0, 0)),
        gradient(),
        bordered(Image.new("RGB", (2, 1)), (400, 300)),
    ],
    ids=["uniform", "one pixel", "transparent", "no border", "a speck"],
)
def test_never_to_nothing(image):
    assert found(image) is None
    assert size_of(saved(image, "PNG")) == image.size


@pytest.mark.parametrize("quality", [60, 80, 95])
@pytest.mark.parametrize("side", [90, 300, 900])
def test_what_a_jpeg_spreads_into_its_border_is_border(quality, side):
    image = bordered(photograph((843, 631)), (1200, 1000), (211, 133), (247, 246, 243))
    frame = rendered(saved(image, "JPEG", quality=quality), width=side, height=side).renditions[0].frames[0]
    lines = [(0, 0, frame.width, 1), (0, frame.height - 1, frame.width, frame.height)]
    lines += [(0, 0, 1, frame.height), (frame.width - 1, 0, frame.width, frame.height)]
    # The third channel of the photograph is 90 everywhere.
    assert all(ImageStat.Stat(frame.crop(line)).mean[2] < 150 for line in lines)


def test_a_faint_line_is_kept_of_a_lossless_file_and_where_nothing_stronger_is_near():
    image = bordered(Image.new("RGB", (60, 40), (100, 100, 100)), (200, 160))
    image.paste((200, 200, 200), (59, 30, 60, 70))
    assert found(image) == (59, 30, 120, 70)
    assert found(image, lossy=True) == (60, 30, 120, 70)
    faint = bordered(Image.new("RGB", (60, 40), (200, 200, 200)), (200, 160))
    faint.paste((100, 100, 100), (90, 40, 100, 60))
    assert found(faint, lossy=True) == (60, 30, 120, 70)
    assert found(bordered(Image.new("RGB", (3, 40), (200, 200, 200))), lossy=True) == (60, 30, 63, 70)


def test_a_sky_is_no_border():
    image = Image.new("RGB", (90, 60), (120, 170, 250))
    image.paste(gradient((90, 30)), (0, 30))
    assert found(image) is None


def test_bars_above_and_below_are_a_border():
    assert found(bordered(gradient((200, 64)), at=(0, 30), colour=(0, 0, 0))) == (0, 30, 200, 94)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("fit", ["inside", "cover", "contain"])
def test_as_people_see_it(orientation, fit):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = saved(turned(bordered(gradient()), orientation), "PNG", exif=exif)
    options = {"fit": fit, "width": 60, "height": 60}
    got = rendered(stored, **options).renditions[0].frames[0]
    expected = rendered(saved(gradient(), "PNG"), 0, **options).renditions[0].frames[0]
    assert got.size == expected.size
    assert difference(got, expected) < 2


@pytest.mark.parametrize(
    "pull",
    [{"gravity": "east"}, {"gravity": "attention"}, {"focus": (0.8, 0.5)}],
    ids=["gravity", "attention", "focus"],
)
def test_what_a_crop_keeps_is_of_the_trimmed_picture(pull):
    picture = Image.new("RGB", (120, 40), (90, 90, 90))
    ImageDraw.Draw(picture).rectangle((80, 10, 105, 30), (250, 10, 10))
    bare, framed = saved(picture, "PNG"), saved(bordered(picture, (400, 300), (250, 200)), "PNG")
    options = {"fit": "cover", "width": 40, "height": 40, **pull}
    pairs = ((framed, 10), (bare, 0))
    got, expected = (rendered(data, trim, **options).renditions[0].frames[0] for data, trim in pairs)
    assert difference(got, expected) < 2


def test_a_set_is_never_wider_than_the_trimmed_picture():
    settings = Settings(work_bucket="w", sets=(ImageSet(name="hero", widths=(50, 400)),), trim=10)
    made = render(saved(bordered(gradient()), "PNG"), settings)
    assert [each.frames[0].width for each in made.renditions if each.rendition.set] == [50, 96]


class Decoded:
    """The size of each JPEG that is decoded."""

    def __init__(self, monkeypatch):
        self.sizes = []
        frames = JpegSource.frames

        def noting(source):
            for frame in frames(source):
                self.sizes.append(frame.image.size)
                yield frame

        monkeypatch.setattr(JpegSource, "frames", noting)


def photograph(size):
    return gradient((96, 64)).resize(size, Image.Resampling.BICUBIC)


def test_a_jpeg_is_decoded_at_a_fraction_of_its_size(monkeypatch):
    decoded = Decoded(monkeypatch)
    data = saved(bordered(photograph((3000, 2400)), (4000, 3000), (500, 300)), "JPEG", quality=90)
    made = rendered(data, width=280, height=280).renditions[0].frames[0]
    assert decoded.sizes == [(500, 375), (500, 375)]
    assert made.size == (280, 224)
    expected = rendered(saved(photograph((3000, 2400)), "PNG"), 0, width=280, height=280).renditions[0].frames[0]
    # The last row of a picture that is decoded at an eighth has some of the border.
    assert difference(made.crop((2, 2, 278, 222)), expected.crop((2, 2, 278, 222))) < 3


def test_a_small_part_of_a_jpeg_is_decoded_at_the_size_that_it_is_shown_at(monkeypatch):
    decoded = Decoded(monkeypatch)
    data = saved(bordered(photograph((600, 400)), (4000, 3000), (1703, 1201)), "JPEG", quality=95)
    assert size_of(data, width=512, height=512) == (512, 341)
    assert decoded.sizes == [(500, 375), (4000, 3000)]


def test_a_stamp_on_a_large_scan_does_not_cost_the_memory_of_all_of_it(monkeypatch):
    decoded = Decoded(monkeypatch)
    monkeypatch.setattr(page_frames, "_MAX_TRIMMED_PX", 1_000_000)
    data = saved(bordered(photograph((600, 400)), (4000, 3000), (1703, 1201)), "JPEG", quality=95)
    made = rendered(data)
    assert made.warnings == ("not trimmed: its part within the border takes more than 25,000,000 px to decode",)
    assert made.renditions[0].frames[0].size == (512, 384)
    assert decoded.sizes == [(500, 375), (1000, 750)]


def test_what_a_glance_does_not_see_is_not_shown_larger_than_it_was_decoded(monkeypatch):
    decoded = Decoded(monkeypatch)
    image = Image.new("RGB", (4000, 3000), WHITE)
    # At an eighth these lines differ from white by 8 levels at most; at a half, by all of their 30.
    ImageDraw.Draw(image).rectangle((1000, 1000, 1299, 1299), outline=(225, 225, 225), width=2)
    assert size_of(saved(image, "JPEG", quality=95), width=900, height=900) == (900, 675)
    assert decoded.sizes == [(500, 375), (2000, 1500)]


def test_an_animation_keeps_its_border_and_says_so():
    made = rendered(animation("WEBP", lossless=True))
    assert made.warnings == ("not trimmed: it is an animation",)
    assert made.renditions[0].frames[0].size == (64, 48)


def test_each_page_is_trimmed_by_itself():
    pages = [bordered(gradient()), bordered(gradient((48, 64)))]
    settings = Settings(work_bucket="w", renditions=(Rendition(name="x"),), trim=10, pages="all")
    made = render(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]), settings)
    assert [each.frames[0].size for each in made.renditions] == [(96, 64), (48, 64)]


def test_a_moderator_sees_the_border_too():
    policy = ModerationPolicy(moderator=None, settings=Moderation())
    settings = Settings(work_bucket="w", renditions=(Rendition(name="x"),), trim=10)
    made = render(saved(bordered(gradient()), "PNG"), settings, policy=policy)
    with Image.open(io.BytesIO(made.shown[0])) as shown:
        assert shown.size == (200, 160)
    assert made.renditions[0].frames[0].size == (96, 64)


def test_the_gain_map_of_an_hdr_picture_is_trimmed_alike():
    base = bordered(gradient((192, 128)), (400, 320), (120, 60))
    gains = bordered(Image.new("L", (96, 64), 200), (200, 160), (60, 30), 0)
    data = ultra_hdr(base, gains, quality=95)
    rendition = Rendition(name="x", width=512, height=512, format="jpeg")
    settings = Settings(work_bucket="w", renditions=(rendition,), hdr="keep", trim=10)
    (made,) = render(data, settings).renditions
    assert made.frames[0].size == pytest.approx((192, 128), abs=16)
    with Image.open(io.BytesIO(made.gain_map.jpeg)) as kept:
        assert kept.size == pytest.approx((96, 64), abs=8)
        # None of the border, which has no gain, but for a block of the JPEG at its edges.
        assert ImageStat.Stat(kept.convert("L")).mean[0] > 180


def test_a_jpeg_2000_is_decoded_at_a_fraction_too():
    data = saved(bordered(photograph((1200, 800)), (2000, 1500), (300, 200)), "JPEG2000")
    assert size_of(data, width=300, height=300) == (300, 200)


def test_without_the_setting_nothing_is_trimmed():
    data = saved(bordered(gradient()), "PNG")
    assert size_of(data, trim=0) == (200, 160)
    assert render(data, replace(Settings(work_bucket="w"), limits=Limits())).size == (200, 160)
