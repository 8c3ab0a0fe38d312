"""Events for what is there already: read as S3's own, and in their place among them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.aws.ledger import Row
from ops.backfill.events import body, sequencer
from ops.backfill.present_objects import Present
from ops.names import Names
from services.store.naming import decide, owner
from shared.events import change, split
from shared.messages import Source
from shared.sequence import is_newer, sortable

NAMES = Names(name="p", account="123456789012", region="cn-north-1")

NOW = datetime(2026, 11, 25, tzinfo=UTC)
PUT = datetime(2026, 1, 1, tzinfo=UTC)


def present(key="a.jpg", version="v1"):
    return Present(bucket="b", key=key, version_id=version, size_bytes=3, etag="e", modified=PUT)


def row(order, uploaded_at="2026-01-01T00:00:00.000Z"):
    return Row(
        image_id="x",
        bucket="b",
        key="a.jpg",
        version_id="v",
        size_bytes=1,
        uploaded_at=uploaded_at,
        updated_at=uploaded_at,
        service="store",
        outcome="stored",
        error=None,
        reason=None,
        outputs=(),
        seconds={},
        finished={},
        replays=0,
        sequencer=order,
    )


def verdict(mine, theirs):
    """What store does with an image of one order, where the output is of another."""

    def owned(order, made_of):
        source = Source(bucket="b", key="a.jpg", sequencer=order, size_bytes=1, uploaded_at="2026-01-01T00:00:00.000Z")
        return owner(source, made_of)

    return decide(owned(mine, "mine"), owned(theirs, "theirs"), "a-thumb.jpg")


@given(st.text(min_size=1, max_size=200).filter(lambda key: "\x00" not in key))
def test_a_key_arrives_as_the_object_is_called(key):
    try:
        key.encode()
    except UnicodeEncodeError:
        return  # S3 has no such key
    (one,) = split(body(present(key), sequencer="0", names=NAMES, now=NOW))
    uploaded = change(one)
    assert uploaded.source.key == key


def test_the_image_is_the_one_that_the_object_is():
    source = change(body(present("a b+c.jpg"), sequencer="0F", names=NAMES, now=NOW)).source
    assert source.image_id == present("a b+c.jpg").image_id
    assert (source.bucket, source.version_id, source.sequencer, source.size_bytes) == ("b", "v1", "0F", 3)
    assert source.uploaded_at == "2026-11-25T00:00:00.000Z"


def test_it_has_the_fields_of_s3_s_own_events():
    ours = json.loads(body(present(), sequencer="0", names=NAMES, now=NOW))["Records"][0]
    assert ours["eventVersion"] == "2.1"
    assert set(ours) >= {"eventSource", "awsRegion", "eventTime", "eventName", "s3"}
    assert ours["awsRegion"] == "cn-north-1"
    assert ours["s3"]["bucket"] == {"name": "b", "arn": "arn:aws-cn:s3:::b"}
    assert set(ours["s3"]["object"]) == {"key", "size", "eTag", "versionId", "sequencer"}


# As S3 gives them: of one length, though it does not promise that, nor how they begin.
SEQUENCERS = st.text("0123456789ABCDEF", min_size=1, max_size=36)


@given(st.lists(SEQUENCERS, max_size=4), SEQUENCERS)
def test_it_stands_above_every_version_that_is_known_and_below_every_one_to_come(known, coming):
    order = sequencer([row(each) for each in known], PUT)
    newest = max((each.ljust(40, "0") for each in known), default="")
    assert all(verdict(order, each) == "write" for each in known)
    assert all(verdict(each, order) == "superseded" for each in known)
    if coming.ljust(40, "0") > newest and coming.strip("0"):
        assert verdict(order, coming) == "superseded"
        assert verdict(coming, order) == "write"


def test_it_is_below_all_where_nothing_is_known():
    assert verdict(sequencer([], PUT), "0000000000000001") == "superseded"


@pytest.mark.parametrize("known", [[], ["0065A1B2C3D4E5F678"]], ids=["nothing is known", "one is known"])
def test_of_two_that_are_there_already_the_later_one_counts(known):
    first = sequencer([row(each) for each in known], PUT)
    second = sequencer([row(each) for each in [*known, first]], PUT + timedelta(seconds=1))
    assert verdict(second, first) == "write"
    assert verdict(first, second) == "superseded"


def test_a_version_without_a_sequencer_counts_by_its_time():
    known = row(None, uploaded_at="2026-01-01T00:00:00.000Z")
    assert verdict(sequencer([known], PUT), known.uploaded_at) == "write"


@given(st.integers(1_600_000_000, 3_800_000_000), st.sampled_from(["", "0055AED6DCD90281E5", "F" * 18]))
def test_the_later_of_two_that_were_put_within_one_second_comes_later(put, known):
    put = datetime.fromtimestamp(put, UTC)
    first = sequencer([row(known)] if known else [], put)
    # A row may have it without its last zeros, as the record of the key does.
    for kept in (first, sortable(first)):
        second = sequencer([], put, last=kept)
        assert is_newer(second, first)
        assert len(second) == len(first)
