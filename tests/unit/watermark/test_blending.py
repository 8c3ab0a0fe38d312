"""The mark onto the pixels."""

import pytest
from pictures import gradient
from PIL import Image, ImageChops

from services.watermark import blending, marks
from services.watermark.marks import Mark
from services.watermark.settings import POSITIONS, Watermark


def marked(image, mark):
    (result,) = blending.marked([image], mark)
    return result


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("position", POSITIONS)
def test_only_the_mark_s_own_box_is_touched(mode, position):
    image = gradient((400, 300), mode)
    result = marked(image, Mark(Watermark(position=position, scale=0.25)))
    assert result.mode == mode
    changed = ImageChops.difference(image, result).convert("RGB").getbbox()
    assert changed is not None
    assert changed[2] - changed[0] <= 100
    assert changed[3] - changed[1] <= 40


def test_the_frame_itself_is_left_as_it_is():
    image = gradient((400, 300))
    before = image.tobytes()
    marked(image, Mark(Watermark()))
    assert image.tobytes() == before


def test_a_small_image_stays_unmarked():
    image = gradient((400, 199))
    assert marked(image, Mark(Watermark(min_side_px=200))) is image


def test_tiles_reach_every_quarter():
    image = Image.new("RGB", (400, 300), (90, 90, 90))
    changed = ImageChops.difference(image, marked(image, Mark(Watermark(tile=True, scale=0.2))))
    for left, top in ((0, 0), (200, 0), (0, 150), (200, 150)):
        assert changed.crop((left, top, left + 200, top + 150)).getbbox() is not None


def test_alpha_is_composed_and_not_squared(tmp_path, monkeypatch):
    monkeypatch.setattr(marks, "ROOT", tmp_path)
    Image.new("RGBA", (100, 100), (255, 0, 0, 255)).save(tmp_path / "red.png")
    mark = Mark(Watermark(text=None, image="red.png", opacity=0.5, scale=0.5, position="middle-center"))
    clear = Image.new("RGBA", (400, 400), (0, 0, 0, 0))
    assert marked(clear, mark).getpixel((200, 200)) == (255, 0, 0, 128)


def test_half_opacity_is_half_way(tmp_path, monkeypatch):
    monkeypatch.setattr(marks, "ROOT", tmp_path)
    Image.new("RGBA", (100, 100), (255, 255, 255, 255)).save(tmp_path / "white.png")
    mark = Mark(Watermark(text=None, image="white.png", opacity=0.5, scale=0.5, position="middle-center"))
    assert marked(Image.new("RGB", (400, 400)), mark).getpixel((200, 200)) == (128, 128, 128)


def test_a_coloured_mark_colours_a_grey_image(tmp_path, monkeypatch):
    monkeypatch.setattr(marks, "ROOT", tmp_path)
    Image.new("RGBA", (100, 100), (255, 0, 0, 255)).save(tmp_path / "red.png")
    result = marked(gradient((400, 300), "L"), Mark(Watermark(text=None, image="red.png", opacity=1)))
    assert result.mode == "RGB"
    assert (255, 0, 0) in [colour for _, colour in result.getcolors(200_000)]


@pytest.mark.parametrize(("ground", "ink"), [(0, 255), (90, 255), (255, 0), (200, 0)])
def test_a_text_is_light_on_dark_ground_and_dark_on_light(ground, ink):
    image = Image.new("L", (400, 300), ground)
    changed = marked(image, Mark(Watermark(opacity=1))).getcolors()
    assert ink in [value for _, value in changed]
    assert abs(ink - ground) > 100


def test_transparent_ground_is_taken_for_paper():
    clear = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    colours = [colour for _, colour in marked(clear, Mark(Watermark(opacity=1))).getcolors(100_000)]
    assert (0, 0, 0, 255) in colours


def test_the_mark_of_an_animation_does_not_change_its_ink():
    dark, light = Image.new("RGB", (400, 300), (0, 0, 0)), Image.new("RGB", (400, 300), (120, 120, 120))
    results = blending.marked([dark, light], Mark(Watermark(opacity=1)))
    assert all((255, 255, 255) in [colour for _, colour in each.getcolors(100_000)] for each in results)


def test_a_logo_keeps_its_colours_on_any_ground(tmp_path, monkeypatch):
    monkeypatch.setattr(marks, "ROOT", tmp_path)
    Image.new("RGBA", (100, 100), (255, 0, 0, 255)).save(tmp_path / "red.png")
    mark = Mark(Watermark(text=None, image="red.png", opacity=1))
    for ground in ((0, 0, 0), (255, 255, 255)):
        result = marked(Image.new("RGB", (400, 300), ground), mark)
        assert (255, 0, 0) in [colour for _, colour in result.getcolors(100_000)]
