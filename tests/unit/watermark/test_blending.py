"""The mark onto the pixels."""

import pytest
from pictures import gradient
from PIL import Image, ImageChops

from services.watermark import marks
from services.watermark.blending import marked
from services.watermark.marks import Mark
from services.watermark.settings import POSITIONS, Watermark


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
