"""Photoshop's image resources, and the records of IPTC IIM in one of them. No Pillow, no AWS.

https://www.adobe.com/devnet-apps/photoshop/fileformatashtml/, "Image Resources Section", and IPTC-NAA IIM 4.2.
"""

import struct
from collections.abc import Mapping
from typing import Final

# Numbers of resources: the records of IIM, and their MD5 when they were last in step with the XMP.
IIM: Final = 0x0404
IIM_DIGEST: Final = 0x0425
_MAX_RESOURCES: Final = 1024

# Datasets of record 2, which describes the picture: IIM 4.2, chapter 6.
BY_LINE: Final = 80
CREDIT: Final = 110
SOURCE: Final = 115
COPYRIGHT_NOTICE: Final = 116
_WANTED: Final = frozenset({BY_LINE, CREDIT, SOURCE, COPYRIGHT_NOTICE})
_ENVELOPE, _APPLICATION = 1, 2
# The dataset that names the encoding of texts, and the escape sequence of UTF-8: IIM 4.2, 1:90 and ISO 2022.
_CODED_CHARACTER_SET: Final = 90
_UTF_8: Final = b"\x1b%G"
_TAG: Final = 0x1C
_EXTENDED: Final = 0x8000
_MAX_DATASETS: Final = 4096
_MAX_VALUES: Final = 16


def resources(data: bytes) -> dict[int, bytes]:
    """The resources of a block, by their numbers; the first of two counts.

    Args:
        data: the resources, one after the other, without a header before them.
    """
    found: dict[int, bytes] = {}
    at = 0
    for _ in range(_MAX_RESOURCES):
        if not data.startswith(b"8BIM", at) or at + 7 > len(data):
            break
        (number,) = struct.unpack_from(">H", data, at + 4)
        # A name with its length before it, padded to an even number of bytes.
        size_at = at + 6 + (data[at + 6] + 2) // 2 * 2
        if size_at + 4 > len(data):
            break
        (size,) = struct.unpack_from(">I", data, size_at)
        begin = size_at + 4
        if begin + size > len(data):
            break
        found.setdefault(number, data[begin : begin + size])
        at = begin + size + size % 2
    return found


def iim_texts(data: bytes) -> Mapping[int, list[str]]:
    """The texts of by-line, credit, source and copyright notice, by their dataset; each may be repeated.

    Texts are UTF-8 where the file or their bytes say so, else Latin-1.

    Args:
        data: the records.
    """
    values: dict[int, list[bytes]] = {}
    utf_8 = False
    at = 0
    for _ in range(_MAX_DATASETS):
        if at + 5 > len(data) or data[at] != _TAG:
            break
        record, dataset, size = struct.unpack_from(">BBH", data, at + 1)
        begin = at + 5
        if size & _EXTENDED:  # no text is that long
            break
        value = data[begin : begin + size]
        if (record, dataset) == (_ENVELOPE, _CODED_CHARACTER_SET):
            utf_8 = value == _UTF_8
        elif record == _APPLICATION and dataset in _WANTED and len(values.get(dataset, ())) < _MAX_VALUES:
            values.setdefault(dataset, []).append(value)
        at = begin + size
    return {dataset: [_text(each, utf_8=utf_8) for each in found] for dataset, found in values.items()}


def _text(value: bytes, *, utf_8: bool) -> str:
    if utf_8:
        return value.decode(errors="replace")
    try:
        return value.decode()  # written so without a word about it by many programs
    except UnicodeDecodeError:
        return value.decode("latin-1")
