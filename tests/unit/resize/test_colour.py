"""Every colour space looks as in the original: compared with floating-point references."""

import struct
import threading

import pytest
from kit import icc
from kit.pictures import gradient, png, saved
from kit.renditions import RAMP, iccp, rendered, row, whole, words
from PIL import Image, ImageChops, ImageCms, ImageStat

from services.resize.colour import to_srgb

# Colour spaces.

SPACES = {"Adobe RGB": icc.ADOBE_RGB, "Display P3": icc.DISPLAY_P3, "ProPhoto": icc.PRO_PHOTO}
COLOURS = [(200, 100, 50), (128, 128, 128), (10, 20, 30), (255, 255, 255), (0, 0, 0), (0, 255, 0), (90, 160, 220)]


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP", "JPEG", "AVIF"])
def test_a_wide_gamut_is_converted_by_its_profile(form, space):
    exact = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}, "AVIF": {"quality": 100}}
    lossy = 4 if form in {"JPEG", "AVIF"} else 1
    for colour in COLOURS:
        image = Image.new("RGB", (32, 32), colour)
        options = exact.get(form, {})
        got = rendered(saved(image, form, icc_profile=icc.matrix_profile(space), **options)).getpixel((9, 9))
        assert got == pytest.approx(icc.srgb_of(colour, space), abs=lossy)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_converting_after_shrinking_equals_converting_before(space):
    image, profile = gradient((512, 512)), icc.matrix_profile(space)
    shrunk = rendered(saved(image, "PNG", icc_profile=profile))
    first = to_srgb(image, profile).resize((64, 64), Image.Resampling.BICUBIC)
    assert max(ImageStat.Stat(ImageChops.difference(shrunk, first)).mean) < 1


@pytest.mark.parametrize("name", ["sRGB in name only", "another name"])
def test_a_profile_is_recognised_by_its_content_and_not_by_its_name(name):
    image = Image.new("RGB", (32, 32), (200, 100, 50))
    wide = icc.matrix_profile(icc.ADOBE_RGB, name)
    assert rendered(saved(image, "PNG", icc_profile=wide)).getpixel((9, 9)) == pytest.approx(
        icc.srgb_of((200, 100, 50), icc.ADOBE_RGB), abs=1
    )
    same = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert to_srgb(image, same) is image


def test_a_profile_does_not_change_alpha():
    image = gradient(mode="RGBA")
    got = whole(saved(image, "PNG", icc_profile=icc.matrix_profile(icc.PRO_PHOTO)))
    assert got.getchannel("A").tobytes() == image.getchannel("A").tobytes()
    assert got.getpixel((80, 40))[:3] == pytest.approx(icc.srgb_of(image.getpixel((80, 40))[:3], icc.PRO_PHOTO), abs=1)


def greys(mode):
    ramp = Image.frombytes("L", (RAMP, 1), bytes(range(RAMP)))
    return ramp if mode == "L" else Image.merge("LA", (ramp, Image.new("L", ramp.size, 200)))


@pytest.mark.parametrize("mode", ["L", "LA"])
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_grey_is_converted_by_a_grey_profile(form, mode):
    got = whole(saved(greys(mode), form, icc_profile=icc.grey_profile(1.8)))
    assert got.mode == ("L" if mode == "L" else "RGBA")
    expected = [icc.encoded((level / 255) ** 1.8) for level in range(RAMP)]
    assert row(got.convert("RGB").getchannel("R")) == pytest.approx(expected, abs=2)


def test_16_bits_are_converted_by_a_profile():
    grey = whole(png((RAMP, 1), 16, 0, words(">"), **iccp(icc.grey_profile(1.8))))
    assert row(grey) == pytest.approx([icc.encoded((level / 255) ** 1.8) for level in range(RAMP)], abs=2)
    pixels = struct.pack(">3H", 200 * 257, 100 * 257, 50 * 257)
    wide = whole(png((1, 1), 16, 2, pixels, **iccp(icc.matrix_profile(icc.DISPLAY_P3))))
    assert wide.getpixel((0, 0)) == pytest.approx(icc.srgb_of((200, 100, 50), icc.DISPLAY_P3), abs=1)


def test_a_grey_profile_in_a_coloured_picture_is_ignored():
    image = Image.new("RGB", (32, 32), (200, 100, 50))
    assert to_srgb(image, icc.grey_profile(1.0)) is image
    see_through = Image.new("RGBA", (32, 32), (200, 100, 50, 9))
    assert to_srgb(see_through, icc.grey_profile(1.0)) is see_through


def test_an_rgb_profile_in_a_picture_of_inks_is_ignored():
    image = gradient(mode="CMYK")
    assert to_srgb(image, icc.matrix_profile(icc.ADOBE_RGB)) is image


# As Chromium 156 shows them: pictures that lost their colours keep the profile of these.
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "AVIF"])
def test_grey_is_converted_by_a_profile_of_colours(form):
    options = {"quality": 100} if form in {"JPEG", "AVIF"} else {}
    got = whole(saved(greys("L"), form, icc_profile=icc.matrix_profile(icc.PRO_PHOTO), **options))
    assert got.mode == "L"
    assert row(got) == pytest.approx([icc.encoded((level / 255) ** 1.8) for level in range(RAMP)], abs=3)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "P"])
