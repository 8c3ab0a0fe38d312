"""Of a source key's versions only the last one has outputs, all of them, however the versions overlap."""

import itertools
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from kit.encoded_renditions import encoded

from ops.preview.memory import MemoryObjects, MemorySourceKeys
from services.store.settings import Output, Settings
from services.store.step import store
from shared import intermediates
from shared.errors import AwsUnavailable, BeingStored, OutputKeyStillTaken, OutputKeyTaken
from shared.messages import ImageWatermarked, Source
from shared.ports import Headers
from shared.removals import SourceRemoved

SETTINGS = Settings(work_bucket="work", output_bucket="out", output=Output(follow_deletes=True))
NOW = datetime(2026, 1, 1, 0, 0, 7, 500_000, tzinfo=UTC)


def job(version, sequencer, *renditions, key="photo"):
    """The message of one version."""
    return ImageWatermarked(
        source=Source(
            bucket="in",
            key=key,
            version_id=version,
            sequencer=sequencer,
            size_bytes=5,
            uploaded_at="2026-01-01T00:00:00.000Z",
        ),
        intermediate_key=f"{key}-{version}-{'-'.join(each.format for each in renditions)}.zip",
        renditions=renditions,
        source_format="PNG",
        source_width=90,
        source_height=80,
    )


class Killed(BaseException):
    """The function is gone."""


class Bucket:
    """Ports that count their calls, and do something else before one of them."""

    def __init__(self):
        self.objects, self.keys = MemoryObjects(), MemorySourceKeys()
        self.calls, self.before = 0, {}

    def __getattr__(self, name):
        of = self.keys if hasattr(self.keys, name) else self.objects

        def call(*args, **options):
            self.calls += 1
            if self.calls in self.before:
                self.before.pop(self.calls)()
            return getattr(of, name)(*args, **options)

        return call

    def store(self, message, settings=SETTINGS):
        return store(message, objects=self, source_keys=self, settings=settings, now=lambda: NOW)

    def fed(self, *messages):
        for each in filter(lambda each: isinstance(each, ImageWatermarked), messages):
            members = {one.member: f"{each.source.version_id} {one.member}".encode() for one in each.renditions}
            self.objects.put("work", each.intermediate_key, intermediates.pack(members), Headers())
        return self

    def standing(self):
        return {key: kept.body.decode() for (bucket, key), kept in self.objects.objects.items() if bucket == "out"}


# One key without an extension: what it holds decides what its outputs are called.
PNG = job("v1", "01", encoded("resized", "png"), encoded("thumb", "png"))
JPEG = job("v2", "02", encoded("resized", "jpeg"), encoded("thumb", "jpeg"))
FEWER = job("v2", "02", encoded("thumb", "png"))
MORE = job("v2", "02", encoded("resized", "png"), encoded("thumb", "png"), encoded("wide", "png"))
SAME = job("v2", "02", encoded("resized", "png"), encoded("thumb", "png"))
OF_PNG = {"photo-resized.png": "v1 resized", "photo-thumb.png": "v1 thumb"}
STANDING = {
    "another format": (JPEG, {"photo-resized.jpg": "v2 resized", "photo-thumb.jpg": "v2 thumb"}),
    "fewer renditions": (FEWER, {"photo-thumb.png": "v2 thumb"}),
    "more renditions": (
        MORE,
        {"photo-resized.png": "v2 resized", "photo-thumb.png": "v2 thumb", "photo-wide.png": "v2 wide"},
    ),
    "the same": (SAME, {"photo-resized.png": "v2 resized", "photo-thumb.png": "v2 thumb"}),
}
EXTENSION = {"jpeg": "jpg", "webp": "webp"}
changed = pytest.mark.parametrize(("newer", "standing"), STANDING.values(), ids=STANDING)


@changed
def test_outputs_of_an_older_version_go_when_a_newer_one_is_stored(newer, standing):
    bucket = Bucket().fed(PNG, newer)
    assert bucket.store(PNG).outcome == "stored"
    assert bucket.standing() == OF_PNG
    assert bucket.store(newer).outcome == "stored"
    assert bucket.standing() == standing
    assert bucket.keys.state(newer.source).outputs == set(standing)


