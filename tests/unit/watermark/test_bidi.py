"""The visual order of text. Expected orders were made with the unicode-bidi crate, which passes Unicode's own tests."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.watermark.bidi import visual

HEBREW = "אבגד"


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("abc (1)", "abc (1)"),
        ("אבג", "גבא"),
        ("אבג 123", "123 גבא"),
        ("אב (John) 2026, גד", "דג ,2026 (John) בא"),
        ("abc אבג def", "abc גבא def"),
        ("אב c ", " c בא"),
        ("א-1+2", "1+2-א"),
        ("1.5€ ב", "ב 1.5€"),
        ("a(ב)c", "a(ב)c"),
        ("א[b]ג", "ג[b]א"),
        ("a (ב) ", "a (ב) "),
        ("ب 1-2", "2-1 ب"),
        ("ب ١٢,٣", "١٢,٣ ب"),
        ("«ב»", "«ב»"),
        ("<ב ג>", "<ג ב>"),
        ("(א) b (ג", "ג) b (א)"),
        ("", ""),
    ],
)
def test_the_visual_order_of_a_line_from_left_to_right(line, seen):
    assert visual(line) == seen


@given(st.text(alphabet="ab 12.,-()[]<>«»/€%!" + HEBREW + "بج١٢", max_size=20))
def test_no_character_is_lost(line):
    def plain(text):
        return sorted("|" if unicodedata.mirrored(char) else char for char in text)

    assert plain(visual(line)) == plain(line)


@given(st.text(alphabet=st.characters(exclude_categories=["C", "M"]), max_size=20))
def test_a_line_without_right_to_left_glyphs_is_not_changed(line):
    kinds = {unicodedata.bidirectional(char) for char in line}
    if not kinds & {"R", "AL", "AN"}:
        assert visual(line) == line


@given(st.text(alphabet=HEBREW + " ", max_size=20))
def test_plain_hebrew_is_reversed(line):
    word = "א" + line.rstrip() + "ב"
    assert visual(word) == word[::-1]
