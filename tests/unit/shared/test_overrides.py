"""An uploader's overrides of one image."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.images.overrides import header
from services.store import naming
from shared.errors import BadOverride
from shared.messages import Source
from shared.overrides import MAX_TEXT, NAMES, Overrides, parse

EVERYTHING = {
    "pipeline-renditions": "thumb, resized",
    "pipeline-quality": "60",
    "pipeline-max-bytes": "200000",
    "pipeline-format": "webp",
    "pipeline-fit": "contain",
    "pipeline-gravity": "north-east",
    "pipeline-focus": "0.3,1",
    "pipeline-sharpen": "40",
    "pipeline-watermark": "off",
    "pipeline-watermark-text": "© Ada",
    "pipeline-watermark-position": "top-left",
    "pipeline-watermark-opacity": "0.25",
    "pipeline-metadata": "copyright",
    "pipeline-hdr": "keep",
    "pipeline-trim": "10",
}


def test_every_name_has_its_field():
    assert parse(EVERYTHING, NAMES) == Overrides(
        renditions=("thumb", "resized"),
        quality=60,
        max_bytes=200_000,
        format="webp",
        fit="contain",
        gravity="north-east",
        focus=(0.3, 1.0),
        sharpen=40,
        watermark=False,
        watermark_text="© Ada",
        watermark_position="top-left",
        watermark_opacity=0.25,
        metadata="copyright",
        hdr="keep",
        trim=10,
    )
    assert {f"pipeline-{name}" for name in NAMES} == set(EVERYTHING)


def test_nothing_is_overridden_where_nothing_says_so():
    assert parse({"artist": "Ada", "quality": "5", "my-pipeline-quality": "5"}, NAMES) == Overrides()


def test_capitals_in_a_name_do_not_matter():
    assert parse({"Pipeline-Quality": "7"}, NAMES).quality == 7


def test_an_output_that_is_uploaded_again_sets_nothing():
    source = Source(bucket="in", key="a.jpg", size_bytes=1, uploaded_at="2026-01-01T00:00:00Z")
    assert parse(naming.to_metadata(naming.owner(source, "made-of"), {}), NAMES) == Overrides()


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("quality", "900", "a whole number from 1 to 100"),
        ("quality", "0", "a whole number from 1 to 100"),
        ("quality", "-5", "a whole number from 1 to 100"),
        ("quality", "8_2", "a whole number from 1 to 100"),
        ("quality", "٨٢", "a whole number from 1 to 100"),
        ("quality", "", "a whole number from 1 to 100"),
        ("quality", "9" * 5000, "a whole number from 1 to 100"),
        ("max-bytes", "999", "a whole number from 1,000 to 100,000,000"),
        ("max-bytes", "200k", "a whole number from 1,000 to 100,000,000"),
        ("format", "gif", "one of keep, smallest, jpeg, png, webp, avif"),
        ("format", "JPEG", "one of keep, smallest, jpeg, png, webp, avif"),
        ("fit", "fill", "one of inside, cover, contain"),
        ("gravity", "up", "one of center, north"),
        ("trim", "off", "a whole number from 0 to 100"),
        ("gravity", "faces", "one of center, north"),
        ("sharpen", "101", "a whole number from 0 to 100"),
        ("focus", "0.3", "shares of width and height from 0 to 1, such as 0.3,0.6"),
        ("focus", "0.3,1.1", "shares of width and height"),
        ("focus", "-0.1,0.5", "shares of width and height"),
        ("focus", "nan,0.5", "shares of width and height"),
        ("focus", "0.3, 0.6", "shares of width and height"),
        ("watermark", "no", "one of on, off"),
        ("hdr", "on", "one of sdr, keep"),
        ("watermark-text", "", "a text of 1 to 100 printable characters"),
        ("watermark-text", "x" * (MAX_TEXT + 1), "a text of 1 to 100 printable characters"),
        ("watermark-text", "a\x1b[2J", "a text of 1 to 100 printable characters"),
        ("watermark-text", "=?utf-9?q?a?=", "ASCII, or UTF-8 as an encoded word of RFC 2047"),
        ("watermark-text", "=?utf-8?q?=FF?=", "ASCII, or UTF-8 as an encoded word of RFC 2047"),
        ("watermark-text", "=?utf-8?b?A?=", "ASCII, or UTF-8 as an encoded word of RFC 2047"),
        ("watermark-position", "corner", "one of top-left, top-center"),
        ("watermark-opacity", "1.1", "a number from 0 to 1"),
        ("watermark-opacity", "nan", "a number from 0 to 1"),
        ("watermark-opacity", "1e-3", "a number from 0 to 1"),
        ("metadata", "all", "one of none, copyright"),
        ("renditions", "", "names separated by commas, each once"),
        ("renditions", "thumb,,resized", "names separated by commas, each once"),
        ("renditions", "thumb,thumb", "names separated by commas, each once"),
    ],
)
def test_what_is_out_of_bounds_is_named_with_what_is_allowed(name, value, allowed):
    with pytest.raises(BadOverride) as refused:
        parse({f"pipeline-{name}": value}, NAMES)
    assert f'x-amz-meta-pipeline-{name} is "{value[:60]}' in str(refused.value)
    assert f"; allowed: {allowed}" in str(refused.value)
    assert len(str(refused.value)) < 400


def test_a_line_break_cannot_be_smuggled_in_as_an_encoded_word():
    with pytest.raises(BadOverride, match="printable characters"):
        parse({"pipeline-watermark-text": "=?utf-8?q?a=0Ab?="}, NAMES)


def test_a_text_may_have_joiners_within_its_words():
    text = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert parse({"pipeline-watermark-text": header(text)}, NAMES).watermark_text == text


def test_a_misspelt_name_is_reported_from_one_that_is_not_allowed():
    with pytest.raises(BadOverride, match=r"^x-amz-meta-pipeline-qualty is not an override; allowed: format, fit$"):
        parse({"pipeline-qualty": "5"}, ("format", "fit"))
    not_allowed = r"^x-amz-meta-pipeline-quality is not among the overrides that pipeline.yaml allows; allowed: none$"
    with pytest.raises(BadOverride, match=not_allowed):
        parse({"pipeline-quality": "5"}, ())


def test_a_reader_of_some_names_leaves_the_others_alone():
    metadata = {"pipeline-quality": "900", "pipeline-nonsense": "1", "pipeline-watermark-opacity": "1"}
    assert parse(metadata, ("watermark-opacity",), names=("watermark-opacity",)) == Overrides(watermark_opacity=1.0)


@pytest.mark.parametrize(
    "value",
    [
        "=?UTF-8?Q?=C2=A9_Ada_=E6=97=A5=E6=9C=AC?=",
        "=?UTF-8?B?wqkgQWRhIOaXpeacrA==?=",
        "=?utf-8?q?=C2=A9_Ada?= =?utf-8?q?_=E6=97=A5=E6=9C=AC?=",
        "© Ada 日本",
    ],
)
def test_encoded_words_are_read_as_they_were_meant(value):
    assert parse({"pipeline-watermark-text": value}, NAMES).watermark_text == "© Ada 日本"


@given(st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1, max_size=MAX_TEXT))
def test_a_text_comes_out_of_a_header_as_it_went_in(text):
    sent = header(text)
    assert sent.isascii()
    assert sent.isprintable()
    stripped = text.strip()
    if stripped:
        assert parse({"pipeline-watermark-text": sent}, NAMES).watermark_text == stripped