@changed
def test_a_late_older_version_is_superseded_and_leaves_nothing(newer, standing):
    bucket = Bucket().fed(PNG, newer)
    bucket.store(newer)
    late = bucket.store(PNG)
    assert (late.outcome, late.notice) == ("superseded", None)
    assert bucket.standing() == standing


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_the_last_version_keeps_its_place_where_an_event_of_it_knows_a_lower_one(form):
    again = job("v2", "00", encoded("resized", form), encoded("thumb", form))
    bucket = Bucket().fed(JPEG, again, PNG)
    bucket.store(JPEG)
    assert bucket.store(again).outcome == "stored"
    assert bucket.standing() == {f"photo-{name}.{EXTENSION[form]}": f"v2 {name}" for name in ("resized", "thumb")}
    assert bucket.store(PNG).outcome == "superseded"
    assert bucket.keys.state(JPEG.source).sequence == "02"


def test_however_two_messages_of_one_version_overlap_one_stores_it_and_none_is_superseded():
    """A backfill sent it while its own event waited: the two messages give the same version different places."""
    lower = replace(JPEG, source=replace(JPEG.source, sequencer="00"))
    for calls in itertools.count(1):
        bucket = Bucket().fed(JPEG)
        outcomes = []
        bucket.before[calls] = lambda: outcomes.append(bucket.store(JPEG).outcome)  # noqa: B023 - called within the loop
        with suppress(BeingStored):
            outcomes.append(bucket.store(lower).outcome)
        if bucket.before:
            break
        assert set(outcomes) == {"stored"}, (calls, outcomes)
        assert bucket.standing() == {"photo-resized.jpg": "v2 resized", "photo-thumb.jpg": "v2 thumb"}
        assert bucket.store(lower).outcome == "stored"
    assert calls > 4


def test_an_event_with_a_lower_place_stores_no_removed_version_and_no_other_one():
    again = replace(JPEG, source=replace(JPEG.source, sequencer="00"))
    bucket = Bucket().fed(JPEG, PNG)
    bucket.store(JPEG)
    bucket.store(deletion("03"))
    assert bucket.store(again).outcome == "vanished"
    assert bucket.standing() == {}


def interrupted(first, second, *, at, killed):
    """Store one version; before one of its calls another is stored, and it may die there and come again."""
    bucket = Bucket().fed(first, second)
    outcomes = {}

    def other():
        outcomes["second"] = bucket.store(second).outcome
        if killed:
            raise Killed

    bucket.before = {at: other}
    for _ in range(2):
        try:
            outcomes["first"] = bucket.store(first).outcome
            break
        except Killed:
            bucket.before = {}
    return bucket, outcomes


def calls_of(first, second):
    bucket = Bucket().fed(first, second)
    bucket.store(first)
    return bucket.calls


@pytest.mark.parametrize("killed", [False, True], ids=["slow", "killed"])
@changed
def test_however_two_versions_overlap_only_the_newer_one_has_outputs(newer, standing, killed):
    for first, second in ((PNG, newer), (newer, PNG)):
        for at in range(1, calls_of(first, second) + 1):
            bucket, outcomes = interrupted(first, second, at=at, killed=killed)
            assert bucket.standing() == standing, f"{first.source.version_id} is overtaken before call {at}"
            reported = {"first": outcomes["first"], "second": outcomes["second"]}
            last = "second" if first is PNG else "first"
            assert reported.pop(last) == "stored"
            assert set(reported.values()) <= {"stored", "superseded"}


@changed
def test_a_version_that_dies_at_any_call_while_it_replaces_another_is_completed_when_it_comes_again(newer, standing):
    bucket = Bucket().fed(PNG, newer)
    bucket.store(PNG)
    before = bucket.calls
    bucket.store(newer)
    for at in range(before + 1, bucket.calls + 1):
        again = Bucket().fed(PNG, newer)
        again.store(PNG)

        def die():
            raise Killed

        again.before = {at: die}
        with pytest.raises(Killed):
            again.store(newer)
        assert again.store(newer).outcome == "stored"
        assert again.standing() == standing


