"""What the mark looks like."""

import pytest
from PIL import Image

from services.watermark import marks
from services.watermark.marks import Mark
from services.watermark.settings import Watermark
from shared.errors import BadSetting


def test_a_text_fills_its_width():
    mark = Mark(Watermark(text="© somebody", opacity=1)).at((300, 200))
    assert 290 <= mark.width <= 300
    left, _, right, _ = mark.getchannel("A").getbbox()
    assert right - left >= mark.width * 0.95


def test_opacity_is_of_the_whole_mark():
    strongest = [
        Mark(Watermark(text="A", opacity=opacity)).at((80, 80)).getchannel("A").getextrema()[1]
        for opacity in (0, 0.5, 1)
    ]
    assert strongest == [0, 128, 255]


def test_a_mark_is_drawn_once_a_size(monkeypatch):
    drawn = []
    real = marks._text
    monkeypatch.setattr(marks, "_text", lambda text, size, ink: drawn.append(size) or real(text, size, ink))
    mark = Mark(Watermark())
    for _ in range(3):
        mark.at((200, 100))
    mark.at((100, 100))
    assert len(drawn) == 2


@pytest.mark.parametrize("text", ["Ångström", "Дата", "Ελλάδα", "© 2026", "a b"])
def test_what_the_font_has_is_drawn(text):
    assert Mark(Watermark(text=text)).at((200, 50)).getchannel("A").getbbox() is not None


@pytest.mark.parametrize(
    ("text", "named"), [("写真", "写 (U+5199)"), ("ok 🧑", "U+1F9D1"), ("   ", "nothing but spaces")]
)
def test_what_the_font_lacks_is_refused_by_name(text, named):
    with pytest.raises(BadSetting) as refused:
        Mark(Watermark(text=text))
    assert named in str(refused.value)


def test_an_image_keeps_its_shape(tmp_path, monkeypatch):
    monkeypatch.setattr(marks, "ROOT", tmp_path)
    Image.new("RGBA", (200, 50), (255, 0, 0, 255)).save(tmp_path / "logo.png")
    mark = Mark(Watermark(text=None, image="logo.png", opacity=0.5)).at((100, 100))
    assert mark.size == (100, 25)
    assert mark.getpixel((50, 12)) == (255, 0, 0, 128)


def test_an_image_that_is_not_there_is_named():
    with pytest.raises(BadSetting, match=r"watermark.image is 'no/such.png'"):
        Mark(Watermark(text=None, image="no/such.png"))
