"""S3's notifications, read into images."""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.errors import BadMessage
from shared.events import BACKFILL_CONFIGURATION, change, split
from shared.messages import Source
from shared.removals import SourceRemoved

EVENTS = Path(__file__).parent / "events"


def recorded(name="put-2.1"):
    return json.loads((EVENTS / f"{name}.json").read_text())


def read(event):
    return change(json.dumps(event))


def changed(name="put-2.1", *, record=None, **described):
    event = recorded(name)
    event["Records"][0]["s3"]["object"].update(described)
    event["Records"][0].update(record or {})
    return event


def test_an_event_of_2_1_is_read():
    assert read(recorded()).source == Source(
        bucket="pics-input-123456789012-eu-west-1",
        key="holiday/a b+c.jpg",
        version_id="096fKKXTRTtl3on89fVO.nfljtsv6qko",
        sequencer="0055AED6DCD90281E5",
        size_bytes=4_275_083,
        uploaded_at="2026-03-01T09:30:12.123Z",
    )


def test_an_event_of_2_6_with_fields_to_come_is_read():
    source = read(recorded("multipart-2.6")).source
    assert (source.key, source.size_bytes) == ("ünï/🌄 100%25.png", 52_428_800)


@pytest.mark.parametrize("name", ["Put", "Post", "Copy", "CompleteMultipartUpload"])
def test_every_way_to_create_counts(name):
    assert read(changed(record={"eventName": f"ObjectCreated:{name}"})) is not None


@pytest.mark.parametrize(
    ("name", "marker"),
    [
        ("ObjectRemoved:DeleteMarkerCreated", True),
        ("s3:ObjectRemoved:DeleteMarkerCreated", True),
        ("ObjectRemoved:Delete", False),
        ("LifecycleExpiration:DeleteMarkerCreated", True),
        ("LifecycleExpiration:Delete", False),
    ],
)
def test_every_way_to_delete_counts_and_is_not_the_image_that_was_deleted(name, marker):
    image, found = read(changed()).source, read(changed(record={"eventName": name}))
    if marker:
        assert found == SourceRemoved(source=image)
    else:
        assert found == SourceRemoved(source=replace(image, version_id=None), version_id=image.version_id)
        assert found.source.image_id != image.image_id


def test_a_deletion_in_a_bucket_without_versions_is_of_the_whole_key():
    event = changed(record={"eventName": "ObjectRemoved:Delete"})
    del event["Records"][0]["s3"]["object"]["versionId"]
    del event["Records"][0]["s3"]["object"]["size"]
    found = read(event)
    assert (found.version_id, found.source.version_id, found.source.size_bytes) == (None, None, 0)


@pytest.mark.parametrize("name", ["LifecycleTransition", "ObjectRestore:Completed", "ReducedRedundancyLostObject"])
def test_other_events_are_nothing_to_do(name):
    assert read(changed(record={"eventName": name})) is None


def test_a_test_event_is_nothing_to_do():
    assert read(recorded("test-event")) is None


def test_a_folder_is_nothing_to_do():
    assert read(changed(key="photos/", size=0)) is None


def test_a_zero_byte_object_is_an_image_that_will_fail():
    assert read(changed(key="photos/empty.jpg", size=0)).source.size_bytes == 0


def test_a_key_with_a_slash_at_its_end_may_hold_an_image():
    assert read(changed(key="photos/", size=5)).source.key == "photos/"


def test_an_unversioned_bucket_gives_no_version():
    event = recorded()
    del event["Records"][0]["s3"]["object"]["versionId"]
    del event["Records"][0]["s3"]["object"]["sequencer"]
    source = read(event).source
    assert (source.version_id, source.sequencer) == (None, None)


def test_uploads_to_a_bucket_whose_versions_are_suspended_are_images_of_their_own():
    first, second = (read(changed(versionId="null", sequencer=digits)).source for digits in ("01", "02"))
    assert (first.version_id, second.version_id) == (None, None)
    assert first.image_id != second.image_id


