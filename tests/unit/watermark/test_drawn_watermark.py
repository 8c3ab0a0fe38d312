"""The look of the watermark."""

import pytest
from kit.pictures import gradient
from PIL import Image, ImageChops, ImageFilter

from services.watermark.drawn_watermark import DrawnWatermark
from services.watermark.settings import Watermark
from shared.errors import BadSetting


@pytest.fixture
def logo(tmp_path):
    """Returns a function that makes a watermark of a picture."""

    def make(picture, **settings):
        picture.save(tmp_path / "logo.png")
        return DrawnWatermark(Watermark(text=None, image="logo.png", **settings), root=tmp_path)

    return make


def test_opacity_applies_to_the_whole_watermark():
    strongest = [
        DrawnWatermark(Watermark(text="A", opacity=opacity)).at((80, 80)).getchannel("A").getextrema()[1]
        for opacity in (0, 0.5, 1)
    ]
    assert strongest == [0, 128, 255]


def test_a_watermark_is_drawn_once_for_each_size_tone_and_mode(monkeypatch):
    watermark, drawn = DrawnWatermark(Watermark()), []
    real = watermark.at
    monkeypatch.setattr(watermark, "at", lambda size, *, dark: drawn.append((size, dark)) or real(size, dark=dark))
    for _ in range(3):
        watermark.stamp((200, 24), "RGB")
    watermark.stamp((200, 24), "RGB", dark=True)
    watermark.stamp((200, 24), "L")
    watermark.stamp((100, 12), "RGB")
    assert drawn == [((200, 24), False), ((200, 24), True), ((200, 24), False), ((100, 12), False)]


def test_a_text_that_cannot_be_drawn_is_refused():
    with pytest.raises(BadSetting, match="DejaVuSans has no glyph for 写"):
        DrawnWatermark(Watermark(text="写真"))


def test_an_image_keeps_its_colours(logo):
    watermark = logo(Image.new("RGBA", (200, 50), (255, 0, 0, 255)), opacity=0.5)
    assert watermark.natural == (200, 50)
    assert watermark.at((100, 25)).getpixel((50, 12)) == (255, 0, 0, 128)


def test_an_image_is_reduced_smoothly(logo):
    picture = Image.new("RGB", (200, 100), "white")
    for x in range(0, 200, 2):
        picture.paste((0, 0, 0), (x, 0, x + 1, 100))
    low, high = logo(picture, opacity=1).at((50, 25)).getchannel("G").crop((4, 4, 46, 21)).getextrema()
    assert 110 <= low <= high <= 145


def test_a_missing_image_is_named():
    with pytest.raises(BadSetting, match=r"watermark.image is 'no/such.png'"):
        DrawnWatermark(Watermark(text=None, image="no/such.png"))


@pytest.mark.parametrize(("angle", "corner"), [(0, (0, 0)), (90, (0, 99)), (180, (199, 99)), (-90, (199, 0))])
def test_a_watermark_rotates_anticlockwise(angle, corner, logo):
    picture = gradient((200, 100) if angle in {0, 180} else (100, 200))
    watermark = logo(picture, angle_degrees=angle, opacity=1).at(picture.size)
    assert watermark.size == (200, 100)
    red, green, blue, _ = watermark.getpixel(corner)
    assert red > 200
    assert max(green, blue) < 60


def test_a_tiny_rotation_changes_almost_nothing(logo):
    picture = gradient((200, 100)).filter(ImageFilter.GaussianBlur(3))
    straight, turned = (logo(picture, angle_degrees=angle, opacity=1).at((200, 100)) for angle in (0, 0.001))
    inner = (4, 4, 196, 96)
    difference = ImageChops.difference(straight.crop(inner), turned.crop(inner)).convert("RGB")
    assert max(high for _, high in difference.resize((24, 12), Image.Resampling.BOX).getextrema()) <= 4


@pytest.mark.parametrize("angle", [0, 30, -75])
def test_transparent_pixels_lend_no_colour_to_their_neighbours(angle, logo):
    picture = Image.new("RGBA", (120, 120), (0, 0, 0, 0))
    picture.paste((255, 255, 255, 255), (0, 0, 20, 20))
    picture.paste((255, 255, 255, 255), (50, 50, 120, 120))
    watermark = logo(picture, angle_degrees=angle, opacity=1).at((57, 57))
    seen = {colour for _, colour in watermark.getcolors(10_000) if colour[3] > 8}
    assert min(min(colour[:3]) for colour in seen) >= 240


def test_the_edges_of_a_rotated_watermark_are_smooth(logo):
    watermark = logo(Image.new("RGBA", (200, 100), (0, 0, 0, 255)), angle_degrees=20, opacity=1).at((200, 100))
    levels = {level for _, level in watermark.getchannel("A").getcolors()}
    assert len(levels) > 20


def test_a_rotated_watermark_covers_as_much_as_before(logo):
    for angle in (20, 45, 130):
        watermark = logo(Image.new("RGBA", (200, 100), (0, 0, 0, 255)), angle_degrees=angle, opacity=1).at((200, 100))
        covered = sum(watermark.getchannel("A").tobytes()) / 255
        assert covered == pytest.approx(200 * 100, rel=0.01)
