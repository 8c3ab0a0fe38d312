"""The contracts: golden files of every released schema, tolerant readers."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import notifications
from shared.errors import BadMessage
from shared.messages import (
    SCHEMA,
    Animation,
    BatchDue,
    Copyright,
    EncodedRendition,
    GainMapMembers,
    ImageResized,
    ImageWatermarked,
    Passthrough,
    Provenance,
    ResizedRendition,
    Source,
    UploadBatch,
)
from shared.notifications import BatchEnded, FailedMember, ImageFailed, ImageRejected, ImageStored, StoredRendition
from shared.removals import ImageRemoved, SourceRemoved, decoded

GOLDEN = Path(__file__).parent / "golden"

SOURCE = Source(
    bucket="pics-input-123456789012-eu-west-1",
    key="holiday/ünï 🌄.gif",
    version_id="096fKKXTRTtl3on89fVO.nfljtsv6qko",
    sequencer="0055AED6DCD90281E5",
    size_bytes=4_275_083,
    uploaded_at="2026-03-01T09:30:12.123Z",
)

MESSAGES = {
    "image-resized": ImageResized(
        source=SOURCE,
        intermediate_key="0123456789abcdef0123/resize-0123456789ab.zip",
        renditions=(
            ResizedRendition(
                name="resized",
                member="resized",
                width=1024,
                height=768,
                format="gif",
                quality=82,
                watermark=True,
                animated=True,
            ),
            ResizedRendition(
                name="thumb", member="thumb", width=256, height=256, format="jpeg", quality=70, watermark=False
            ),
        ),
        source_format="GIF",
        source_width=4000,
        source_height=3000,
        animation=Animation(durations_ms=(40, 50, 400), plays=0),
        passthrough=Passthrough(metadata={"artist": "Ada"}, tags={"album": "sea"}),
    ),
    "image-watermarked": ImageWatermarked(
        source=SOURCE,
        intermediate_key="0123456789abcdef0123/watermark-0123456789ab.zip",
        renditions=(
            EncodedRendition(
                name="resized",
                member="resized",
                width=1024,
                height=768,
                frames=3,
                format="gif",
                content_type="image/gif",
                size_bytes=93_000,
            ),
        ),
        source_format="GIF",
        source_width=4000,
        source_height=3000,
        passthrough=Passthrough(metadata={"artist": "Ada"}, tags={"album": "sea"}),
    ),
    "image-stored": ImageStored(
        notice_id="0123456789abcdef0123-stored",
        source=SOURCE,
        outputs=(
            StoredRendition(
                rendition="resized",
                bucket="pics-output-123456789012-eu-west-1",
                key="holiday/ünï 🌄-resized.gif",
                width=1024,
                height=768,
                frames=3,
                content_type="image/gif",
                size_bytes=93_000,
            ),
        ),
        stored_at="2026-03-01T09:30:14.000Z",
        seconds=1.877,
        source_format="GIF",
        source_width=4000,
        source_height=3000,
    ),
    "image-failed": ImageFailed(
        notice_id="0123456789abcdef0123-failed-0",
        source=SOURCE,
        service="resize",
        error="ImageTooLarge",
        reason="9400 x 9400 px is 88,360,000 pixels; the limit is 50,000,000 (limits.pixels)",
        attempts=1,
        failed_at="2026-03-01T09:30:14.000Z",
        dlq="pics-resize-dlq",
    ),
    "image-rejected": ImageRejected(
        notice_id="0123456789abcdef0123-rejected",
        source=SOURCE,
        label="Blood & Gore",
        confidence=97.3,
        rule="Graphic Violence",
        threshold=80.0,
        model="7.0",
        rejected_at="2026-03-01T09:30:13.000Z",
    ),
}

# The same with every field that has come since: optional, so that the schema is still the same.
FULL = {
    "image-resized-full": replace(
        MESSAGES["image-resized"],
        copyright_fields=Copyright(artist="Ada Ñandú", copyright="© 2026 Ada Ñandú"),
        placeholder="1QcSHQRnh493V4dIh4eXh1h4kJUI",
    ),
    "image-watermarked-full": replace(
        MESSAGES["image-watermarked"],
        placeholder="1QcSHQRnh493V4dIh4eXh1h4kJUI",
        intermediate_keys=("0123456789abcdef0123/resize-0123456789ab.zip",),
    ),
    "image-stored-full": replace(MESSAGES["image-stored"], placeholder="1QcSHQRnh493V4dIh4eXh1h4kJUI"),
}
# The same of an image that was uploaded together with others, and what people are notified of those.
BATCHED_SOURCE = replace(SOURCE, batch=UploadBatch(id="20260301-093012-a1b2c3", number=17, size=480))
BATCHED = {
    f"{name}-batched": replace((MESSAGES | FULL).get(f"{name}-full", MESSAGES[name]), source=BATCHED_SOURCE)
    for name in MESSAGES
} | {
    "batch-ended": BatchEnded(
        notice_id="20260301-093012-a1b2c3-ended",
        batch_id="20260301-093012-a1b2c3",
        bucket="pics-input-123456789012-eu-west-1",
        folders=("holiday/",),
        size=480,
        stored=475,
        failed=2,
        superseded=1,
        vanished=1,
        missing=1,
        failures=(
            FailedMember(key="holiday/ünï 🌄.gif", error="ImageTooLarge", reason="9400 x 9400 px is 88,360,000 pixels"),
        ),
        uploaded_at="2026-03-01T09:30:12.000Z",
        ended_at="2026-03-01T09:32:26.500Z",
        seconds=134.5,
    )
}
WARNED = {
    "image-resized-warned": replace(
        FULL["image-resized-full"],
        renditions=tuple(
            replace(each, lossless=True, alternatives=("png", "webp"), page=2)
            for each in FULL["image-resized-full"].renditions
        ),
        warnings=("page 1 of 3",),
    ),
    "image-watermarked-warned": replace(FULL["image-watermarked-full"], warnings=("page 1 of 3",)),
    "image-stored-warned": replace(FULL["image-stored-full"], warnings=("page 1 of 3",)),
}
REUSED = {
    "image-resized-reused": replace(
        WARNED["image-resized-warned"],
        renditions=tuple(
            replace(each, format="png", original=f"{each.member}.original")
            for each in WARNED["image-resized-warned"].renditions
        ),
    ),
}
REMOVALS = {
    "source-removed": SourceRemoved(source=replace(SOURCE, size_bytes=0, version_id=None), version_id="v1"),
    "image-removed": ImageRemoved(
        notice_id="0123456789abcdef0123-removed",
        source=replace(SOURCE, size_bytes=0),
        output_bucket="pics-output-123456789012-eu-west-1",
        removed=("holiday/ünï 🌄-resized.gif", "holiday/ünï 🌄-thumb.gif"),
        removed_at="2026-03-01T09:30:13.000Z",
    ),
}
OVERDUE = {
    "batch-due": BatchDue(batch=UploadBatch(id="20260301-093012-a1b2c3", number=0, size=480), timeout_seconds=3600),
    "batch-ended-overdue": replace(
        BATCHED["batch-ended"],
        notice_id="20260301-093012-a1b2c3-overdue",
        stored=470,
        missing=3,
        pending=3,
        missing_keys=("holiday/a.jpg",),
        missing_numbers=("17", "20-21"),
        pending_keys=("holiday/ünï 🌄.gif",),
        timeout_seconds=3600,
    ),
}
INLINE = {
    "image-watermarked-inline": replace(WARNED["image-watermarked-warned"], inline="UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="),
}
HDR = {
    "image-resized-hdr": replace(
        WARNED["image-resized-warned"],
        renditions=tuple(
            replace(
                each,
                format="jpeg",
                gain_map=GainMapMembers(
                    jpeg=f"{each.member}.gain-map", base=f"{each.member}.base", profile=f"{each.member}.profile"
                ),
            )
            for each in WARNED["image-resized-warned"].renditions
        ),
    ),
}
PROVENANCE = Provenance(
    digital_source_type="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
    content_credentials=True,
)
OWNED = {
    "image-resized-owned": replace(
        REUSED["image-resized-reused"],
        copyright_fields=Copyright(
            artist="Ada Ñandú",
            copyright="© 2026 Ada Ñandú",
            credit="Ada/Agency",
            source="Agency",
            web_statement="https://example.com/rights",
            licensor_url="https://example.com/license",
        ),
        provenance=PROVENANCE,
        alt_text="Ein Boot auf dem See",
    ),
    "image-watermarked-owned": replace(
        WARNED["image-watermarked-warned"], provenance=PROVENANCE, alt_text="Ein Boot auf dem See"
    ),
    "image-stored-owned": replace(
        WARNED["image-stored-warned"],
        outputs=tuple(
            replace(each, set="hero", sha256="0123456789abcdef" * 4) for each in WARNED["image-stored-warned"].outputs
        ),
        provenance=PROVENANCE,
        alt_text="Ein Boot auf dem See",
    ),
}
FORMATS = {
    "image-resized-formats": replace(
        REUSED["image-resized-reused"],
        renditions=tuple(
            replace(each, format="avif", format_quality={"avif": 60}, max_bytes=200_000, candidates=("avif", "png"))
            for each in REUSED["image-resized-reused"].renditions
        ),
    ),
}
EVERY = HDR | FORMATS | OWNED | INLINE | MESSAGES | FULL | BATCHED | WARNED | REUSED | REMOVALS | OVERDUE


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("schema", range(1, SCHEMA + 1))
def test_every_released_schema_is_read(schema, name):
    golden = (GOLDEN / str(schema) / f"{name}.json").read_text(encoding="utf-8")
    assert type(EVERY[name]).decode(golden) == EVERY[name]


@pytest.mark.parametrize("name", EVERY)
def test_what_is_written_is_the_golden_file_of_the_current_schema(name, monkeypatch):
    monkeypatch.setattr(notifications, "VERSION", "1.0.0")
    golden = json.loads((GOLDEN / str(SCHEMA) / f"{name}.json").read_text(encoding="utf-8"))
    written = json.loads(EVERY[name].encode())
    if name not in BATCHED | OVERDUE:
        assert written["source"].pop("batch") is None
    came_since = {"placeholder", "copyright_fields", "intermediate_keys"} if name in MESSAGES else set()
    assert not written.pop("left_out", 0)
    came_since |= {"dominant_colour", "manifest"} | ({"inline"} if name not in INLINE else set())
    timed_out = {"missing_keys", "missing_numbers", "pending", "pending_keys", "timeout_seconds"}
    came_since |= {"rejected", *timed_out} if name == "batch-ended" else set()
    came_since |= {"provenance", "alt_text"} if name not in OWNED else set()
    for output in written.get("outputs", []) if name not in OWNED else ():
        assert (output.pop("set"), output.pop("sha256")) == (None, None)
    for rendition in written.get("renditions", []):
        assert rendition.pop("set") is None
        if name not in REUSED | OWNED | FORMATS:
            rendition.pop("original", None)
        if name not in HDR:
            assert rendition.pop("gain_map", None) is None
        if name not in FORMATS:
            assert not any(rendition.pop(each, None) for each in ("format_quality", "max_bytes", "candidates"))
    for field in ("credit", "source", "web_statement", "licensor_url") if name not in OWNED else ():
        (written.get("copyright_fields") or {}).pop(field, None)
    if name not in WARNED | REUSED | OWNED | INLINE | FORMATS | HDR:
        came_since |= {"warnings"}
        for rendition in (*written.get("renditions", []), *written.get("outputs", [])):
            rendition.pop("lossless", None)
            rendition.pop("alternatives", None)
            rendition.pop("page", None)
    assert {field: value for field, value in written.items() if field not in came_since} == golden


@pytest.mark.parametrize("message", EVERY.values(), ids=EVERY.keys())
def test_fields_to_come_are_ignored_at_every_depth(message):
    def grown(value):
        if isinstance(value, dict):
            more = {} if set(value) in ({"artist"}, {"album"}, {"avif"}, set()) else {"to_come": {"x": 1}}
            return {key: grown(entry) for key, entry in value.items()} | more
        return [grown(entry) for entry in value] if isinstance(value, list) else value

    assert type(message).decode(json.dumps(grown(json.loads(message.encode())))) == message


def altered(**changes):
    value = json.loads(MESSAGES["image-resized"].encode())
    for path, entry in changes.items():
        *parents, last = path.split("__")
        target = value
        for parent in parents:
            target = target[int(parent) if parent.isdecimal() else parent]
        last = int(last) if last.isdecimal() else last
        if entry is ...:
            del target[last]
        else:
            target[last] = entry
    return json.dumps(value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            altered(schema=SCHEMA + 1),
            f"schema is {SCHEMA + 1}; this release reads 1 to {SCHEMA}: deploy this service first",
        ),
        (altered(schema="1"), "schema is '1'"),
        (altered(schema=0), "schema is 0"),
        (altered(type="image-stored"), "type is 'image-stored'; this service reads image-resized"),
        (altered(source__key=...), "source.key is missing"),
        (altered(source__size_bytes="5"), "source.size_bytes is '5', not int"),
        (altered(source__size_bytes=True), "source.size_bytes is True, not int"),
        (altered(source__key=None), "source.key is None, not str"),
        (altered(renditions=5), "renditions is 5, not"),
        (altered(renditions__0=5), "renditions[0] is 5, not an object"),
        (altered(renditions__0__width=1.5), "renditions[0].width is 1.5, not int"),
        (altered(renditions__1__watermark=1), "renditions[1].watermark is 1, not bool"),
        (altered(source__uploaded_at="yesterday"), "source.uploaded_at is 'yesterday', not a time such as 2026-03-01T"),
        (altered(source__uploaded_at="2026-03-01T09:30:12"), "source.uploaded_at is '2026-03-01T09:30:12', not a time"),
        (altered(renditions__1__format="jxl"), "renditions[1].format is 'jxl'; allowed: jpeg, png, gif, webp, avif"),
        (altered(renditions__1__candidates=["jxl"]), "renditions[1].format is 'jxl'; allowed: jpeg, png, gif, webp"),
        (altered(animation__durations_ms=[1, "2"]), "animation.durations_ms[1] is '2', not int"),
        (altered(passthrough__metadata={"a": 1}), "passthrough.metadata.a is 1, not str"),
        ("null", "a JSON NoneType"),
        ("{", "not JSON"),
    ],
)
def test_what_cannot_be_read_is_named(body, message):
    with pytest.raises(BadMessage) as refused:
        ImageResized.decode(body)
    assert message in str(refused.value)


def test_a_whole_number_will_do_for_seconds():
    value = json.loads(MESSAGES["image-stored"].encode()) | {"seconds": 2}
    assert ImageStored.decode(json.dumps(value)).seconds == 2.0


@given(
    st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 2**63), st.none() | st.text("0123456789ABCDEF")
)
def test_a_message_comes_out_as_it_went_in(key, size, sequencer):
    source = Source(bucket="b", key=key, sequencer=sequencer, size_bytes=size, uploaded_at=SOURCE.uploaded_at)
    message = ImageFailed(
        notice_id="n", source=source, service="s", error="e", reason=key, attempts=1, failed_at="t", dlq="q"
    )
    encoded = message.encode()
    assert encoded.isascii()
    assert encoded.isprintable()
    assert ImageFailed.decode(encoded) == message


@pytest.mark.parametrize("name", ["image-resized", "image-watermarked"])
def test_a_service_reads_its_own_messages_and_removals(name):
    kind = type(MESSAGES[name])
    for message in (MESSAGES[name], REMOVALS["source-removed"]):
        assert decoded(message.encode(), kind) == message
    with pytest.raises(BadMessage, match="image-stored"):
        decoded(MESSAGES["image-stored"].encode(), kind)
    with pytest.raises(BadMessage, match="deploy this service first"):
        decoded('{"type": "source-removed", "schema": 2}', kind)
