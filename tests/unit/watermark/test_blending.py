"""The watermark is blended onto the pixels."""

import pytest
from kit.pictures import gradient
from PIL import Image, ImageChops

from services.watermark import blending, placement
from services.watermark.drawn_watermark import DrawnWatermark
from services.watermark.settings import Watermark
from shared.choices import POSITIONS


def watermarked(image, watermark):
    (result,) = blending.watermarked([image.copy()], watermark)
    return result


@pytest.fixture
def logo(tmp_path):
    """A watermark of one colour."""

    def make(colour=(255, 0, 0, 255), size=(100, 100), **settings):
        Image.new("RGBA", size, colour).save(tmp_path / "logo.png")
        return DrawnWatermark(Watermark(text=None, image="logo.png", **settings), root=tmp_path)

    return make


def box_of(size, watermark):
    settings = watermark.settings
    margin = placement.margin_px(size, settings.margin)
    width = placement.width_px(size[0], settings.scale, settings.min_width_px, settings.max_width_px)
    drawn = placement.fitted(watermark.natural, width, placement.room(size, margin), settings.rotation_degrees)
    box = placement.turned(drawn, settings.rotation_degrees)
    x, y = placement.corner(size, box, settings.position, margin)
    return (x, y, x + box[0], y + box[1])


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("angle", [0, 30])
@pytest.mark.parametrize("position", POSITIONS)
def test_only_the_watermark_s_own_box_changes(mode, angle, position):
    image = gradient((400, 300), mode)
    watermark = DrawnWatermark(Watermark(position=position, scale=0.25, angle_degrees=angle))
    result = watermarked(image, watermark)
    assert result.mode == mode
    box = box_of(image.size, watermark)
    assert ImageChops.difference(image.crop(box), result.crop(box)).convert("RGB").getbbox() is not None
    # Everything else is unchanged, to the last bit.
    result.paste(image.crop(box), box)
    assert result.tobytes() == image.tobytes()


def test_a_frame_is_watermarked_in_place():
    image = gradient((400, 300))
    (result,) = blending.watermarked([image], DrawnWatermark(Watermark()))
    assert result is image
    assert image.tobytes() != gradient((400, 300)).tobytes()


def test_a_small_image_gets_no_watermark():
    image = gradient((400, 199))
    assert watermarked(image, DrawnWatermark(Watermark(min_side_px=200))).tobytes() == image.tobytes()


