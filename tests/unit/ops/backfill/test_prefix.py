"""Which objects a backfill's URL names: never others than uploads."""

import pytest

from ops import settings
from ops.backfill.prefix import prefix_of
from ops.errors import CommandError


def names(**place):
    parsed = settings.parse({"name": "photos", "buckets": {"input": {"name": "pics", **place}}})
    return parsed.names("123456789012", "eu-west-1")


@pytest.mark.parametrize(
    ("where", "prefix"),
    [
        ("s3://pics/", "up/"),
        ("s3://pics", "up/"),
        ("s3://pics/up/", "up/"),
        ("s3://pics/up", "up/"),
        ("s3://pics/up/a/b", "up/a/b"),
    ],
)
def test_a_backfill_is_of_what_is_under_the_prefix(where, prefix):
    assert prefix_of(where, names(prefix="up/")) == prefix


@pytest.mark.parametrize("where", ["s3://pics/made/", "s3://pics/other", "s3://pics/upper/"])
def test_what_is_beside_the_prefix_is_refused_by_name(where):
    with pytest.raises(CommandError, match=r"is not under s3://pics/up/ \(buckets.input.prefix\)"):
        prefix_of(where, names(prefix="up/"))


def test_all_of_a_bucket_without_a_prefix_may_be_sent():
    assert prefix_of("s3://pics/", names()) == ""
