"""The look of a text watermark."""

import pytest
from PIL import Image, ImageChops

from services.watermark.drawn_text import DrawnText, has_glyph


def picture(text="© image-pipeline", width=256, *, dark=False, align="right"):
    drawn_text = DrawnText(text=text, align=align)
    natural = drawn_text.natural
    return drawn_text.picture((width, max(1, round(width * natural[1] / natural[0]))), dark=dark)


def on(background, watermark):
    image = Image.new("RGB", watermark.size, (background, background, background))
    image.paste(watermark, mask=watermark.getchannel("A"))
    return image.convert("L")


@pytest.mark.parametrize("width", [40, 64, 80, 96, 128, 256, 1000, 3000])
@pytest.mark.parametrize("text", ["© image-pipeline", "WAVE, j", "שלום"])
def test_a_text_fills_its_width_and_nothing_is_cut_off(text, width):
    watermark = picture(text, width)
    ink = on(0, watermark).point(lambda value: 255 if value > 60 else 0).getbbox()
    around = 0.12 * watermark.height + 1.5
    assert ink[0] <= around
    assert ink[2] >= width - around
    # The rim fades out beyond the glyphs, so no glyph touches an edge.
    alpha = watermark.getchannel("A")
    edges = [(0, 0, width, 1), (0, watermark.height - 1, width, watermark.height), (0, 0, 1, watermark.height)]
    assert max(alpha.crop(box).getextrema()[1] for box in edges) <= (110 if width >= 128 else 200)


@pytest.mark.parametrize("width", [64, 96, 256])
def test_its_shape_is_the_same_at_every_size(width):
    large, small = picture(width=1024).getchannel("A"), picture(width=width).getchannel("A")
    reduced = large.resize(small.size, Image.Resampling.BOX)
    apart = sum(abs(a - b) for a, b in zip(reduced.tobytes(), small.tobytes(), strict=True))
    assert apart <= 0.25 * sum(reduced.tobytes())


@pytest.mark.parametrize("width", [96, 128, 400])
@pytest.mark.parametrize("dark", [False, True])
def test_its_rim_makes_it_legible_on_a_background_of_its_own_tone(dark, width):
    low, high = on(0 if dark else 255, picture(width=width, dark=dark)).getextrema()
    assert high - low >= 50


def test_edges_of_glyphs_take_no_colour_from_the_rim():
    drawn_text = DrawnText(text="Wave", align="right")
    size = (drawn_text.natural[0] // 4, drawn_text.natural[1] // 4)
    covered, _ = drawn_text._masks(128, bolder=0)
    shown = on(0, drawn_text.picture(size, dark=False))
    # A dark rim is invisible on black, so a pixel is as light as the share of it that glyphs cover.
    apart = ImageChops.difference(shown, covered.resize(size, Image.Resampling.BOX))
    assert apart.getextrema()[1] <= 3


@pytest.mark.parametrize(("align", "side"), [("left", 0), ("right", 2)])
def test_lines_are_aligned_to_their_side(align, side):
    watermark = on(0, picture("a\nlonger line", 300, align=align))
    first = watermark.crop((0, 0, 300, watermark.height // 3)).point(lambda value: 255 if value > 128 else 0).getbbox()
    assert (first[0] < 40) == (align == "left")
    assert (first[2] > 260) == (align == "right")


@pytest.mark.parametrize(("char", "there"), [("a", True), ("©", True), (" ", True), ("写", False), ("\t", False)])
def test_the_characters_of_the_font_are_known(char, there):
    assert has_glyph(char) == there