def test_a_deletion_of_the_version_from_before_versions_is_of_that_version_alone():
    event = changed(record={"eventName": "ObjectRemoved:Delete"}, versionId="null")
    found = read(event)
    assert (found.version_id, found.source.version_id) == ("null", None)


def test_a_delete_marker_where_versions_are_suspended_is_of_the_whole_key():
    found = read(changed(record={"eventName": "ObjectRemoved:DeleteMarkerCreated"}, versionId="null"))
    assert (found.version_id, found.source.version_id) == (None, None)


def test_a_backfill_s_event_is_of_the_version_before_there_were_any():
    event = changed(versionId="null", sequencer="01")
    event["Records"][0]["s3"]["configurationId"] = BACKFILL_CONFIGURATION
    assert read(event).source.version_id == "null"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example("a b+c.jpg")
@example("%2F")
@example("%25%2B+ +")
@example("🌄" * 256)
@example("x" * 1024)
@example("a\x00\x1f\u202e\uffff")
@example("../..//etc/passwd")
def test_a_key_comes_out_as_it_went_in(key):
    image = read(changed(key=quote_plus(key), size=1))
    assert image.source.key == key


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.sampled_from(["v1", None]))
def test_identity_is_more_than_the_key(key, version):
    base = {"bucket": "b", "size_bytes": 1, "uploaded_at": "t"}
    this = Source(**base, key=key, version_id=version, sequencer="01")
    again = Source(**base | {"size_bytes": 2, "uploaded_at": "later"}, key=key, version_id=version, sequencer="01")
    others = (
        Source(**base, key=key, version_id="v2", sequencer="01"),
        Source(**base, key=key + "x", version_id=version, sequencer="01"),
        Source(**base | {"bucket": "c"}, key=key, version_id=version, sequencer="01"),
    )
    assert this.image_id == again.image_id
    assert this.image_id not in {other.image_id for other in others}
    if version is None:
        assert this.image_id != Source(**base, key=key, sequencer="02").image_id


def test_an_event_of_one_record_is_left_as_it_came():
    body = json.dumps(recorded(), indent=3)
    assert split(body) == (body,)
    assert split('{"Event": "s3:TestEvent"}') == ('{"Event": "s3:TestEvent"}',)


def test_an_event_of_several_records_becomes_one_for_each():
    records = [changed(key=f"{index}.jpg")["Records"][0] for index in range(3)]
    bodies = split(json.dumps({"Records": records, "more": 1}))
    assert [change(body).source.key for body in bodies] == ["0.jpg", "1.jpg", "2.jpg"]
    assert [json.loads(body)["Records"] for body in bodies] == [[record] for record in records]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param("no json", "not JSON", id="text"),
        pytest.param("[1]", "a JSON list", id="list"),
        pytest.param("{}", "no Records", id="empty"),
        pytest.param('{"Records": 5}', "no Records", id="number"),
        pytest.param('{"Records": [5]}', "not an S3 record", id="record of another kind"),
        pytest.param('{"Type": "Notification", "Message": "{}"}', "no Records", id="from sns"),
        pytest.param('{"Records": [{"eventSource": "aws:sqs"}]}', "not an S3 record", id="from sqs"),
        pytest.param(json.dumps(changed(record={"eventVersion": "3.0"})), "'3.0'; this release reads 2.x", id="3.0"),
        pytest.param(json.dumps(changed(record={"eventVersion": None})), "eventVersion is None", id="no version"),
        pytest.param(json.dumps(changed(record={"s3": {}})), "KeyError", id="nothing in s3"),
        pytest.param(json.dumps(changed(key="%ff%fe")), "UnicodeDecodeError", id="key in latin-1"),
        pytest.param(json.dumps(changed(size="5")), "size_bytes is '5', not int", id="size as text"),
        pytest.param(
            json.dumps(changed(record={"eventTime": "yesterday"})),
            "uploaded_at is 'yesterday', not a time",
            id="no time",
        ),
        pytest.param("[" * 100_000, "not JSON", id="deep"),
    ],
)
def test_what_is_no_s3_event_is_refused_by_name(body, message):
    with pytest.raises(BadMessage) as refused:
        change(body)
    assert message in str(refused.value)
