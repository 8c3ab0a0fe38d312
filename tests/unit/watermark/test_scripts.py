"""The texts that the font can draw."""

# ruff: noqa: RUF001 - these glyphs are not ambiguous to those who write with them

import io
import unicodedata

import pytest
from PIL import Image, ImageDraw, ImageFont, features

from services.watermark.drawn_text import FONT, has_glyph
from services.watermark.scripts import drawable
from shared.errors import BadSetting


def glyphs(text):
    """The names of the glyphs that are drawn."""
    return [unicodedata.name(char) for char in drawable(text, has_glyph)]


@pytest.mark.parametrize(
    "text",
    ["Ångström", "Дата", "Ελλάδα", "Հայաստան", "საქართველო", "ᐃᓄᒃᑎᑐᑦ", "ⴰⵎⴰⵣⵉⵖ", "© 2026", "a b", "☺ ♥", "two\nlines"],
)
def test_left_to_right_text_is_drawn_as_it_is_written(text):
    assert drawable(text, has_glyph) == text


def test_a_glyph_and_its_combining_mark_become_one_glyph():
    assert drawable("Cafe\u0301", has_glyph) == "Café"


@pytest.mark.parametrize("text", ["©\ufe0f Ada", "© Ada\ufe0e", "©\ufe00 Ada"], ids=ascii)
def test_a_variation_selector_is_not_drawn(text):
    assert drawable(text, has_glyph) == "© Ada"


def test_each_line_has_an_order_of_its_own():
    assert drawable("אב\r\ncd\nגד", has_glyph) == "בא\ncd\nדג"


def test_arabic_glyphs_join():
    assert glyphs("بيت") == [
        "ARABIC LETTER TEH FINAL FORM",
        "ARABIC LETTER YEH MEDIAL FORM",
        "ARABIC LETTER BEH INITIAL FORM",
    ]


def test_arabic_glyphs_that_do_not_join_onward_leave_the_next_alone():
    assert glyphs("دار") == [
        "ARABIC LETTER REH ISOLATED FORM",
        "ARABIC LETTER ALEF ISOLATED FORM",
        "ARABIC LETTER DAL ISOLATED FORM",
    ]


def test_lam_and_alef_are_one():
    assert glyphs("سلام") == [
        "ARABIC LETTER MEEM ISOLATED FORM",
        "ARABIC LIGATURE LAM WITH ALEF FINAL FORM",
        "ARABIC LETTER SEEN INITIAL FORM",
    ]


@pytest.mark.parametrize("alef", "اآأإ")
def test_lam_joins_every_alef(alef):
    assert len(glyphs("ل" + alef)) == 1


def test_lam_and_alef_maksura_are_two():
    assert glyphs("إلى") == [
        "ARABIC LETTER ALEF MAKSURA FINAL FORM",
        "ARABIC LETTER LAM INITIAL FORM",
        "ARABIC LETTER ALEF WITH HAMZA BELOW ISOLATED FORM",
    ]


def test_a_non_joiner_separates_glyphs_and_is_not_drawn():
    assert glyphs("می\u200cخ") == [
        "ARABIC LETTER KHAH ISOLATED FORM",
        "ARABIC LETTER FARSI YEH FINAL FORM",
        "ARABIC LETTER MEEM INITIAL FORM",
    ]


def test_tatweel_joins_on_both_sides():
    assert glyphs("بـ ـب") == [
        "ARABIC LETTER BEH FINAL FORM",
        "ARABIC TATWEEL",
        "SPACE",
        "ARABIC TATWEEL",
        "ARABIC LETTER BEH INITIAL FORM",
    ]


@pytest.mark.skipif(not features.check("raqm"), reason="no FriBiDi on this machine, so no Raqm to compare with")
@pytest.mark.parametrize(
    "text",
    [
        "שלום עולם",
        "צילום (John) 2026, כל הזכויות",
        "حقوق النشر محفوظة © ٢٠٢٦",
        "على ليلى إلى الأولى أعلى",
        "السلام لا إله",
        "می\u200cخواهم عکاسی ۱۴۰۵",
        "Foto: محمد (2026) ok",
    ],
)
def test_it_looks_as_drawn_by_harfbuzz_and_fribidi(text):
    def picture(text, engine):
        font = ImageFont.truetype(FONT, 40, layout_engine=engine)
        image = Image.new("L", (1200, 80))
        ImageDraw.Draw(image).text((10, 10), text, font=font, fill=255)
        return image.crop(image.getbbox())

    ours = picture(drawable(text, has_glyph), ImageFont.Layout.BASIC)
    theirs = picture(text, ImageFont.Layout.RAQM)
    assert abs(ours.width - theirs.width) <= 8
    ours = ours.resize(theirs.size)
    shared = sum(min(pair) for pair in zip(ours.tobytes(), theirs.tobytes(), strict=True))
    assert shared >= 0.8 * sum(theirs.tobytes())


@pytest.mark.parametrize(
    ("text", "named"),
    [
        pytest.param("写真 写", "DejaVuSans has no glyph for 写 (U+5199), 真 (U+771F)", id="chinese"),
        pytest.param("ok 🧑", "no glyph for 🧑 (U+1F9D1)", id="emoji"),
        pytest.param("ไทย", "no glyph for ไ (U+0E44)", id="thai"),
        pytest.param("हि", "no glyph for ह (U+0939)", id="devanagari"),
        pytest.param(
            "x\u0301", "combining mark that does not combine with the character before it \u0301 (U+0301)", id="accent"
        ),
        pytest.param("שָׁ", "(U+05B8)", id="hebrew points"),
        pytest.param("بَ", "(U+064E)", id="arabic vowel"),
        pytest.param("👍\ufe0f", "no glyph for 👍 (U+1F44D)", id="emoji with its selector"),
        pytest.param("a\tb", "control character (U+0009)", id="tab"),
        pytest.param("a\x00", "control character (U+0000)", id="nul"),
        pytest.param("a\rb", "control character (U+000D)", id="carriage return"),
        pytest.param("a\u2028b", "control character (U+2028)", id="line separator"),
        pytest.param("\u202eabc", "control character (U+202E)", id="override"),
        pytest.param("a\u00adb", "control character (U+00AD)", id="soft hyphen"),
        pytest.param("\ud800", "control character (U+D800)", id="surrogate"),
        pytest.param("\uf000", "control character (U+F000)", id="private use"),
        pytest.param("ߒߞߏ", "character of a script whose joining is not supported ߒ (U+07D2)", id="nko"),
        pytest.param("   ", "nothing but spaces", id="spaces"),
        pytest.param("\n\u200c", "nothing but spaces", id="nothing"),
    ],
)
def test_a_text_that_cannot_be_drawn_is_refused_by_name(text, named):
    with pytest.raises(BadSetting) as refused:
        drawable(text, has_glyph)
    assert str(refused.value).startswith(f"watermark.text is {text!r}, which cannot be drawn: ")
    assert named in str(refused.value)


def test_every_refusal_can_be_written_to_a_log():
    with pytest.raises(BadSetting) as refused:
        drawable("\ud800\u202e", has_glyph)
    io.StringIO().write(str(refused.value))
    str(refused.value).encode()
