"""Which profile of pipeline.yaml counts for a key."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import profiles
from shared.errors import BadSetting


@dataclass(frozen=True, kw_only=True)
class Named:
    prefix: str
    path: str = ""


def read(entries):
    return profiles.parsed(entries, lambda entry, path: Named(prefix=entry["prefix"], path=path))


@given(st.lists(st.text("ab/", min_size=1, max_size=4), unique=True), st.text("ab/", max_size=8))
def test_of_the_prefixes_that_match_the_longest_counts(prefixes, key):
    found = profiles.matching([Named(prefix=prefix) for prefix in prefixes], key)
    matching = [prefix for prefix in prefixes if key.startswith(prefix)]
    assert (found.prefix if found else None) == max(matching, key=len, default=None)


def test_there_are_none_by_default():
    assert read([]) == read(None) == ()


def test_profiles_are_read_in_order_with_their_paths():
    assert read([{"prefix": "a/"}, {"prefix": "b/"}]) == (
        Named(prefix="a/", path="profiles[0]"),
        Named(prefix="b/", path="profiles[1]"),
    )


def test_a_prefix_that_is_given_twice_is_refused():
    with pytest.raises(BadSetting, match=r"^profiles\[1\]\.prefix is 'a/'; allowed: each prefix once"):
        read([{"prefix": "a/"}, {"prefix": "a/"}])