def test_three_versions_in_every_order_end_at_the_last():
    last = job("v3", "03", encoded("resized", "webp"))
    for order in itertools.permutations((PNG, JPEG, last)):
        bucket = Bucket().fed(*order)
        for each in order:
            bucket.store(each)
        assert bucket.standing() == {"photo-resized.webp": "v3 resized"}


def test_the_same_version_made_with_other_settings_leaves_nothing_of_the_settings_before():
    first, again = PNG, replace(JPEG, source=PNG.source)
    bucket = Bucket().fed(first, again)
    bucket.store(first)
    bucket.store(again)
    assert set(bucket.standing()) == {"photo-resized.jpg", "photo-thumb.jpg"}
    # And where the two are stored at the same time, the one that was overtaken comes again.
    for at in range(1, calls_of(first, again) + 1):
        bucket = Bucket().fed(first, again)
        bucket.before = {at: lambda bucket=bucket: bucket.store(again)}
        with suppress(AwsUnavailable):
            bucket.store(first)
        assert set(bucket.standing()) in ({"photo-resized.jpg", "photo-thumb.jpg"}, set(OF_PNG))


def test_a_version_whose_output_key_belongs_to_another_source_leaves_the_older_one_whole():
    # v2 would overwrite photo-resized.png, and then find the key of its new rendition taken.
    rival = job("r1", "01", encoded("wide", "png"), key="photo.png")
    bucket = Bucket().fed(PNG, MORE, rival)
    bucket.store(PNG)
    bucket.store(rival)
    with pytest.raises(OutputKeyTaken, match=r"photo-wide.png belongs to photo.png"):
        bucket.store(MORE, replace(SETTINGS, output=Output()))
    assert bucket.standing() == {**OF_PNG, "photo-wide.png": "r1 wide"}


def test_what_others_wrote_under_an_older_version_s_key_stays():
    bucket = Bucket().fed(PNG, JPEG)
    bucket.store(PNG)
    bucket.objects.put("out", "photo-thumb.png", b"by hand", Headers())
    bucket.store(JPEG)
    assert bucket.standing() == {
        "photo-resized.jpg": "v2 resized",
        "photo-thumb.jpg": "v2 thumb",
        "photo-thumb.png": "by hand",
    }


def test_an_output_that_is_written_again_and_again_is_removed_later():
    bucket = Bucket().fed(PNG, JPEG)
    bucket.store(PNG)
    old = bucket.objects.objects["out", "photo-thumb.png"]
    remove = bucket.objects.delete_if

    def raced(where, key, *, etag):
        bucket.objects.put(where, "photo-thumb.png", old.body, old.headers)
        remove(where, key, etag=etag)

    bucket.objects.delete_if = raced
    with pytest.raises(AwsUnavailable, match="written by others 5 times while it was being removed"):
        bucket.store(JPEG)
    bucket.objects.delete_if = remove
    assert bucket.store(JPEG).outcome == "stored"
    assert set(bucket.standing()) == {"photo-resized.jpg", "photo-thumb.jpg"}


def deletion(sequencer, version_id=None, at="2026-01-01T00:00:01.000Z"):
    source = replace(PNG.source, version_id=None, sequencer=sequencer, size_bytes=0, uploaded_at=at)
    return SourceRemoved(source=source, version_id=version_id)


LATER = job("v3", "04", encoded("resized", "webp"))


def test_outputs_go_with_their_source_and_subscribers_are_notified():
    bucket = Bucket().fed(PNG)
    bucket.store(PNG)
    finished = bucket.store(deletion("03"))
    assert (finished.outcome, bucket.standing()) == ("removed", {})
    assert finished.notice.removed == ("photo-resized.png", "photo-thumb.png")
    assert finished.notice.output_bucket == "out"
    # A delivery that comes again reports the same, under the same id.
    again = bucket.store(deletion("03"))
    assert (again.notice.notice_id, again.notice.removed) == (finished.notice.notice_id, finished.notice.removed)


def test_what_was_never_stored_has_no_outputs_and_nobody_is_notified():
    finished = Bucket().store(deletion("03"))
    assert (finished.outcome, finished.notice) == ("removed", None)


