"""From the pixels of a frame to a rendition."""

from itertools import pairwise

import pytest
from kit.pictures import gradient, saved, turned
from PIL import Image, ImageChops, ImageCms, ImageStat

from services.resize import scaling
from services.resize.colour import workable
from services.resize.downscale import SourceInfo, shrink
from services.resize.packing import pack
from services.resize.resampling import resample
from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import render
from services.watermark.unpacking import unpack


def rendered(data, **options):
    rendition = Rendition(name="x", **{"width": 64, "height": 64} | options)
    picture = render(data, Settings(work_bucket="w", renditions=(rendition,), limits=Limits()))
    return picture.renditions[0].frames


def difference(one, other):
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.mark.parametrize("fit", ["inside", "cover", "contain"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_every_orientation_looks_the_same(orientation, fit):
    seen = gradient((240, 160))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = saved(turned(seen, orientation), "PNG", exif=exif)
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
def test_numbers_are_scaled_to_the_range_in_use(mode, value, top):
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


def test_an_opaque_alpha_is_discarded():
    image = gradient().convert("RGBA")
    (frame,) = rendered(saved(image, "PNG"))
    assert frame.mode == "RGB"


def test_transparent_pixels_leave_no_fringe():
    image = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (50, 50, 150, 150))
    (frame,) = rendered(saved(image, "PNG"))
    half = [colour for _, colour in frame.getcolors(10_000) if colour[3] > 10]
    assert min(min(colour[:3]) for colour in half) > 240


def test_colours_are_converted_by_the_profile():
    # In this profile red and blue are swapped, so a conversion cannot be missed.
    image = Image.new("RGB", (64, 64), (200, 100, 50))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert rendered(saved(image, "PNG", icc_profile=lab))[0].getpixel((0, 0)) == (200, 100, 50)
    wide = _profile_with_swapped_primaries(lab)
    converted = rendered(saved(image, "PNG", icc_profile=wide))[0].getpixel((0, 0))
    assert converted != (200, 100, 50)


def _profile_with_swapped_primaries(profile):
    """The sRGB profile under another name, with its red and blue primaries exchanged."""
    swapped = profile.replace(b"rXYZ", b"tmpX").replace(b"bXYZ", b"rXYZ").replace(b"tmpX", b"bXYZ")
    return swapped.replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be")).replace(
        b"sRGB built-in", b"xRGB built-in"
    )


@pytest.mark.parametrize("profile", [b"nonsense", b"", b"\x00" * 200])
def test_a_damaged_profile_is_ignored(profile):
    image = Image.new("RGB", (64, 64), (200, 100, 50))
    assert rendered(saved(image, "PNG", icc_profile=profile))[0].getpixel((0, 0)) == (200, 100, 50)


def test_a_profile_of_another_colour_space_is_ignored():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    image = Image.new("RGB", (64, 64), (200, 100, 50))
    assert rendered(saved(image, "PNG", icc_profile=lab))[0].getpixel((0, 0)) == (200, 100, 50)


def test_the_pixels_carry_no_metadata_of_the_source():
    exif = Image.Exif()
    exif[0x010E] = "secret"
    data = saved(gradient(), "PNG", exif=exif, icc_profile=b"x" * 500, dpi=(300, 300))
    assert rendered(data)[0].info == {}


def test_the_frame_itself_is_not_changed():
    frame = gradient((32, 32))
    info = SourceInfo(size=(32, 32), orientation=1, icc_profile=None, animated=False)
    result = shrink(frame, scaling.plan((32, 32), (64, 64), "inside"), info)
    result.paste((0, 0, 0), (0, 0, 32, 32))
    assert frame.getpixel((31, 31)) != (0, 0, 0)


def see_through(size=(64, 64)):
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    image.paste((200, 30, 30, 255), (size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4))
    return image


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("gravity", "corner"), [("north-west", (250, 20, 20)), ("south-east", None)])
def test_gravity_refers_to_the_upright_picture(gravity, corner, orientation):
    seen = gradient((240, 80))
    exif = Image.Exif()
    exif[0x0112] = orientation
    (got,) = rendered(saved(turned(seen, orientation), "PNG", exif=exif), fit="cover", gravity=gravity)
    (expected,) = rendered(saved(seen, "PNG"), fit="cover", gravity=gravity)
    assert difference(got, expected) < 2
    assert (got.getpixel((2, 2)) == pytest.approx(corner, abs=4)) if corner else (got.getpixel((2, 2))[0] > 150)


@pytest.mark.parametrize(
    ("gravity", "top"), [("north", 0), ("center", 16), ("south", 32), ("north-east", 0), ("south-west", 32)]
)
def test_contain_puts_the_picture_where_gravity_says(gravity, top):
    (frame,) = rendered(saved(Image.new("RGB", (128, 64), (9, 99, 199)), "PNG"), fit="contain", gravity=gravity)
    assert frame.mode == "RGBA"
    assert frame.getchannel("A").getbbox() == (0, top, 64, top + 32)


def test_contain_is_padded_with_the_background():
    data = saved(Image.new("RGB", (128, 64), (9, 99, 199)), "PNG")
    (frame,) = rendered(data, fit="contain", background="#FFcc00")
    assert frame.mode == "RGB"
    assert frame.getpixel((5, 5)) == (255, 204, 0)
    assert frame.getpixel((32, 32)) == (9, 99, 199)


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_coloured_background_makes_grey_a_colour(mode):
    image = Image.new(mode, (128, 64), 90 if mode == "L" else (90, 0))
    (frame,) = rendered(saved(image, "PNG"), fit="contain", background="#ffcc00")
    assert frame.getpixel((5, 5)) == (255, 204, 0)
    assert frame.getpixel((32, 32)) == ((90, 90, 90) if mode == "L" else (255, 204, 0))


