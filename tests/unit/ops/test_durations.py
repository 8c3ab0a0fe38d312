"""Times in words."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.durations import MAX, age_words, parse


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("0s", timedelta()),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
    ],
)
def test_a_duration_is_read(text, time):
    assert parse(text) == time


@pytest.mark.parametrize("text", ["", "3", "d", "-3d", "3 d", "1.5h", "3D", "٣d", "9999999w", "3d\n", "1h30m"])
def test_what_is_no_duration_is_reported(text):
    with pytest.raises(ValueError, match="30m, 2h or 3d"):
        parse(text)


@given(st.integers(0, 999_999), st.sampled_from("smhdw"))
def test_every_duration_is_read_as_long_as_it_is_or_refused(number, unit):
    time = number * parse(f"1{unit}")
    if time > MAX:
        with pytest.raises(ValueError, match="longer than 36500 days"):
            parse(f"{number}{unit}")
    else:
        assert parse(f"{number}{unit}") == time


@pytest.mark.parametrize(
    ("seconds", "words"), [(-5, "0s"), (59.9, "59s"), (61, "1m 1s"), (7_260, "2h 1m"), (270_000, "3d 3h")]
)
def test_an_age_is_its_two_biggest_units(seconds, words):
    assert age_words(timedelta(seconds=seconds)) == words


@given(st.integers(0, 10**9))
def test_an_age_in_words_is_never_more_than_the_age(seconds):
    words = age_words(timedelta(seconds=seconds)).split()
    said = sum((parse(word) for word in words), timedelta())
    assert timedelta() <= timedelta(seconds=seconds) - said < timedelta(hours=1)
