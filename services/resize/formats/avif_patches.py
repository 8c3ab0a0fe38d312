"""Repairs of what libavif refuses in the boxes of an AVIF and other decoders accept. No Pillow, no AWS."""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from services.resize.formats.heif_associations import with_distinct_associations
from services.resize.formats.heif_exif import Span, boxes

_FULL_BOX_BYTES: Final = 4
_ICC: Final = frozenset({b"prof", b"rICC"})
_SIZE: Final = b"ispe"
_CHANNELS: Final = b"pixi"
# Readers ignore unknown boxes and brands: ISO/IEC 14496-12, 4.2 and 4.3.
_UNKNOWN: Final = b"skip"


def patched(data: bytes) -> bytes:
    """The file with everything repaired in place that libavif 1.4 is strict about; unchanged where nothing needs it."""
    changed = bytearray(with_distinct_associations(data))
    _without_tone_map(changed, data)
    meta = _child(data, (0, len(data)), b"meta")
    if meta is not None:
        inner = (meta[0] + _FULL_BOX_BYTES, meta[1])
        _with_named_targets(changed, data, inner)
        _without_groups(changed, data, inner)
        properties = _child(data, inner, b"iprp")
        if properties is not None:
            _with_strict_properties(changed, data, properties)
    return bytes(changed)


def _without_tone_map(changed: bytearray, data: bytes) -> None:
    """Remove the brand that makes libavif read a gain map: an unreadable gain map would make the picture unreadable."""
    brands = _child(data, (0, len(data)), b"ftyp")
    if brands is not None:
        for at in range(brands[0] + 8, brands[1] - 3, 4):
            if data[at : at + 4] == b"tmap":
                changed[at : at + 4] = _UNKNOWN


def _with_named_targets(changed: bytearray, data: bytes, meta: Span) -> None:
    """Point references to item 0, which no item can have, to the picture, as in the AVIFs of link-u and mp4parse."""
    primary, references = _child(data, meta, b"pitm"), _child(data, meta, b"iref")
    if primary is None or references is None or references[1] - references[0] < _FULL_BOX_BYTES:
        return
    picture = int.from_bytes(data[primary[0] + _FULL_BOX_BYTES : primary[1]], "big")
    size = 4 if data[references[0]] else 2
    for _, (body, end) in boxes(data, references[0] + _FULL_BOX_BYTES, references[1]):
        for at in range(body + size + 2, end - size + 1, size):
            if data[at : at + size] == bytes(size):
                changed[at : at + size] = picture.to_bytes(size, "big")


def _without_groups(changed: bytearray, data: bytes, meta: Span) -> None:
    """Remove the groups of items: none changes the picture, and libavif 1.4.2 refuses the fields of a pyramid."""
    groups = _child(data, meta, b"grpl")
    if groups is not None:
        changed[groups[0] - 4 : groups[0]] = _UNKNOWN


class _Association(NamedTuple):
    """One association of an item with a property.

    Args:
        item: id of the item.
        kind: type of the property.
        number: index of the property, from 1.
        at: offset of that index in the file.
        size: size of that index in bytes.
    """

    item: int
    kind: bytes
    number: int
    at: int
    size: int


def _with_strict_properties(changed: bytearray, data: bytes, properties: Span) -> None:
    associations: dict[int, list[_Association]] = {}
    container = _child(data, properties, b"ipco")
    known = list(boxes(data, *container)) if container is not None else []
    for each in _associations(data, properties, [name for name, _ in known]):
        associations.setdefault(each.item, []).append(each)
    for mine in associations.values():
        # Where there is a property of type prof and one of type rICC, the first counts.
        profiles = [known[each.number - 1][1][0] for each in mine if each.kind == b"colr"]
        for at in [at for at in profiles if data[at : at + 4] in _ICC][1:]:
            changed[at : at + 4] = _UNKNOWN
    _with_sizes(changed, associations)


def _with_sizes(changed: bytearray, associations: dict[int, list[_Association]]) -> None:
    """Give an item without a size that of the others, in place of its number of channels, which Pillow ignores."""
    sizes = {each.number for mine in associations.values() for each in mine if each.kind == _SIZE}
    if len(sizes) != 1:
        return
    (size,) = sizes
    for mine in associations.values():
        spare = next((each for each in mine if each.kind == _CHANNELS), None)
        if spare is not None and all(each.kind != _SIZE for each in mine):
            changed[spare.at : spare.at + spare.size] = size.to_bytes(spare.size, "big")


def _associations(data: bytes, properties: Span, kinds: list[bytes]) -> Iterator[_Association]:
    """Every association of a known property: ISO/IEC 23008-12, 9.3.2."""
    for name, (body, end) in boxes(data, *properties):
        if name != b"ipma" or end - body < 2 * _FULL_BOX_BYTES:
            continue
        item_bytes = 4 if data[body] else 2
        size = 2 if data[body + 3] & 1 else 1
        (count,) = struct.unpack_from(">I", data, body + _FULL_BOX_BYTES)
        at = body + 2 * _FULL_BOX_BYTES
        for _ in range(count):
            if at + item_bytes >= end:
                return
            item, count_of_item = int.from_bytes(data[at : at + item_bytes], "big"), data[at + item_bytes]
            at += item_bytes + 1
            for _ in range(count_of_item):
                index = int.from_bytes(data[at : at + size], "big") & ((1 << 8 * size - 1) - 1)
                if at + size <= end and 0 < index <= len(kinds):
                    yield _Association(item, kinds[index - 1], index, at, size)
                at += size


def _child(data: bytes, within: Span, name: bytes) -> Span | None:
    return next((span for kind, span in boxes(data, *within) if kind == name), None)
