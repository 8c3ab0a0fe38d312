"""The contracts: golden files of every released schema, tolerant readers."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.golden_messages import (
    BATCHED,
    EVERY,
    FORMATS,
    HDR,
    INLINE,
    MESSAGES,
    OVERDUE,
    OWNED,
    REMOVALS,
    REUSED,
    SCORED,
    SOURCE,
    TEN_BIT,
    WARNED,
)

from shared import notifications
from shared.errors import BadMessage
from shared.messages import (
    SCHEMA,
    ImageResized,
    Source,
)
from shared.notifications import ImageFailed, ImageStored
from shared.removals import decoded

GOLDEN = Path(__file__).parent / "golden"

FIELDS_OF_FORMATS = (
    ("hdr", TEN_BIT),
    ("quality_target", SCORED),
    *((field, FORMATS | SCORED) for field in ("format_quality", "max_bytes", "candidates")),
)


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
        if name not in REUSED | OWNED | FORMATS | SCORED:
            rendition.pop("original", None)
        if name not in HDR:
            assert rendition.pop("gain_map", None) is None
        assert not any(rendition.pop(field, None) for field, has in FIELDS_OF_FORMATS if name not in has)
    for field in ("credit", "source", "web_statement", "licensor_url") if name not in OWNED else ():
        (written.get("copyright_fields") or {}).pop(field, None)
    if name not in WARNED | REUSED | OWNED | INLINE | FORMATS | SCORED | HDR:
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
        (altered(renditions__1__format="jp2"), "renditions[1].format is 'jp2'; allowed: jpeg, png, gif, webp, avif"),
        (altered(renditions__1__candidates=["jp2"]), "renditions[1].format is 'jp2'; allowed: jpeg, png, gif, webp"),
        (
            altered(renditions__1__hdr={"member": "m", "primaries": 7, "transfer": 16}),
            "renditions[1].hdr.primaries is 7; allowed: 1, 9, 12",
        ),
        (
            altered(renditions__1__hdr={"member": "m", "primaries": 9, "transfer": 13}),
            "renditions[1].hdr.transfer is 13; allowed: 16, 18",
        ),
        (altered(animation__durations_ms=[1, "2"]), "animation.durations_ms[1] is '2', not int"),
        (altered(passthrough__metadata={"a": 1}), "passthrough.metadata.a is 1, not str"),
        (altered(passthrough__metadata="a"), "passthrough.metadata is 'a', not Mapping"),
        (altered(warnings="page 1 of 3"), "warnings is 'page 1 of 3', not tuple"),
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
