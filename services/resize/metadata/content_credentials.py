"""The digital source type that content credentials (C2PA) state. No Pillow, no AWS.

Signatures are not checked: the text counts as much as one in XMP, and no more. C2PA 2.2: 11.1.4 (the store and its
manifests), 18.13 (actions).
"""

from collections.abc import Iterator
from typing import Final

from services.resize.formats.heif_exif import boxes

_MAX_FOUND: Final = 64
# The head of a CBOR text of 24 to 255 bytes, before its length: RFC 8949, 3.
_CBOR_TEXT: Final = 0x78
_QUOTE: Final = ord('"')


def texts_in(jumbf: bytes, begin: bytes) -> set[str]:
    """The texts of the active manifest, which is the last one, that begin so; empty where it is damaged.

    Args:
        jumbf: the store of the manifests; it may have a header before it.
        begin: first bytes of the texts, at least 24.
    """
    start = jumbf.find(b"jumb") - 4
    if start < 0:
        return set()
    for _, (body, end) in boxes(jumbf, start, len(jumbf)):
        manifests = [span for name, span in boxes(jumbf, body, end) if name == b"jumb"]
        return set(_texts(jumbf[slice(*manifests[-1])], begin)) if manifests else set()
    return set()


def _texts(manifest: bytes, begin: bytes) -> Iterator[str]:
    """Texts in CBOR, which have their length before them, or in JSON, in quotes."""
    at = manifest.find(begin)
    for _ in range(_MAX_FOUND):
        if at < 2:  # noqa: PLR2004 - a head and a length, or no more found
            return
        if manifest[at - 2] == _CBOR_TEXT:
            yield manifest[at : at + manifest[at - 1]].decode("latin-1")
        elif manifest[at - 1] == _QUOTE:
            yield manifest[at : manifest.find(b'"', at)].decode("latin-1")
        at = manifest.find(begin, at + 1)
