"""How a place in a batch is written, and how members are counted."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import batches
from shared.batches import ENDINGS, MAX_SIZE, SHARD
from shared.errors import BadOverride
from shared.messages import UploadBatch
from shared.overrides import parse
from shared.progress import RANKS

ids = st.from_regex(r"[a-z0-9-]{1,40}", fullmatch=True)
places = st.integers(1, MAX_SIZE).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size)))


NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PLACE = UploadBatch(id="b", number=1, size=2)


@given(ids, places, st.text(min_size=1))
def test_a_place_comes_out_of_a_header_as_it_went_in(batch, place, key):
    there = UploadBatch(id=batch, number=place[0], size=place[1])
    assert batches.of({"pipeline-batch": batches.header(there, "in", key, NOW)}, "in", key, NOW) == there
    assert batches.read(batches.written(there)) == there


@pytest.mark.parametrize(
    ("bucket", "key", "modified_at"),
    [
        pytest.param("in", "b.jpg", NOW, id="another key"),
        pytest.param("other", "a.jpg", NOW, id="another bucket"),
        pytest.param("in", "a.jpg", NOW + timedelta(days=2), id="another day"),
        pytest.param("in", "a.jpg", None, id="nobody knows when"),
    ],
)
def test_a_header_that_was_copied_names_no_place(bucket, key, modified_at):
    metadata = {"pipeline-batch": batches.header(PLACE, "in", "a.jpg", NOW)}
    assert batches.of(metadata, bucket, key, modified_at) is None


@pytest.mark.parametrize("hours", [-24, -10, 15, 24])
def test_an_upload_over_midnight_keeps_its_place(hours):
    metadata = {"Pipeline-Batch": batches.header(PLACE, "in", "a.jpg", NOW)}
    assert batches.of(metadata, "in", "a.jpg", NOW + timedelta(hours=hours)) == PLACE


def test_a_header_without_a_digest_names_no_place():
    assert batches.of({"pipeline-batch": "b/1/2"}, "in", "a.jpg", NOW) is None


def test_the_digest_is_what_other_clients_are_shown_to_compute():
    digest = hashlib.sha256(b"in/a.jpg/2026-03-01").hexdigest()[:12]
    assert batches.header(PLACE, "in", "a.jpg", NOW) == f"b/1/2/{digest}"


@pytest.mark.parametrize(
    "text",
    ["", "b", "b/1/1", "b/0/0", "B/0/1", "b/-1/1", "b/0/10001", "b/٣/9", "b/0/1\n", "b/0/1/2", f"{'x' * 41}/0/1"],
)
def test_what_is_no_place_is_refused_by_name(text):
    with pytest.raises(BadOverride, match="x-amz-meta-pipeline-batch is"):
        batches.read(text)
    for header in (text.rstrip("\n") + "x", f"{text}/0123456789ab"):
        with pytest.raises(BadOverride, match="x-amz-meta-pipeline-batch is"):
            batches.of({"pipeline-batch": header}, "in", "a.jpg", NOW)


def test_an_object_that_names_none_was_uploaded_alone():
    assert batches.of({"artist": "Ada", "pipeline-quality": "60"}, "in", "a.jpg", NOW) is None


def test_a_batch_is_not_an_override():
    assert parse({"pipeline-batch": "b/0/2", "Pipeline-Quality": "60"}, ["quality"]).quality == 60


@given(st.integers(1, MAX_SIZE))
def test_the_shards_have_every_member_once(size):
    held = [batches.on_shard(shard, size) for shard in range(batches.shards(size))]
    assert sum(held) == size
    assert all(1 <= each <= SHARD for each in held)


@given(st.dictionaries(st.sampled_from(ENDINGS), st.frozensets(st.integers(0, 30))))
def test_a_member_counts_once_and_by_the_last_that_it_came_to(shard_members):
    counts = batches.counted(shard_members)
    assert sum(counts.values()) == len(frozenset().union(*shard_members.values()))
    assert counts.get("stored", 0) == len(shard_members.get("stored", ()))
    only_failed = shard_members.get("failed", frozenset()).difference(
        *(shard_members.get(each, ()) for each in ENDINGS[2:])
    )
    assert counts.get("failed", 0) == len(only_failed)


def test_endings_are_in_the_order_in_which_rows_move():
    assert list(ENDINGS[1:]) == sorted(ENDINGS[1:], key=RANKS.__getitem__)