def test_a_grey_profile_in_colours_that_are_all_grey_is_ignored(form, mode):
    image = greys("L").convert("RGB")
    options = {"JPEG": {"quality": 100}, "WEBP": {"lossless": True}}.get(form, {})
    if mode == "P":
        image = image.quantize(RAMP) if form == "PNG" else image
    got = whole(saved(image, form, icc_profile=icc.grey_profile(1.0), **options))
    assert row(got.convert("L")) == pytest.approx(range(RAMP), abs=2)


def test_16_bit_grey_with_alpha_is_converted_by_a_grey_profile():
    pixels = b"".join(struct.pack(">2H", level * 257, 65_535 - 257) for level in range(RAMP))
    got = whole(png((RAMP, 1), 16, 4, pixels, **iccp(icc.grey_profile(1.8))))
    expected = [icc.encoded((level / 255) ** 1.8) for level in range(RAMP)]
    assert row(got.convert("RGB").getchannel("R")) == pytest.approx(expected, abs=2)


def dark_and_white(profile):
    image = Image.new("RGB", (2, 1), (255, 255, 255))
    image.putpixel((0, 0), (0, 0, 0))
    return to_srgb(image, profile).tobytes()


def test_black_becomes_pure_for_inks_and_keeps_its_tint_elsewhere():
    assert dark_and_white(icc.tinted_profile(b"prtr")) == b"\0\0\0\xff\xff\xff"
    assert dark_and_white(icc.tinted_profile(b"scnr")) == b"\x21\x0c\0\xff\xff\xff"
    for names in ((b"A2B0",), (b"A2B1",), (b"A2B0", b"A2B1")):
        assert dark_and_white(icc.tinted_profile(b"mntr", names=names)) == b"\x21\x0c\0\xff\xff\xff"


def test_the_first_of_a_profile_s_tables_counts_as_in_browsers():
    two = icc.tinted_profile(b"scnr", other=(60, 20, 60))
    assert dark_and_white(two) == dark_and_white(icc.tinted_profile(b"scnr"))
    assert dark_and_white(icc.tinted_profile(b"scnr", black=(60, 20, 60))) != dark_and_white(two)


def test_an_oversized_profile_is_ignored():
    image = gradient()
    assert to_srgb(image, icc.matrix_profile(icc.ADOBE_RGB).ljust(5 * 1024**2, b"\0")) is image


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_inks_are_converted_by_the_profile_of_the_press(form):
    def printed(*inks):
        options = {"quality": 100} if form == "JPEG" else {}
        image = Image.new("CMYK", (32, 32), inks)
        return rendered(saved(image, form, icc_profile=icc.ink_profile(), **options)).getpixel((9, 9))

    assert printed(0, 0, 0, 0) == (255, 255, 255)
    # Without black-point compensation all four inks would be (45, 28, 0).
    assert printed(255, 255, 255, 255) == pytest.approx((29, 0, 0), abs=3)
    # L* 55, a* -37, b* -50, the ink's own colour; without a profile it would be (0, 255, 255).
    assert printed(255, 0, 0, 0) == pytest.approx((49, 139, 173), abs=4)


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_inks_without_a_profile_are_subtracted_from_white(form):
    options = {"quality": 100} if form == "JPEG" else {}
    for inks, colour in (((255, 0, 0, 0), (0, 255, 255)), ((0, 0, 0, 255), (0, 0, 0)), ((0, 0, 0, 0), (255, 255, 255))):
        image = Image.new("CMYK", (32, 32), inks)
        assert rendered(saved(image, form, **options)).getpixel((9, 9)) == pytest.approx(colour, abs=2)


def test_an_adobe_jpeg_of_four_inks_is_not_inverted_twice():
    # Adobe's JPEGs store inks inverted and mark that; YCCK is the same through YCbCr.
    image = Image.new("CMYK", (32, 32), (0, 255, 255, 0))
    data = saved(image, "JPEG", quality=100)
    assert b"Adobe" in data[:200]
    assert rendered(data).getpixel((9, 9)) == pytest.approx((255, 0, 0), abs=2)


def test_lab_becomes_srgb():
    # L* 53.2, a* 80.1, b* 67.2 is sRGB's red. http://www.brucelindbloom.com
    image = Image.new("LAB", (32, 32), (round(53.2 * 2.55), 128 + 80, 128 + 67))
    assert rendered(saved(image, "TIFF")).getpixel((9, 9)) == pytest.approx((255, 0, 0), abs=12)
    assert rendered(saved(Image.new("LAB", (32, 32), (255, 128, 128)), "TIFF")).getpixel((9, 9)) == pytest.approx(
        (255, 255, 255), abs=1
    )


def test_one_transform_serves_many_threads():
    image, profile = gradient((700, 500)), icc.matrix_profile(icc.DISPLAY_P3)
    expected = to_srgb(image, profile).tobytes()
    others = []

    def convert():
        others.extend(to_srgb(image, profile).tobytes() != expected for _ in range(8))

    threads = [threading.Thread(target=convert) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert others == [False] * 32


def test_one_image_s_profile_does_not_affect_the_next():
    image = Image.new("RGB", (32, 32), (200, 100, 50))
    for space in (*SPACES.values(), *SPACES.values()):
        profile = icc.matrix_profile(space)
        expected = icc.srgb_of((200, 100, 50), space)
        assert to_srgb(image, profile).getpixel((0, 0)) == pytest.approx(expected, abs=1)
        assert to_srgb(image, None) is image
