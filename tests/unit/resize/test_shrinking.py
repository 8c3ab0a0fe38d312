"""Pixels from a frame to a rendition."""

import pytest
from pictures import gradient, saved
from PIL import Image, ImageChops, ImageCms, ImageStat

from services.resize import scaling
from services.resize.colour import workable
from services.resize.settings import Limits, Rendition, Settings
from services.resize.shrinking import Ground, shrink
from services.resize.step import render


def rendered(data, **options):
    rendition = Rendition(name="x", **{"width": 64, "height": 64} | options)
    picture = render(data, Settings(work_bucket="w", renditions=(rendition,), limits=Limits()))
    return picture.renditions[0][1]


def difference(one, other):
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.mark.parametrize("fit", ["inside", "cover", "contain"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_every_orientation_comes_out_alike(orientation, fit):
    undo = {2: 0, 3: 1, 4: 6, 5: 5, 6: 2, 7: 4, 8: 3}
    seen = gradient((240, 160))
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    del undo
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = saved(seen.transpose(turns[orientation]), "PNG", exif=exif)
    (got,), (expected,) = rendered(stored, fit=fit), rendered(saved(seen, "PNG"), fit=fit)
    assert got.size == expected.size
    assert difference(got, expected) < 2


@pytest.mark.parametrize(
    ("mode", "form", "result"),
    [
        ("L", "PNG", "L"),
        ("1", "PNG", "L"),
        ("P", "PNG", "RGB"),
        ("RGB", "JPEG", "RGB"),
        ("RGBA", "PNG", "RGBA"),
        ("LA", "PNG", "RGBA"),
        ("CMYK", "JPEG", "RGB"),
        ("CMYK", "TIFF", "RGB"),
        ("LAB", "TIFF", "RGB"),
        ("YCbCr", "TIFF", "RGB"),
        ("I;16", "PNG", "L"),
        ("F", "TIFF", "L"),
        ("I", "TIFF", "L"),
    ],
)
def test_every_mode_becomes_one_of_three(mode, form, result):
    image = gradient(mode="RGBA").convert("LA") if mode == "LA" else gradient(mode="L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.new("I;16", (96, 64), 30_000)
    (frame,) = rendered(saved(image, form))
    assert frame.mode == result


def test_sixteen_bits_are_scaled_and_not_clipped():
    image = Image.new("I;16", (8, 8), 32_896)
    image.paste(65_535, (0, 0, 4, 8))
    got = workable(image, 16)
    assert (got.getpixel((0, 0)), got.getpixel((7, 7))) == (255, 128)


@pytest.mark.parametrize(("mode", "value", "top"), [("F", 0.5, 1.0), ("F", 128.0, 255.0), ("I", 32_768, 65_535)])
def test_numbers_are_scaled_by_what_the_picture_uses(mode, value, top):
    image = Image.new(mode, (8, 8), value)
    image.paste(top, (0, 0, 4, 8))
    got = workable(image, 16)
    assert got.getpixel((0, 0)) == 255
    assert got.getpixel((7, 7)) in {127, 128}


def test_a_transparent_palette_becomes_alpha():
    image = gradient().quantize(16)
    image.info["transparency"] = image.getpixel((0, 0))
    (frame,) = rendered(saved(image, "PNG", transparency=image.getpixel((0, 0))))
    assert frame.mode == "RGBA"
    assert frame.getchannel("A").getextrema()[0] == 0


def test_an_alpha_that_hides_nothing_is_dropped():
    image = gradient().convert("RGBA")
    (frame,) = rendered(saved(image, "PNG"))
    assert frame.mode == "RGB"


def test_transparent_pixels_leave_no_fringe():
    image = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (50, 50, 150, 150))
    (frame,) = rendered(saved(image, "PNG"))
    half = [colour for _, colour in frame.getcolors(10_000) if colour[3] > 10]
    assert min(min(colour[:3]) for colour in half) > 240


def test_colours_go_through_the_profile():
    # In this profile red and green are swapped, so a conversion cannot be missed.
    image = Image.new("RGB", (64, 64), (200, 100, 50))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert rendered(saved(image, "PNG", icc_profile=lab))[0].getpixel((0, 0)) == (200, 100, 50)
    wide = _profile_with_gamma(lab)
    converted = rendered(saved(image, "PNG", icc_profile=wide))[0].getpixel((0, 0))
    assert converted != (200, 100, 50)


def _profile_with_gamma(profile):
    """The sRGB profile under another name: its red and blue primaries exchanged."""
    swapped = profile.replace(b"rXYZ", b"tmpX").replace(b"bXYZ", b"rXYZ").replace(b"tmpX", b"bXYZ")
    return swapped.replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be")).replace(
        b"sRGB built-in", b"xRGB built-in"
    )


@pytest.mark.parametrize("profile", [b"nonsense", b"", b"\x00" * 200])
def test_a_damaged_profile_is_left_aside(profile):
    image = Image.new("RGB", (64, 64), (200, 100, 50))
    assert rendered(saved(image, "PNG", icc_profile=profile))[0].getpixel((0, 0)) == (200, 100, 50)


def test_a_profile_of_another_colour_space_is_left_aside():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    image = Image.new("RGB", (64, 64), (200, 100, 50))
    assert rendered(saved(image, "PNG", icc_profile=lab))[0].getpixel((0, 0)) == (200, 100, 50)


def test_nothing_of_the_source_clings_to_the_pixels():
    exif = Image.Exif()
    exif[0x010E] = "secret"
    data = saved(gradient(), "PNG", exif=exif, icc_profile=b"x" * 500, dpi=(300, 300))
    assert rendered(data)[0].info == {}


def test_the_frame_itself_is_left_as_it_is():
    frame = gradient((32, 32))
    ground = Ground(size=(32, 32), orientation=1, icc_profile=None, animated=False)
    result = shrink(frame, scaling.plan((32, 32), (64, 64), "inside"), ground)
    result.paste((0, 0, 0), (0, 0, 32, 32))
    assert frame.getpixel((31, 31)) != (0, 0, 0)
