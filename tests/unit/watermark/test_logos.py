"""The picture of an image watermark."""

import io

import pytest
from kit import icc
from kit.pictures import animation, gradient, saved
from PIL import Image, ImageCms

from services.watermark import logos
from shared.errors import BadSetting


@pytest.fixture
def load(tmp_path):
    def load(data):
        (tmp_path / "logo").write_bytes(data)
        return logos.load(tmp_path / "logo", "marks/logo.png")

    return load


@pytest.mark.parametrize("form", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_three_formats_are_read_by_their_bytes(form, mode, load):
    logo = load(saved(gradient((60, 40), mode), form))
    assert (logo.mode, logo.size, logo.getextrema()[3]) == ("RGBA", (60, 40), (255, 255))


@pytest.mark.parametrize("convert", [lambda logo: logo, lambda logo: logo.convert("LA"), lambda logo: logo.quantize()])
def test_transparency_is_kept_and_a_transparent_border_is_trimmed(convert, load):
    logo = Image.new("RGBA", (100, 80))
    logo.paste((120, 120, 120, 255), (20, 10, 70, 50))
    logo.putpixel((30, 20), (0, 0, 0, 0))
    read = load(saved(convert(logo), "PNG"))
    assert read.size == (50, 40)
    assert (read.getpixel((10, 10))[3], read.getpixel((0, 0))[3]) == (0, 255)


def test_a_photographed_logo_is_upright(load):
    exif = Image.Exif()
    exif[0x0112] = 6
    assert load(saved(gradient((60, 40)), "JPEG", exif=exif)).size == (40, 60)


P3_RED = (230, 60, 40)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colours_become_srgb_by_the_profile_and_alpha_stays(mode, load):
    picture = Image.new("RGBA", (60, 40), (*P3_RED, 100 if mode == "RGBA" else 255)).convert(mode)
    logo = load(saved(picture, "PNG", icc_profile=icc.matrix_profile(icc.DISPLAY_P3)))
    expected = icc.srgb_of(P3_RED, icc.DISPLAY_P3)
    assert logo.getpixel((30, 20))[:3] == pytest.approx(expected, abs=1)
    assert logo.getpixel((30, 20))[3] == (100 if mode == "RGBA" else 255)


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_grey_becomes_srgb_by_a_grey_profile(mode, load):
    picture = Image.new("LA", (60, 40), (100, 70)).convert(mode)
    red, green, blue, alpha = load(saved(picture, "PNG", icc_profile=icc.grey_profile(1.8))).getpixel((30, 20))
    assert (red, alpha) == (green, 70 if mode == "LA" else 255)
    assert (red, blue) == (pytest.approx(icc.encoded((100 / 255) ** 1.8), abs=2), red)


def test_inks_become_srgb_by_their_profile(load):
    picture = Image.new("CMYK", (32, 32), (255, 0, 0, 0))
    plain = load(saved(picture, "JPEG", quality=100)).getpixel((9, 9))
    logo = load(saved(picture, "JPEG", quality=100, icc_profile=icc.ink_profile())).getpixel((9, 9))
    assert plain == pytest.approx((0, 255, 255, 255), abs=2)
    press = ImageCms.ImageCmsProfile(io.BytesIO(icc.ink_profile()))
    relative, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    convert = ImageCms.buildTransform(press, ImageCms.createProfile("sRGB"), "CMYK", "RGB", relative, flags)
    assert logo[:3] == pytest.approx(ImageCms.applyTransform(picture, convert).getpixel((9, 9)), abs=2)
    assert logo != plain


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param(b"no profile" * 20, id="damaged"),
        pytest.param(icc.grey_profile(1.8), id="of another colour space"),
        pytest.param(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), id="sRGB"),
    ],
)
def test_a_profile_that_says_nothing_leaves_a_logo_as_it_is(profile, load):
    picture = gradient((60, 40))
    assert load(saved(picture, "PNG", icc_profile=profile)).tobytes() == picture.convert("RGBA").tobytes()


@pytest.mark.parametrize(
    ("data", "found"),
    [
        pytest.param(b"<svg/>", "not a picture that can be decoded; allowed: PNG, WebP or JPEG", id="svg"),
        pytest.param(saved(gradient(), "GIF"), "not a picture that can be decoded", id="gif"),
        pytest.param(saved(gradient(), "PNG")[:-200], "not a picture that can be decoded", id="truncated"),
        pytest.param(b"", "not a picture that can be decoded", id="empty"),
        pytest.param(bytes(logos.MAX_BYTES + 1), "larger; allowed: at most 4,194,304 bytes", id="bytes"),
        pytest.param(
            saved(Image.new("L", (4001, 1000)), "PNG"), "4,001 x 1,000 px; allowed: at most 4,000,000 px", id="pixels"
        ),
        pytest.param(
            saved(Image.new("I;16", (9, 9)), "PNG"), "of mode I;16; allowed: 8 bits per channel", id="16 bits"
        ),
        pytest.param(animation("PNG"), "animated; allowed: a still", id="animated"),
        pytest.param(saved(Image.new("RGBA", (9, 9)), "PNG"), "transparent everywhere", id="clear"),
    ],
)
def test_a_file_that_is_not_a_logo_is_refused_with_its_name_and_the_limit(data, found, load):
    with pytest.raises(BadSetting) as refused:
        load(data)
    assert str(refused.value).startswith("watermark.image is 'marks/logo.png', which is ")
    assert found in str(refused.value)


@pytest.mark.parametrize("there", [False, True], ids=["nothing", "a folder"])
def test_an_unreadable_file_is_named(there, tmp_path):
    if there:
        (tmp_path / "logo").mkdir()
    with pytest.raises(BadSetting, match=r"^watermark\.image is 'marks/logo\.png'; it cannot be read: "):
        logos.load(tmp_path / "logo", "marks/logo.png")
