"""The files of a small image in their message, and what people see of them."""

import base64
import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.dlq_messages import source

from shared import inline
from shared.dlq_messages import MAX_REASON, dlq_message
from shared.errors import IntermediateObjectMissing
from shared.messages import ImageWatermarked, UploadBatch

# What a queue takes of one message if nobody raised it, attributes included.
QUEUE_BYTES = 262_144

MESSAGE = ImageWatermarked(
    source=source(), intermediate_key="s", renditions=(), source_format="PNG", source_width=1, source_height=1
)


def largest():
    """The size of the largest ZIP that fits into this message."""
    room = inline.MAX_BODY_BYTES - len(replace(MESSAGE, inline="").encode())
    return room // 4 * 3


@given(st.binary(max_size=200))
def test_a_file_comes_out_as_it_went_in(packed):
    message = inline.with_file(MESSAGE, packed)
    assert inline.file_of(ImageWatermarked.decode(message.encode()).inline) == packed
    assert replace(message, inline=None) == MESSAGE


@pytest.mark.parametrize("less", range(4))
def test_the_body_is_as_large_as_a_queue_may_take_and_no_larger(less):
    at_most = inline.with_file(MESSAGE, bytes(largest() - less))
    assert inline.MAX_BODY_BYTES - 7 <= len(at_most.encode()) <= inline.MAX_BODY_BYTES
    assert inline.with_file(MESSAGE, bytes(largest() + 1 + less)) == MESSAGE


def test_the_largest_body_fits_the_dead_letter_queue_with_the_longest_attributes():
    about = replace(
        source("\x01" * 1024), batch=UploadBatch(id="x" * 128, number=0, size=1)
    )  # SQS takes no control characters: each is written as \x01
    error = IntermediateObjectMissing("\ud800" * MAX_REASON)
    sent = dlq_message(
        inline.with_file(MESSAGE, bytes(largest())).encode(),
        service="watermark",
        error=error,
        attempts=1000,
        source=about,
        first_failure=datetime(2026, 1, 1, tzinfo=UTC),
        replays=999_999_999,
    )
    size = len(sent.body) + sum(
        len(name) + len("String") + len(value.encode()) for name, value in sent.attributes.items()
    )
    assert len(sent.body) > 249_000
    assert size <= QUEUE_BYTES - 1_000


@pytest.mark.parametrize("damaged", ["ä", "AAA", "AA=A", "no base64"])
def test_a_damaged_file_is_named_as_intermediate(damaged):
    with pytest.raises(IntermediateObjectMissing, match="the file in the message is damaged"):
        inline.file_of(damaged)


def test_people_see_size_and_digest_in_place_of_the_file():
    body = inline.with_file(MESSAGE, b"pixels").encode()
    shown = inline.without_file(body)
    digest = hashlib.sha256(b"pixels").hexdigest()
    assert json.loads(shown) == {**json.loads(body), "inline": f"(a file of 6 bytes, SHA-256 {digest})"}
    assert base64.b64encode(b"pixels").decode() not in shown


def test_a_damaged_file_is_not_shown_either():
    assert json.loads(inline.without_file(replace(MESSAGE, inline="no base64").encode()))["inline"] == (
        "(a damaged file of 9 characters)"
    )


@pytest.mark.parametrize(
    "body",
    [MESSAGE.encode(), '{ "inline": 5}', '{"inline"', '["inline"]', '{"inline": "AA==", "type": "image-stored"}', ""],
)
def test_any_other_body_is_shown_as_it_is(body):
    assert inline.without_file(body) == body


def test_a_message_in_an_error_s_text_does_not_show_its_file():
    assert "cGl4ZWxz" not in repr(inline.with_file(MESSAGE, b"pixels"))