def test_a_version_that_was_deleted_on_its_way_is_not_stored():
    bucket = Bucket().fed(PNG, JPEG)
    bucket.store(deletion("03"))
    for late in (PNG, JPEG):
        finished = bucket.store(late)
        assert (finished.outcome, finished.notice, bucket.standing()) == ("vanished", None, {})
        assert finished.intermediate_keys == (late.intermediate_key,)


def test_what_is_uploaded_after_the_deletion_stays_whichever_comes_first():
    for order in itertools.permutations((PNG, deletion("03"), LATER)):
        bucket = Bucket().fed(PNG, LATER)
        outcomes = [bucket.store(each).outcome for each in order]
        assert bucket.standing() == {"photo-resized.webp": "v3 resized"}, outcomes
        assert outcomes[order.index(LATER)] == "stored"


def test_a_deletion_without_a_sequencer_holds_for_what_was_uploaded_by_its_time():
    bucket = Bucket().fed(PNG, JPEG, LATER)
    bucket.store(PNG)
    by_hand = deletion(None)
    assert bucket.store(by_hand).outcome == "removed"
    assert (bucket.standing(), bucket.store(JPEG).outcome) == ({}, "vanished")
    later = replace(LATER, source=replace(LATER.source, uploaded_at="2026-01-01T00:00:02.000Z"))
    assert bucket.store(later).outcome == "stored"
    assert bucket.store(by_hand).outcome == "superseded"
    assert bucket.standing() == {"photo-resized.webp": "v3 resized"}


@pytest.mark.parametrize(("version", "outcome"), [("v1", "removed"), ("v0", "superseded"), ("marker", "superseded")])
def test_a_version_that_is_deleted_by_its_id_takes_its_own_outputs_alone(version, outcome):
    bucket = Bucket().fed(PNG)
    bucket.store(PNG)
    assert bucket.store(deletion("03", version)).outcome == outcome
    assert bucket.standing() == ({} if version == "v1" else OF_PNG)


def test_outputs_stay_where_they_do_not_follow():
    bucket = Bucket().fed(PNG)
    bucket.store(PNG)
    finished = bucket.store(deletion("03"), replace(SETTINGS, output=Output()))
    assert (finished.outcome, finished.notice, bucket.standing()) == ("vanished", None, OF_PNG)


@pytest.mark.parametrize("killed", [False, True], ids=["slow", "killed"])
@pytest.mark.parametrize("newer", [PNG, JPEG], ids=["stored", "replaced"])
def test_however_a_version_and_the_deletion_overlap_no_output_stays(newer, killed):
    for first, second in ((newer, deletion("03")), (deletion("03"), newer)):
        overlaps = 0
        for at in itertools.count(1):
            bucket, outcomes = interrupted(first, second, at=at, killed=killed)
            if "second" not in outcomes:
                break
            overlaps += 1
            assert bucket.standing() == {}, f"{first} is overtaken before call {at}: {outcomes}"
        assert overlaps == (5 if first is newer else 1)


def test_a_rename_moves_the_outputs():
    renamed = job("v9", "01", encoded("resized", "png"), key="other")
    for order in itertools.permutations((deletion("03"), renamed)):
        bucket = Bucket().fed(PNG, renamed)
        bucket.store(PNG)
        for each in order:
            bucket.store(each)
        assert bucket.standing() == {"other-resized.png": "v9 resized"}


def test_a_rename_to_a_name_of_the_same_output_keys_waits_until_the_old_outputs_are_gone():
    renamed = job("v9", "01", encoded("resized", "png"), encoded("thumb", "png"), key="photo.png")
    bucket = Bucket().fed(PNG, renamed)
    bucket.store(PNG)
    with pytest.raises(OutputKeyStillTaken, match=r"photo-resized.png belongs to photo"):
        bucket.store(renamed)
    bucket.store(deletion("03"))
    assert bucket.store(renamed).outcome == "stored"
    assert bucket.standing() == {"photo-resized.png": "v9 resized", "photo-thumb.png": "v9 thumb"}
