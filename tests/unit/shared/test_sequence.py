"""The sequence of a key's versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sequence import is_newer, padded, sortable

SEQUENCES = st.text("0123456789ABCDEF", max_size=20)


@pytest.mark.parametrize(
    ("one", "other", "newer"),
    [
        ("0055AED6DCD90281E5", "0055AED6DCD90281E4", True),
        ("0055AED6DCD90281E4", "0055AED6DCD90281E5", False),
        ("1", "0FFF", True),
        ("00A", "00A0", False),
        ("00A0", "00A", False),
        ("00A01", "00A", True),
        ("", "0", False),
        ("2026-01-01T00:00:01.000Z", "2026-01-01T00:00:00.000Z", True),
    ],
)
def test_a_sequence_is_compared_as_text_of_one_length(one, other, newer):
    assert is_newer(one, other) is newer


@given(SEQUENCES, SEQUENCES)
def test_sortable_sequences_compare_as_padded_ones_do(one, other):
    length = max(len(one), len(other))
    assert (sortable(one) > sortable(other)) is (padded(one, length) > padded(other, length))
    assert is_newer(one, other) is (padded(one, length) > padded(other, length))


@given(SEQUENCES, SEQUENCES)
def test_of_two_versions_one_is_newer_at_most(one, other):
    assert not (is_newer(one, other) and is_newer(other, one))
    assert (one.rstrip("0") == other.rstrip("0")) is not (is_newer(one, other) or is_newer(other, one))


@given(SEQUENCES, SEQUENCES, SEQUENCES)
def test_the_sequence_of_versions_has_no_circles(first, second, third):
    if is_newer(second, first) and is_newer(third, second):
        assert is_newer(third, first)


def test_a_sequence_that_is_long_enough_stays():
    assert (padded("12", 4), padded("12345", 4)) == ("1200", "12345")
