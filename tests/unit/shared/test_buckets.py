"""Which objects are uploads: never an output, whatever the prefixes are."""

import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.resize.changes import change
from shared.buckets import OWN, Buckets
from shared.errors import BadSetting

PREFIXES = st.lists(st.sampled_from(["a", "b", "ab", "."]), max_size=3).map(
    lambda parts: "".join(f"{each}/" for each in parts)
)


def one(upload, made):
    return Buckets.of({"input": {"name": "pics", "prefix": upload}, "output": {"name": "pics", "prefix": made}})


@given(PREFIXES, PREFIXES, st.text("ab./", max_size=8))
def test_no_key_of_one_bucket_is_both_an_upload_and_an_output(upload, made, rest):
    try:
        buckets = one(upload, made)
    except BadSetting:
        assert upload.startswith(made) or made.startswith(upload)
        return
    assert buckets.takes(upload + rest)
    assert not buckets.takes(made + rest)


@given(PREFIXES, PREFIXES)
def test_prefixes_that_do_not_overlap_are_allowed(upload, made):
    assume(not upload.startswith(made) and not made.startswith(upload))
    assert one(upload, made).is_one


def test_two_buckets_may_have_the_same_prefix():
    buckets = Buckets.of({"input": {"name": "pics", "prefix": "a/"}, "output": {"name": "made", "prefix": "a/"}})
    assert not buckets.is_one
    assert buckets.takes("a/b.jpg")


def test_a_key_is_under_the_prefix_whether_it_was_given_with_it_or_not():
    place = one("up/", "made/").input
    assert (place.within("a.jpg"), place.within("up/a.jpg"), place.within("")) == ("up/a.jpg", "up/a.jpg", "up/")


def event(key):
    record = {
        "eventSource": "aws:s3",
        "eventVersion": "2.1",
        "eventName": "ObjectCreated:Put",
        "eventTime": "2026-03-01T09:30:12.123Z",
        "s3": {"bucket": {"name": "pics"}, "object": {"key": key, "size": 5, "sequencer": "01"}},
    }
    return json.dumps({"Records": [record]})


@pytest.mark.parametrize(
    ("key", "taken"), [("up/a.jpg", True), ("made/a-thumb.jpg", False), ("other/a.jpg", False), ("upa.jpg", False)]
)
def test_resize_has_nothing_to_do_for_what_is_not_an_upload(key, taken):
    assert (change(event(key), buckets=one("up/", "made/")) is not None) is taken


def test_resize_takes_every_key_of_a_bucket_of_its_own():
    assert change(event("made/a.jpg"), buckets=OWN).source.key == "made/a.jpg"
