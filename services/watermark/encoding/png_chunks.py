"""The chunks of a PNG, read and written. No AWS.

https://www.w3.org/TR/png-3/#5DataRep
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

# Type and body.
Chunk = tuple[bytes, bytes]

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def chunks(data: bytes) -> Iterator[Chunk]:
    """Yield the chunks of a well-formed PNG, IEND included.

    Args:
        data: the file.
    """
    at = len(_SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def png_of(body: Sequence[Chunk]) -> bytes:
    """Build a PNG of these chunks.

    Args:
        body: all chunks except IEND.
    """
    return b"".join([_SIGNATURE, *map(_written, body), _written((b"IEND", b""))])


def _written(chunk: Chunk) -> bytes:
    kind, body = chunk
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
