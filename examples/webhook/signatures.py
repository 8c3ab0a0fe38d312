"""Signs webhooks and checks their signatures, as Standard Webhooks has it: HMAC-SHA256 of id, timestamp and body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Final

# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
PREFIX: Final = "whsec_"
MIN_SECRET_BYTES: Final = 24
MAX_SECRET_BYTES: Final = 64

# A webhook that was signed longer ago, or in the future, may be one that somebody recorded and sends again.
TOLERANCE_SECONDS: Final = 300


class WrongSecretError(Exception):
    """A secret is not one of Standard Webhooks."""


class ForgedError(Exception):
    """A webhook is not from the sender, or too old."""


def key_of(secret: str) -> bytes:
    """The key in a secret such as "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".

    Raises:
        WrongSecretError: it is not base64 of 24 to 64 bytes.
    """
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise WrongSecretError("the secret is not whsec_ and base64") from error
    if not MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
        raise WrongSecretError(f"the secret has {len(key)} bytes; allowed: {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES}")
    return key


def headers_of(webhook_id: str, timestamp: int, body: bytes, keys: Iterable[bytes]) -> dict[str, str]:
    """The three headers of a webhook.

    Args:
        webhook_id: The same for every attempt; receivers handle an id once.
        timestamp: When this attempt is made, in seconds since 1970.
        body: The bytes that are sent.
        keys: Keys to sign with; while a secret is replaced, the new one and the old one.
    """
    signatures = (base64.b64encode(_mac(key, webhook_id, str(timestamp), body)).decode() for key in keys)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }


def verify(headers: Mapping[str, str], body: bytes, key: bytes, now: float) -> str:
    """Check the signature of a webhook, over the bytes as they came; its id.

    Args:
        headers: Of the request, by names in lower case.
        body: Its bytes. JSON that was read and written again may have others.
        key: The receiver's.
        now: The time in seconds since 1970.

    Raises:
        ForgedError: a header is missing, no signature matches, or it was not signed now.
    """
    webhook_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    signed = _mac(key, webhook_id, timestamp, body)
    given = [_decoded(each) for each in headers.get("webhook-signature", "").split()]
    # In constant time: how long it takes says nothing of how much of a signature is right.
    if not any(hmac.compare_digest(signed, each) for each in given):
        raise ForgedError("no signature matches")
    # Only now, of a timestamp that the sender signed.
    if not (webhook_id and timestamp.isascii() and timestamp.isdigit()):
        raise ForgedError("the id or the timestamp is missing")
    if abs(now - int(timestamp)) > TOLERANCE_SECONDS:
        raise ForgedError(f"it was signed {now - int(timestamp):.0f} s ago; allowed: {TOLERANCE_SECONDS} s")
    return webhook_id


def _mac(key: bytes, webhook_id: str, timestamp: str, body: bytes) -> bytes:
    return hmac.digest(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256)


def _decoded(signature: str) -> bytes:
    """The bytes of a signature; none of another version, or of what is no signature."""
    version, _, value = signature.partition(",")
    try:
        return base64.b64decode(value, validate=True) if version == "v1" else b""
    except (binascii.Error, ValueError):
        return b""
