"""What is in the work bucket between two services: one stored ZIP per image, one member per rendition (claim check)."""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from shared import wire
from shared.errors import IntermediateObjectMissing
from shared.messages import Source

CONTENT_TYPE: Final = "application/zip"

# CRC-32 of data, as zlib.crc32. A service whose zip has a faster one passes that: the pixels of 1024 x 768 px take
# zlib 0.8 ms, ISA-L 0.2 ms and libdeflate 0.1 ms.
Checksum = Callable[[bytes], int]

# The records of a ZIP: PKWARE's APPNOTE.TXT 6.3.10, 4.3.7, 4.3.12 and 4.3.16. Common to a member's two headers are
# version, flags, method, time, date, CRC-32, both sizes, and the lengths of name and extra field.
_LOCAL, _CENTRAL, _END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_COMMON: Final = struct.Struct("<HHHHHIIIHH")
_CENTRAL_ONLY: Final = struct.Struct("<HHHII")
_END_RECORD: Final = struct.Struct("<HHHHIIH")
_LENGTHS: Final = struct.Struct("<HH")
_LENGTHS_AT: Final = 26
_LOCAL_BYTES: Final = 30
# Version 2.0, made on Unix; a file that its owner may read and write.
_VERSION: Final = 20
_MADE_BY: Final = struct.pack("<BB", _VERSION, 3)
_ATTRIBUTES: Final = 0o600 << 16
# 1 January 1980: a fixed date, so that the same image gives the same bytes.
_DATE: Final = 1 << 5 | 1


def intermediate_key(source: Source, service: str, fingerprint: str) -> str:
    """Where a service leaves an image: the same for every redelivery, another for other settings."""
    return f"{source.image_id}/{service}-{fingerprint}.zip"


def fingerprint(settings: object) -> str:
    """A short hash of settings that change what a service makes.

    Args:
        settings: whatever shared.wire.to_json takes.
    """
    return hashlib.sha256(wire.dumps(wire.to_json(settings)).encode()).hexdigest()[:12]


def pack(members: Mapping[str, bytes], checksum: Checksum = zlib.crc32) -> bytes:
    """The members as one ZIP, stored and not compressed: they are read back within seconds.

    These are the bytes that zipfile makes, in one copy of the pixels instead of four.

    Args:
        members: data by name; names are ASCII.
        checksum: CRC-32.
    """
    pieces: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for name, data in members.items():
        encoded, size = name.encode("ascii"), len(data)
        common = _COMMON.pack(_VERSION, 0, 0, 0, _DATE, checksum(data), size, size, len(encoded), 0)
        local = _LOCAL + common + encoded
        directory += (_CENTRAL, _MADE_BY, common, _CENTRAL_ONLY.pack(0, 0, 0, _ATTRIBUTES, at), encoded)
        pieces += (local, data)
        at += len(local) + size
    directory_bytes = sum(map(len, directory))
    end = _END_RECORD.pack(0, 0, len(members), len(members), directory_bytes, at, 0)
    return b"".join((*pieces, *directory, _END, end))


def unpack(packed: bytes, names: tuple[str, ...], checksum: Checksum = zlib.crc32) -> dict[str, bytes]:
    """The named members of a ZIP.

    Args:
        packed: what `pack` returned.
        names: of the members.
        checksum: CRC-32.

    Raises:
        IntermediateObjectMissing: it is not such a ZIP, or lacks one of them.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            return {name: _member(packed, archive.getinfo(name), checksum) for name in names}
    except (zipfile.BadZipFile, KeyError, struct.error) as error:
        raise IntermediateObjectMissing(f"the intermediate object does not hold {', '.join(names)}: {error}") from error


def _member(packed: bytes, found: zipfile.ZipInfo, checksum: Checksum) -> bytes:
    """One stored member, in one copy; zipfile's own reading makes three.

    Raises:
        BadZipFile: it is compressed, truncated or damaged.
    """
    name_bytes, extra_bytes = _LENGTHS.unpack_from(packed, found.header_offset + _LENGTHS_AT)
    start = found.header_offset + _LOCAL_BYTES + name_bytes + extra_bytes
    data = packed[start : start + found.file_size]
    if found.compress_type != zipfile.ZIP_STORED or len(data) != found.file_size or checksum(data) != found.CRC:
        raise zipfile.BadZipFile(f"{found.filename} is damaged")
    return data
