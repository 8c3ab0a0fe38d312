"""The picture of an image watermark."""

import pytest
from kit.pictures import animation, gradient, saved
from PIL import Image

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
