"""The boxes before a JPEG 2000 codestream: profile, colour space, palette, kinds of channels. No Pillow, no AWS."""

import struct
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from services.resize.formats.heif_exif import boxes

_RESTRICTED_ICC: Final = 2
_ANY_ICC: Final = 3
_ENUMERATED: Final = 1
# A colour profile that is applied to the picture afterwards; colour.to_srgb ignores larger ones.
_MAX_PROFILE_BYTES: Final = 4 * 1024**2
_MEANINGS: Final = frozenset({b"pclr", b"cmap", b"cdef"})
# Readers skip boxes of unknown names: I.8.
_UNKNOWN: Final = b"skip"
_MAX_ENTRIES: Final = 1024
_INDICES: Final = 256
_BYTE: Final = 255

# Types of a channel: ISO/IEC 15444-1, I.5.3.6. Others are not shown, such as near infrared.
COLOUR: Final = 0
OPACITY: Final = 1
PREMULTIPLIED_OPACITY: Final = 2
# A component that a palette's column maps: I.5.3.5.
BY_PALETTE: Final = 1


class Boxes(NamedTuple):
    """What a file says about its codestream; the defaults are those of a bare one.

    Args:
        profile: its ICC profile.
        space: number of its enumerated colour space; None where it has a profile, or no box.
        space_at: offset of that number in the file.
        fields: parameters of the space.
        columns: the byte of each index, for each column of its palette.
        mapping: component, type and column of each channel, where it has a palette.
        kinds: type of each channel, and the colour that it belongs to, from 1; 0 for all.
        names: offsets of the names of the boxes with palette, mapping and kinds.
    """

    profile: bytes | None = None
    space: int | None = None
    space_at: int = 0
    fields: bytes = b""
    columns: tuple[bytes, ...] = ()
    mapping: tuple[tuple[int, int, int], ...] = ()
    kinds: Mapping[int, tuple[int, int]] = {}
    names: tuple[int, ...] = ()


def read(head: bytes) -> Boxes:
    """What the boxes say; Pillow 13 reads neither profile nor definitions, and joins equal colours of a palette.

    Args:
        head: the file up to its codestream.
    """
    found: dict[bytes, tuple[int, bytes]] = {}
    profile: bytes | None = None
    names = []
    for name, at, body in _header_boxes(head):
        if name in _MEANINGS:
            names.append(at - len(name))
        found.setdefault(name, (at, body))
        is_profile = name == b"colr" and body[:1] in {bytes([_RESTRICTED_ICC]), bytes([_ANY_ICC])}
        if is_profile and profile is None and len(body) <= _MAX_PROFILE_BYTES:
            profile = body[3:]
    at, colour = found.get(b"colr", (0, b""))
    is_enumerated = colour[:1] == bytes([_ENUMERATED]) and len(colour) >= 7  # noqa: PLR2004 - with its number
    columns = _columns(found.get(b"pclr", (0, b""))[1])
    mapping = _mapping(found.get(b"cmap", (0, b""))[1], len(columns))
    definitions = struct.iter_unpack(">HHH", _whole(found.get(b"cdef", (0, b""))[1][2:], 6))
    return Boxes(
        profile=profile,
        space=int.from_bytes(colour[3:7], "big") if is_enumerated else None,
        space_at=at + 3,
        fields=colour[7:],
        columns=columns if mapping else (),
        mapping=mapping,
        kinds={channel: (kind, belongs) for channel, kind, belongs in definitions},
        names=tuple(names),
    )


def samples_alone(data: bytes, found: Boxes, space: int | None) -> bytes:
    """The file without the boxes that give its samples another meaning; unchanged where it has none.

    Args:
        data: the file.
        found: what it says.
        space: number of the colour space that the samples then have; None to leave it.
    """
    if not found.names and space is None:
        return data
    out = bytearray(data)
    for at in found.names:
        out[at : at + 4] = _UNKNOWN
    if space is not None and found.space is not None:
        out[found.space_at : found.space_at + 4] = space.to_bytes(4, "big")
    return bytes(out)


def _mapping(cmap: bytes, columns: int) -> tuple[tuple[int, int, int], ...]:
    """Component, type and column of each channel; one column after the other where the file's mapping makes no sense.

    OpenJPEG 2.5.4 reads such a file, of the one component that it has, in the same way.
    """
    mapping = tuple(struct.iter_unpack(">HBB", _whole(cmap, 4)))
    is_one = {component for component, _, _ in mapping} <= {0}
    if is_one and (
        {kind for _, kind, _ in mapping} != {BY_PALETTE} or len({column for *_, column in mapping}) < columns
    ):
        mapping = tuple((0, BY_PALETTE, column) for column in range(columns))
    is_right = columns and all(kind != BY_PALETTE or column < columns for _, kind, column in mapping)
    return mapping if is_right else ()


def _columns(palette: bytes) -> tuple[bytes, ...]:
    """The byte of each index of each column (I.5.3.4); an index beyond the palette has its last colour."""
    if len(palette) < 3:  # noqa: PLR2004 - number of entries and of columns
        return ()
    entries, count = struct.unpack_from(">HB", palette)
    depths = [(each & 0x7F) + 1 for each in palette[3 : 3 + count]]
    sizes = [-(-depth // 8) for depth in depths]
    at = 3 + count
    if not (1 <= entries <= _MAX_ENTRIES and count == len(depths) and at + entries * sum(sizes) <= len(palette)):
        return ()
    columns: list[bytearray] = [bytearray() for _ in depths]
    for _ in range(entries):
        for column, depth, size in zip(columns, depths, sizes, strict=True):
            column.append(min(_BYTE, int.from_bytes(palette[at : at + size], "big") * _BYTE // ((1 << depth) - 1)))
            at += size
    return tuple(bytes(column[:_INDICES]) + column[-1:] * (_INDICES - len(column)) for column in columns)


def _whole(body: bytes, size: int) -> bytes:
    return body[: len(body) - len(body) % size]


def _header_boxes(head: bytes) -> Iterator[tuple[bytes, int, bytes]]:
    """Name, offset and body of each box of the header, and of those that follow a header that ends too early."""
    for name, (at, end) in boxes(head, 0, len(head)):
        if name == b"jp2h":
            yield from ((inner, begin, head[begin:stop]) for inner, (begin, stop) in boxes(head, at, end))
        elif name in _MEANINGS:
            yield name, at, head[at:end]
