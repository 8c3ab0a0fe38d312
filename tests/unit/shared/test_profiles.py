"""Which profile of pipeline.yaml counts for a key."""

import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import profiles
from shared.errors import BadSetting


@dataclass(frozen=True, kw_only=True)
class Named:
    prefix: str
    size: int = 0


def named(section, prefix):
    return Named(prefix=prefix, size=section.integer("size", 1, low=1, high=9))


def read(value):
    return profiles.from_env({"PROFILES": json.dumps(value)}, named)


@given(st.lists(st.text("ab/", min_size=1, max_size=4), unique=True), st.text("ab/", max_size=8))
def test_of_the_prefixes_that_match_the_longest_counts(prefixes, key):
    found = profiles.matching([Named(prefix=prefix) for prefix in prefixes], key)
    matching = [prefix for prefix in prefixes if key.startswith(prefix)]
    assert (found.prefix if found else None) == max(matching, key=len, default=None)


def test_there_are_none_by_default():
    assert profiles.from_env({}, named) == ()
    assert read([]) == read(None) == ()


def test_they_are_read_in_order():
    assert read([{"prefix": "a/", "size": 3}, {"prefix": "b/"}]) == (
        Named(prefix="a/", size=3),
        Named(prefix="b/", size=1),
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"prefix": "a/"}, "profiles is {'prefix': 'a/'}; allowed: a list of 0 to 20 entries"),
        ([{"prefix": str(index)} for index in range(21)], "allowed: a list of 0 to 20 entries"),
        (["a/"], "profiles[0] is 'a/'; it must be a mapping"),
        ([{"size": 1}], "profiles[0].prefix is None; allowed: a text of 1 to 200 characters"),
        ([{"prefix": ""}], "profiles[0].prefix is ''; allowed: a text of 1 to 200 characters"),
        ([{"prefix": "a/"}, {"prefix": "a/"}], "profiles[1].prefix is 'a/'; allowed: each prefix once"),
        ([{"prefix": "a/", "size": 0}], "profiles[0].size is 0"),
        ([{"prefix": "a/", "sise": 1}], "profiles[0].sise is not a setting; allowed: prefix, size"),
    ],
)
def test_a_wrong_one_is_named(value, message):
    with pytest.raises(BadSetting) as refused:
        read(value)
    assert message in str(refused.value)
