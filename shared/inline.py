"""The files of a small image travel in their message instead of the work bucket: where, and how large at most."""

import base64
import binascii
import hashlib
from dataclasses import replace
from typing import Final

from shared import wire
from shared.errors import BadMessage, IntermediateObjectMissing
from shared.messages import ImageWatermarked

# SQS bills each 64 KB of a request's messages as a request, and a message is sent once and received once: up to about
# 440 kB that costs less than to write and read an object. With a DLQ message's attributes, which take up to 11 kB, this
# stays within the 262,144 bytes that every queue takes. https://aws.amazon.com/sqs/pricing/
MAX_BODY_BYTES: Final = 250_000


def with_file(message: ImageWatermarked, packed: bytes) -> ImageWatermarked:
    """The message with the intermediate ZIP in it; as it was where its body would be larger than MAX_BODY_BYTES.

    Args:
        message: to store; without a ZIP.
        packed: the ZIP.
    """
    # Four characters for three bytes; two more for the quotes, in place of null.
    length = len(message.encode()) + (len(packed) + 2) // 3 * 4 - len("null") + len('""')
    return replace(message, inline=base64.b64encode(packed).decode()) if length <= MAX_BODY_BYTES else message


def file_of(inline: str) -> bytes:
    """The intermediate ZIP in a message.

    Raises:
        IntermediateObjectMissing: it is not base64.
    """
    try:
        return base64.b64decode(inline, validate=True)
    except (binascii.Error, ValueError) as error:
        raise IntermediateObjectMissing(f"the file in the message is damaged: {error}") from error


def without_file(body: str) -> str:
    """The body for people to read: in place of a file, its size in bytes and its SHA-256; any other as it is."""
    if '"inline"' not in body:
        return body
    try:
        value = wire.loads(body)
    except BadMessage:
        return body
    inline = value.get("inline")
    if value.get("type") != ImageWatermarked.TYPE or not isinstance(inline, str):
        return body
    try:
        packed = file_of(inline)
    except IntermediateObjectMissing:
        placeholder = f"(a damaged file of {len(inline):,} characters)"
    else:
        placeholder = f"(a file of {len(packed):,} bytes, SHA-256 {hashlib.sha256(packed).hexdigest()})"
    return wire.dumps({**value, "inline": placeholder})
