"""S3's events as EventBridge delivers them, read into the images that S3's own notifications would give.

The fields are those of https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.errors import BadMessage
from shared.events import change, split
from shared.messages import ImageUploaded, Source
from shared.removals import SourceRemoved

EVENTS = Path(__file__).parent / "events"
CREATED = Source(
    bucket="pics-input-123456789012-eu-west-1",
    key="holiday/a b+c%20.jpg",
    version_id="096fKKXTRTtl3on89fVO.nfljtsv6qko",
    sequencer="0055AED6DCD90281E5",
    size_bytes=4_275_083,
    uploaded_at="2026-03-01T09:30:12.999Z",
)


def recorded(name="created"):
    return json.loads((EVENTS / f"bridged-{name}.json").read_text())


def changed(name="created", *, detail=None, envelope=None, without=(), **described):
    event = recorded(name)
    event["detail"]["object"].update(described)
    for field in without:
        del event["detail"]["object"][field]
    event["detail"].update(detail or {})
    event.update(envelope or {})
    return event


def read(event):
    return change(json.dumps(event))


def test_an_upload_is_read_and_its_key_is_not_unquoted():
    assert read(recorded()) == ImageUploaded(source=CREATED)


def test_an_upload_is_the_same_image_as_in_a_notification_of_s3():
    notified = json.loads((EVENTS / "put-2.1.json").read_text())
    bridged = read(changed(key="holiday/a b+c.jpg")).source
    assert bridged.image_id == read(notified).source.image_id


@pytest.mark.parametrize("reason", ["PutObject", "POST Object", "CopyObject", "CompleteMultipartUpload", "to come"])
def test_every_way_to_create_counts(reason):
    assert read(changed(detail={"reason": reason})) == ImageUploaded(source=CREATED)


@pytest.mark.parametrize("reason", ["DeleteObject", "Lifecycle Expiration"])
def test_a_delete_marker_removes_the_whole_key(reason):
    assert read(changed("marker", detail={"reason": reason})) == SourceRemoved(source=replace(CREATED, size_bytes=0))


@pytest.mark.parametrize("reason", ["DeleteObject", "Lifecycle Expiration"])
def test_a_permanent_deletion_in_a_bucket_without_versions_is_of_the_whole_key(reason):
    found = read(changed("deleted", detail={"reason": reason}))
    assert found == SourceRemoved(
        source=replace(CREATED, size_bytes=0, version_id=None, sequencer="0069B21FFD0745EE4E"), version_id=None
    )


def test_a_permanent_deletion_that_names_a_version_is_of_that_version():
    found = read(changed("deleted", **{"version-id": "v1"}))
    assert (found.version_id, found.source.version_id) == ("v1", None)


def test_a_permanent_deletion_of_the_version_from_before_versions_is_of_that_version_alone():
    found = read(changed("deleted", **{"version-id": "null"}))
    assert (found.version_id, found.source.version_id) == ("null", None)


def test_an_unversioned_bucket_gives_no_version():
    assert read(changed(without=["version-id"])).source.version_id is None


def test_where_versions_are_suspended_each_upload_is_an_image_of_its_own():
    first, second = (read(changed(**{"version-id": "null", "sequencer": digits})).source for digits in ("01", "02"))
    assert first.image_id != second.image_id


def test_sequencers_are_in_capitals_as_in_notifications_of_s3():
    assert read(changed(sequencer="617f08299329d189")).source.sequencer == "617F08299329D189"


def test_a_time_with_parts_of_a_second_is_kept():
    assert read(changed(envelope={"time": "2026-03-01T09:30:12.250Z"})).source.uploaded_at == "2026-03-01T09:30:12.250Z"


def test_an_event_without_a_version_of_its_detail_is_read():
    event = recorded()
    del event["detail"]["event-version"]
    assert read(event) == ImageUploaded(source=CREATED)


@pytest.mark.parametrize(
    "kind", ["Object Restore Completed", "Object Tags Added", "Object Storage Class Changed", "to come", ["a list"]]
)
def test_other_events_are_nothing_to_do(kind):
    assert read(changed(envelope={"detail-type": kind})) is None


def test_a_folder_is_nothing_to_do():
    assert read(changed(key="photos/", size=0)) is None
    assert read(changed("marker", key="photos/")) is None


def test_an_event_is_one_body_as_it_came():
    body = json.dumps(recorded(), indent=3)
    assert split(body) == (body,)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example("a b+c.jpg")
@example("%2F%25+")
@example("a\x00\x1f\u202e\uffff")
def test_a_key_comes_out_as_it_went_in(key):
    assert read(changed(key=key)).source.key == key


@pytest.mark.parametrize(
    ("event", "message"),
    [
        pytest.param(changed(envelope={"detail": None}), "no detail: None", id="no detail"),
        pytest.param(changed(detail={"event-version": "2.0"}), "'2.0'; this release reads 1.x", id="2.0"),
        pytest.param(changed(detail={"event-version": None}), "event-version is None", id="no version"),
        pytest.param(changed(detail={"object": {}}), "KeyError('key')", id="no key"),
        pytest.param(changed(detail={"object": 5}), "AttributeError", id="object of another kind"),
        pytest.param(changed(detail={"bucket": {}}), "KeyError('name')", id="no bucket"),
        pytest.param(changed(key=5), "key is 5, not str", id="key as a number"),
        pytest.param(changed(size="5"), "size_bytes is '5', not int", id="size as text"),
        pytest.param(changed(sequencer=5), "sequencer is 5", id="sequencer as a number"),
        pytest.param(changed(envelope={"time": "yesterday"}), "uploaded_at is 'yesterday', not a time", id="no time"),
        pytest.param(changed(envelope={"time": 5}), "uploaded_at is 5", id="time as a number"),
        pytest.param(changed(envelope={"source": "aws.ec2"}), "no Records", id="of another service"),
    ],
)
def test_what_is_no_s3_event_is_refused_by_name(event, message):
    with pytest.raises(BadMessage) as refused:
        read(event)
    assert message in str(refused.value)