@pytest.mark.parametrize("fit", ["inside", "cover", "contain"])
def test_a_background_fills_all_transparent_areas(fit):
    (frame,) = rendered(saved(see_through(), "PNG"), fit=fit, background="#0000ff")
    assert frame.mode == "RGB"
    assert frame.getpixel((2, 2)) == (0, 0, 255)
    assert frame.getpixel((32, 32)) == (200, 30, 30)


def test_transparency_is_kept_without_a_background():
    (frame,) = rendered(saved(see_through(), "PNG"))
    assert frame.getpixel((2, 2))[3] == 0


def test_a_background_is_blended_with_half_transparent_pixels():
    (frame,) = rendered(saved(Image.new("RGBA", (64, 64), (255, 0, 0, 128)), "PNG"), background="#0000ff")
    assert frame.getpixel((9, 9)) == pytest.approx((128, 0, 127), abs=1)


def test_every_frame_of_an_animation_gets_the_background():
    frames = rendered(
        saved(
            see_through(),
            "PNG",
            save_all=True,
            append_images=[see_through().transpose(Image.Transpose.ROTATE_90), Image.new("RGBA", (64, 64))],
            duration=90,
        ),
        fit="contain",
        width=96,
        background="#0000ff",
    )
    assert {frame.mode for frame in frames} == {"RGBA"}
    assert {frame.getpixel((1, 1)) for frame in frames} == {(0, 0, 255, 255)}
    assert {frame.getchannel("A").getextrema() for frame in frames} == {(255, 255)}


@pytest.mark.parametrize(
    ("fit", "size"), [("inside", (300, 200)), ("cover", (300, 300)), ("contain", (300, 300))], ids=str
)
def test_a_small_image_is_enlarged_on_request(fit, size):
    small = saved(gradient((96, 64)), "PNG")
    (frame,) = rendered(small, fit=fit, width=300, height=300, enlarge=True)
    assert frame.size == size
    (kept,) = rendered(small, fit=fit, width=300, height=300)
    assert max(kept.size) == 300 if fit == "contain" else max(kept.size) <= 96


@pytest.mark.parametrize("orientation", [1, 6])
def test_an_enlarged_image_is_as_smooth_as_its_source(orientation):
    # A gradient has only one right answer between two pixels.
    ramp = Image.linear_gradient("L").resize((64, 64)).rotate(90)
    exif = Image.Exif()
    exif[0x0112] = orientation
    (frame,) = rendered(saved(turned(ramp, orientation), "PNG", exif=exif), width=256, height=256, enlarge=True)
    levels = [frame.getpixel((x, 128)) for x in range(256)]
    assert levels == sorted(levels)
    assert max(after - before for before, after in pairwise(levels)) <= 3


def test_a_jpeg_that_is_enlarged_is_decoded_in_full():
    image = gradient((400, 300))
    (frame,) = rendered(saved(image, "JPEG", quality=95), width=800, height=800, enlarge=True)
    assert frame.size == (800, 600)
    assert difference(frame, image.resize((800, 600), Image.Resampling.LANCZOS)) < 3


@pytest.mark.parametrize("size", [(30_000, 1), (1, 30_000), (1, 1)])
@pytest.mark.parametrize("fit", ["inside", "cover", "contain"])
@pytest.mark.parametrize("enlarge", [False, True])
def test_a_line_becomes_a_rendition(size, fit, enlarge):
    gravity = {"inside": "center", "cover": "attention", "contain": "south-east"}[fit]
    (frame,) = rendered(saved(Image.new("RGB", size, (9, 99, 199)), "PNG"), fit=fit, enlarge=enlarge, gravity=gravity)
    assert 1 <= min(frame.size) <= max(frame.size) <= 64
    assert frame.convert("RGB").getpixel((frame.width - 1, frame.height - 1)) == (9, 99, 199)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("side", [64, 32], ids=["as large as the source", "shrunk"])
def test_renditions_of_one_size_do_not_share_their_pixels(mode, side):
    twins = tuple(Rendition(name=name, width=side, height=side) for name in ("one", "other"))
    picture = render(
        saved(gradient((64, 64), mode), "PNG"), Settings(work_bucket="w", renditions=twins, limits=Limits())
    )
    (one,), (other,) = (each.frames for each in picture.renditions)
    before = other.tobytes()
    assert one.tobytes() == before
    one.paste(0, (0, 0, *one.size))
    one.info["comment"] = "mine"
    assert other.tobytes() == before
    assert other.info == {}


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_the_intermediate_pixels_equal_one_pass_over_the_original(mode):
    image = gradient((512, 512), mode)
    (frame,) = rendered(saved(image, "PNG"))
    (handed,) = unpack(pack([frame], animated=False), frames=None)
    assert handed.mode == mode
    assert handed.tobytes() == resample(image, (64, 64), (0, 0, 512, 512)).tobytes()


def test_the_alpha_of_an_avif_survives():
    image = gradient((256, 256), "RGBA")
    (frame,) = rendered(saved(image, "AVIF", quality=100))
    assert frame.mode == "RGBA"
    expected = image.resize((64, 64), Image.Resampling.BICUBIC).getchannel("A")
    assert ImageStat.Stat(ImageChops.difference(frame.getchannel("A"), expected)).mean[0] < 1
