"""Files into the output bucket, never over a newer version's."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from ops.preview.memory import MemoryObjects, MemorySourceKeys
from services.store.settings import Output, Settings
from services.store.step import store
from shared import inline, intermediates
from shared.errors import (
    AwsUnavailable,
    BadMessage,
    IntermediateObjectMissing,
    OutputKeyInvalid,
    OutputKeyTaken,
    PreconditionFailed,
)
from shared.messages import EncodedRendition, ImageWatermarked, Passthrough, Source
from shared.ports import Headers

SETTINGS = Settings(work_bucket="work", output_bucket="out")
NOW = datetime(2026, 1, 1, 0, 0, 7, 500_000, tzinfo=UTC)


def job(key="a/test.jpg", sequencer="01", intermediate="s1", passthrough=None):
    names = ("resized", "thumb")
    return ImageWatermarked(
        source=Source(
            bucket="in",
            key=key,
            version_id=f"v{sequencer}",
            sequencer=sequencer,
            size_bytes=5,
            uploaded_at="2026-01-01T00:00:00.000Z",
        ),
        intermediate_key=intermediate,
        renditions=tuple(
            EncodedRendition(
                name=name,
                member=name,
                width=9,
                height=8,
                frames=1,
                format="jpeg",
                content_type="image/jpeg",
                size_bytes=3,
            )
            for name in names
        ),
        source_format="JPEG",
        source_width=90,
        source_height=80,
        passthrough=passthrough or Passthrough(),
    )


class World(MemoryObjects):
    """Objects with what watermark left, and the records of source keys."""

    def __init__(self):
        super().__init__()
        self.source_keys = MemorySourceKeys()

    def service(self, key, text):
        self.put(
            "work",
            key,
            intermediates.pack({"resized": f"{text} resized".encode(), "thumb": f"{text} thumb".encode()}),
            Headers(),
        )

    def output(self, key):
        return self.objects["out", key]


def world(**intermediate):
    objects = World()
    for key, text in (intermediate or {"s1": "one"}).items():
        objects.service(key, text)
    return objects


def run(message, objects, settings=SETTINGS):
    return store(message, objects=objects, source_keys=objects.source_keys, settings=settings, now=lambda: NOW)


def test_every_rendition_arrives():
    objects = world()
    finished = run(job(), objects)
    assert finished.outcome == "stored"
    assert finished.outputs == ("a/test-resized.jpg", "a/test-thumb.jpg")
    output = objects.output("a/test-resized.jpg")
    assert output.body == b"one resized"
    assert output.headers.content_type == "image/jpeg"
    assert output.headers.cache_control == "public, max-age=86400"


def paged(template):
    first = job().renditions[0]
    message = replace(job(), renditions=(first, replace(first, member="resized.2", page=2)))
    objects = World()
    objects.put("work", "s1", intermediates.pack({"resized": b"page one", "resized.2": b"page two"}), Headers())
    return run(message, objects, replace(SETTINGS, output=Output(key=template))), objects


def test_two_renditions_of_one_file_are_refused_and_nothing_is_written():
    first, second = job().renditions
    objects = world()
    with pytest.raises(BadMessage, match="2 renditions have 1 files between them"):
        run(replace(job(), renditions=(first, replace(second, member=first.member))), objects)
    assert [bucket for bucket, _ in objects.objects] == ["work"]


def test_pages_are_distinguished_by_the_template():
    finished, objects = paged("{dir}{stem}-{page}-{rendition}{ext}")
    assert finished.outputs == ("a/test-1-resized.jpg", "a/test-2-resized.jpg")
    assert objects.objects["out", "a/test-2-resized.jpg"].body == b"page two"
    assert [output.page for output in finished.notice.outputs] == [1, 2]


def test_pages_of_one_key_are_refused_before_anything_is_written():
    with pytest.raises(OutputKeyInvalid, match=r"put \{page\}, \{rendition\} and \{ext\} into output\.key"):
        paged("{dir}{stem}-{rendition}{ext}")


def inlined(message, text="one"):
    packed = intermediates.pack({"resized": f"{text} resized".encode(), "thumb": f"{text} thumb".encode()})
    return inline.with_file(message, packed)


def test_files_in_the_message_are_stored_although_the_work_bucket_is_empty():
    objects = World()
    finished = run(inlined(job()), objects)
    assert (finished.outcome, objects.output("a/test-thumb.jpg").body) == ("stored", b"one thumb")
    assert run(inlined(job()), objects) == finished


def test_a_message_of_the_release_before_has_no_such_field_and_is_stored():
    old = {name: value for name, value in json.loads(job().encode()).items() if name != "inline"}
    objects = world()
    assert run(ImageWatermarked.decode(json.dumps(old)), objects).outcome == "stored"
    assert objects.output("a/test-thumb.jpg").body == b"one thumb"


def test_both_ways_of_one_image_are_one_image():
    objects = world()
    run(job(), objects)
    again = run(inlined(job()), objects)
    assert again.outcome == "stored"
    assert again.outputs == ("a/test-resized.jpg", "a/test-thumb.jpg")


def test_a_key_without_an_object_is_not_swept():
    objects, message = World(), inlined(replace(job(), intermediate_keys=("s0",)))
    assert run(message, objects).intermediate_keys == ("s0",)
    newer = inlined(replace(job(sequencer="02", intermediate="s2"), intermediate_keys=("s1",)), "two")
    assert run(newer, objects).intermediate_keys == ("s1",)
    late = run(message, objects)
    assert (late.outcome, late.intermediate_keys) == ("superseded", ("s0",))


def test_a_damaged_file_in_the_message_is_named_as_intermediate():
    with pytest.raises(IntermediateObjectMissing, match="the file in the message is damaged"):
        run(replace(job(), inline="no base64"), World())


def test_a_stored_or_superseded_message_returns_its_intermediate_keys():
    message, objects = replace(job(), intermediate_keys=("s0",)), world(s1="one", s2="two")
    assert run(message, objects).intermediate_keys == ("s0", "s1")
    newer = replace(job(), source=replace(job().source, version_id="v9", sequencer="ff"), intermediate_key="s2")
    run(newer, objects)
    older = run(message, objects)
    assert (older.outcome, older.intermediate_keys) == ("superseded", ("s0", "s1"))


def test_the_notification_says_what_was_made_and_how_long_it_took():
    notice = run(replace(job(), placeholder="abc=", warnings=("page 1 of 3",)), world()).notice
    assert (notice.placeholder, notice.warnings) == ("abc=", ("page 1 of 3",))
    assert notice.seconds == 7.5
    assert notice.notice_id == f"{notice.source.image_id}-stored"
    assert [(each.rendition, each.key, each.bucket) for each in notice.outputs] == [
        ("resized", "a/test-resized.jpg", "out"),
        ("thumb", "a/test-thumb.jpg", "out"),
    ]


def test_tags_without_room_in_the_headers_are_left_out_and_named():
    objects = world()
    # Each is within S3's limits of a tag, 128 and 256 characters, and 1,540 bytes when it is encoded.
    tags = {"album": "sea", "place": "ж" * 256, "people": "я" * 256, "team": "web"}
    finished = run(job(passthrough=Passthrough(tags=tags)), objects)
    assert finished.outcome == "stored"
    headers = objects.output("a/test-resized.jpg").headers
    assert headers.tags == {name: tags[name] for name in ("album", "place", "team")}
    assert len(urlencode(headers.tags)) <= 3_000
    assert finished.notice.warnings == (
        "left out 1 of 4 tags (people): S3 has room for 3,000 bytes of encoded tags besides metadata",
    )


def test_metadata_without_room_is_left_out_and_named():
    objects = world()
    metadata = {f"note-{number:02}": "x" * 90 for number in range(30)} | {"pipeline-quality": "50"}
    finished = run(job(passthrough=Passthrough(metadata=metadata)), objects)
    kept = [name for name in objects.output("a/test-resized.jpg").headers.metadata if name.startswith("note-")]
    assert 0 < len(kept) < 30
    (warning,) = finished.notice.warnings
    assert warning.startswith(f"left out {30 - len(kept)} of 31 entries of metadata (note-{len(kept)}, ")
    assert warning.endswith(", …): S3 has room for 2,048 bytes of metadata")
    off = Settings(work_bucket="work", output_bucket="out", output=Output(metadata=False))
    assert run(job(passthrough=Passthrough(metadata=metadata)), world(), off).notice.warnings == ()


@pytest.mark.parametrize("wanted", [True, False])
def test_metadata_and_tags_are_passed_through_as_the_settings_say(wanted):
    objects = world()
    settings = Settings(work_bucket="work", output_bucket="out", output=Output(metadata=wanted, tags=wanted))
    run(job(passthrough=Passthrough(metadata={"artist": "Ada"}, tags={"album": "sea"})), objects, settings)
    headers = objects.output("a/test-resized.jpg").headers
    assert ("artist" in headers.metadata, "album" in headers.tags) == (wanted, wanted)


def test_an_older_version_never_overwrites_a_newer_output():
    objects = world(s1="one", s2="two")
    run(job(sequencer="02", intermediate="s2"), objects)
    late = run(job(sequencer="01", intermediate="s1"), objects)
    assert (late.outcome, late.notice) == ("superseded", None)
    assert objects.output("a/test-resized.jpg").body == b"two resized"


def test_a_newer_version_overwrites():
    objects = world(s1="one", s2="two")
    run(job(sequencer="01", intermediate="s1"), objects)
    assert run(job(sequencer="02", intermediate="s2"), objects).outcome == "stored"
    assert objects.output("a/test-thumb.jpg").body == b"two thumb"


def test_a_redelivery_writes_nothing_and_ends_in_the_same_way():
    objects = world()
    first = run(job(), objects)
    written = dict(objects.objects)
    assert run(job(), objects) == first
    assert objects.objects == written


def test_an_attempt_after_one_that_died_half_way_writes_the_rest():
    objects = world()
    run(job(), objects)
    del objects.objects["out", "a/test-thumb.jpg"]
    run(job(), objects)
    assert objects.output("a/test-thumb.jpg").body == b"one thumb"


def test_another_source_s_output_stays():
    objects = world(s1="one", s2="two")
    run(job(key="a/test.jpg", intermediate="s1"), objects)
    rival = job(key="a/test.heic", intermediate="s2")
    with pytest.raises(OutputKeyTaken, match=r"a/test-resized.jpg belongs to a/test.jpg"):
        run(rival, objects)
    assert objects.output("a/test-resized.jpg").body == b"one resized"


def test_a_write_that_loses_a_race_looks_again():
    class Raced(World):
        lost = 0

        def put_if(self, bucket, key, body, headers, *, etag):
            if self.lost < 2:
                self.lost += 1
                raise PreconditionFailed("409")
            super().put_if(bucket, key, body, headers, etag=etag)

    objects = Raced()
    objects.service("s1", "one")
    assert run(job(), objects).outcome == "stored"


def test_a_race_without_end_is_tried_again_later():
    class Lost(World):
        def put_if(self, bucket, key, body, headers, *, etag):
            raise PreconditionFailed("409")

    objects = Lost()
    objects.service("s1", "one")
    with pytest.raises(AwsUnavailable, match="5 times"):
        run(job(), objects)


@pytest.mark.parametrize("refused", [("put_if", "head"), ("get",)], ids=" ".join)
def test_a_conflict_of_any_request_is_tried_again_and_supersedes_nothing(refused):
    class Refusing(World):
        pass

    def refuse(*_, **__):
        raise PreconditionFailed("409")

    objects = Refusing()
    objects.service("s1", "one")
    for name in refused:
        setattr(objects, name, refuse)
    with pytest.raises(PreconditionFailed):
        run(job(), objects)


def test_a_claim_that_is_refused_while_nobody_has_the_key_is_tried_again():
    class Refusing(MemorySourceKeys):
        def claim(self, source, made_of, keys):
            raise PreconditionFailed("409")

    objects = world(s1="one")
    objects.source_keys = Refusing()
    with pytest.raises(AwsUnavailable, match="nothing later has it"):
        run(job(), objects)


def test_what_watermark_left_may_be_gone():
    with pytest.raises(IntermediateObjectMissing, match="gone"):
        run(job(intermediate="nowhere"), world())
