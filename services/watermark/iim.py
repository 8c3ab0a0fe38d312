"""IPTC IIM of a JPEG: who owns the picture, for programs that do not read XMP. No Pillow, no AWS.

IPTC-NAA Information Interchange Model 4.2, and Adobe Photoshop File Formats Specification, "Image Resources Section".
"""

import hashlib
import struct
from collections.abc import Iterator
from typing import Final

from services.watermark.xmp_packet import creators
from shared.messages import Copyright

_APP13: Final = b"\xff\xed"
_HEAD: Final = b"Photoshop 3.0\0"
_IIM, _IIM_DIGEST = 0x0404, 0x0425
# Texts are UTF-8, and the records follow version 4: 1:90 and 2:00.
_UTF_8: Final = b"\x1c\x01\x5a\x00\x03\x1b%G"
_VERSION: Final = b"\x1c\x02\x00\x00\x02\x00\x04"
# Dataset, and bytes of its text at most: chapter 6.
_BY_LINE, _CREDIT, _SOURCE, _COPYRIGHT_NOTICE = (80, 32), (110, 32), (115, 32), (116, 128)


def iim_segment(fields: Copyright) -> bytes:
    """A segment APP13 with the records, and their digest, by which readers know that XMP is in step; b"" for nothing.

    Args:
        fields: who owns the picture. Texts that are longer than IIM allows are cut; XMP has them in full.
    """
    datasets = b"".join(_datasets(fields))
    if not datasets:
        return b""
    records = _UTF_8 + _VERSION + datasets
    digest = hashlib.md5(records, usedforsecurity=False).digest()
    body = _HEAD + _resource(_IIM, records) + _resource(_IIM_DIGEST, digest)
    return _APP13 + struct.pack(">H", 2 + len(body)) + body


def _datasets(fields: Copyright) -> Iterator[bytes]:
    for name in creators(fields.artist or ""):
        yield _dataset(_BY_LINE, name)
    for kind, text in ((_CREDIT, fields.credit), (_SOURCE, fields.source), (_COPYRIGHT_NOTICE, fields.copyright)):
        if text is not None:
            yield _dataset(kind, text)


def _dataset(kind: tuple[int, int], text: str) -> bytes:
    number, max_bytes = kind
    value = text.encode()[:max_bytes].decode(errors="ignore").encode()
    return struct.pack(">BBBH", 0x1C, 2, number, len(value)) + value


def _resource(number: int, data: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + b"\0" * (len(data) % 2)
