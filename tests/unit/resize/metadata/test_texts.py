"""Texts of metadata, made safe to pass on."""

import pytest

from services.resize.metadata.texts import line, plain


@pytest.mark.parametrize(
    "text",
    ["\u0dc1\u0dca\u200d\u0dbb\u0dd3 \u0dbd\u0d82\u0d9a\u0dcf", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"],
)
def test_joiners_stay_within_their_words(text):
    assert line(text) == text
    assert plain(text.encode()) == text


@pytest.mark.parametrize("text", ["Ada\x00Grace", "Ada\r\n Grace", "Ada\u2028Grace", "Ada\u202e\tGrace"])
def test_what_would_break_or_turn_the_line_is_a_space(text):
    assert line(text) == "Ada Grace"