@pytest.mark.parametrize("size", [(400, 300), (1200, 200), (200, 900)])
@pytest.mark.parametrize("angle", [0, 30, -45, 90])
def test_tiles_cover_every_quarter_equally(size, angle, logo):
    image = Image.new("L", size, 0)
    result = watermarked(
        image, logo((255, 255, 255, 255), (80, 20), tile=True, scale=0.1, angle_degrees=angle, opacity=1)
    )
    grey = result.convert("L")
    width, height = size
    quarters = [
        sum(grey.crop((left, top, left + width // 2, top + height // 2)).tobytes())
        for left in (0, width // 2)
        for top in (0, height // 2)
    ]
    assert min(quarters) > 0
    assert max(quarters) <= 1.5 * min(quarters)


@pytest.mark.parametrize("angle", [0, 30])
def test_tiles_at_an_angle_do_not_cover_each_other(angle, logo):
    watermark = logo((255, 255, 255, 255), (80, 20), tile=True, scale=0.2, angle_degrees=angle, opacity=0.5)
    assert watermarked(Image.new("RGB", (600, 500)), watermark).getextrema() == ((0, 128),) * 3


@pytest.mark.parametrize("tile", [False, True])
@pytest.mark.parametrize("angle", [0, 30])
def test_alpha_is_composited_and_not_squared(tile, angle, logo):
    watermark = logo(opacity=0.5, scale=0.5, position="middle-center", tile=tile, angle_degrees=angle)
    clear = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    assert watermarked(clear, watermark).getpixel((200, 200)) == (255, 0, 0, 128)


@pytest.mark.parametrize("angle", [0, 30])
def test_a_watermark_on_a_transparent_background_has_no_dark_fringe(angle, logo):
    watermark = logo((255, 255, 255, 255), opacity=0.7, scale=0.3, position="middle-center", angle_degrees=angle)
    result = watermarked(Image.new("RGBA", (400, 400), (0, 0, 0, 0)), watermark)
    assert min(min(colour[:3]) for _, colour in result.getcolors(100_000) if colour[3] > 4) >= 250


def test_half_opacity_blends_half_way(logo):
    watermark = logo((255, 255, 255, 255), opacity=0.5, scale=0.5, position="middle-center")
    assert watermarked(Image.new("RGB", (400, 400)), watermark).getpixel((200, 200)) == (128, 128, 128)


def test_a_coloured_watermark_colours_a_grey_image(logo):
    result = watermarked(gradient((400, 300), "L"), logo(opacity=1))
    assert result.mode == "RGB"
    assert (255, 0, 0) in [colour for _, colour in result.getcolors(200_000)]


@pytest.mark.parametrize("tile", [False, True])
@pytest.mark.parametrize(("background", "ink"), [(0, 255), (90, 255), (255, 0), (200, 0)])
def test_a_text_is_light_on_dark_background_and_dark_on_light(background, ink, tile):
    image = Image.new("L", (400, 300), background)
    changed = watermarked(image, DrawnWatermark(Watermark(opacity=1, tile=tile, angle_degrees=0))).getcolors()
    strongest = max(abs(value - background) for _, value in changed)
    assert ink in [value for _, value in changed]
    assert strongest == abs(ink - background)


def test_a_transparent_background_counts_as_paper():
    clear = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    colours = [
        colour for _, colour in watermarked(clear, DrawnWatermark(Watermark(opacity=1, scale=0.9))).getcolors(100_000)
    ]
    assert (0, 0, 0, 255) in colours


@pytest.mark.parametrize("first", [0, 120])
def test_the_watermark_of_an_animation_does_not_change_its_ink(first):
    watermark = DrawnWatermark(Watermark(opacity=1, scale=0.9))
    frames = [Image.new("RGB", (400, 300), (grey, grey, grey)) for grey in (first, 60, 0)]
    assert all(
        (255, 255, 255) in [colour for _, colour in each.getcolors(100_000)]
        for each in blending.watermarked(frames, watermark)
    )


def test_every_frame_has_the_same_watermark():
    frames = [Image.new("RGB", (400, 300), (grey, 90, 90)) for grey in (80, 90)]
    first, second = blending.watermarked([frame.copy() for frame in frames], DrawnWatermark(Watermark(opacity=1)))
    assert first.getchannel("G").tobytes() == second.getchannel("G").tobytes()


def test_a_logo_keeps_its_colours_on_any_background(logo):
    watermark = logo(opacity=1)
    for background in ((0, 0, 0), (255, 255, 255)):
        result = watermarked(Image.new("RGB", (400, 300), background), watermark)
        assert (255, 0, 0) in [colour for _, colour in result.getcolors(100_000)]


@pytest.mark.parametrize("angle", [0, 20])
@pytest.mark.parametrize("size", [(2048, 1536), (1536, 2048), (2048, 700)])
def test_the_watermark_has_the_same_share_of_the_width_in_every_rendition(size, angle, logo):
    watermark = logo((255, 255, 255, 255), (400, 100), opacity=1, angle_degrees=angle, min_side_px=1)
    shares = []
    for width in (2048, 1024, 512, 256):
        image = Image.new("L", (width, round(size[1] * width / size[0])))
        left, _, right, _ = (
            watermarked(image, watermark).convert("L").point(lambda value: 255 * (value > 127)).getbbox()
        )
        shares.append((right - left) / width)
        assert abs(shares[-1] - shares[0]) * width <= 1


def test_bounds_limit_a_watermark_s_width(logo):
    watermark = logo((255, 255, 255, 255), (400, 100), opacity=1, min_width_px=120, max_width_px=200)
    widths = []
    for width in (2000, 600, 300):
        left, _, right, _ = watermarked(Image.new("L", (width, 300)), watermark).convert("L").getbbox()
        widths.append(right - left)
    assert widths == [200, 150, 120]
