"""An AVIF file around one AV1 picture: its boxes, with the colours, light levels and metadata that it states.

libvips 8.18 writes AVIF without colour codes, whatever it is given, and AV1 data that says sRGB. So the AV1 picture is
taken out of its file, gets the codes itself, and is put into a new one. ISO/IEC 23008-12; https://aomediacodec.github.io/av1-avif/
"""

import struct
from collections.abc import Iterator
from typing import Final

from services.watermark.encoding.avif import boxes
from shared.light_dataclass import dataclass

_HEAD: Final = 8
# Version and flags, after which the children of `meta` begin.
_FULL: Final = 4
_META: Final = b"meta"
_PICTURE: Final = 1
# Sequence header, and the flag of an OBU that states its size: AV1 Bitstream & Decoding Process, 5.3.
_SEQUENCE_HEADER: Final = 1
_HAS_SIZE: Final = 0x02
_MAX_LEB128: Final = 8
# Profiles that have a bit more, and a bit less, before the colour codes.
_TWELVE_BITS: Final = 2
_WITHOUT_GREY: Final = 1
# What libvips writes for sRGB: primaries of BT.709, its own transfer, and the matrix of BT.601.
_WRITTEN: Final = (1, 13, 6)
MATRIX: Final = 6
_FULL_RANGE: Final = 0x80
_BITS: Final = 10


class AvifError(Exception):
    """An AVIF of the encoder is not as expected."""


@dataclass(frozen=True, kw_only=True)
class Av1Picture:
    """A picture as the encoder made it.

    Args:
        data: its OBUs.
        configuration: body of the box av1C.
    """

    data: bytes
    configuration: bytes


@dataclass(frozen=True, kw_only=True)
class Colours:
    """What the samples mean.

    Args:
        primaries: ColourPrimaries of ITU-T H.273.
        transfer: TransferCharacteristics of H.273.
        max_cll: luminance of the brightest pixel, in cd/m2; None for none.
    """

    primaries: int
    transfer: int
    max_cll: int | None = None


def taken_out(data: bytes) -> Av1Picture:
    """The picture of an AVIF that has no other item.

    Args:
        data: the file.

    Raises:
        AvifError: it is not such a file.
    """
    pictures = [
        data[start:end] for kind, start, end in boxes(data, 0, len(data)) if kind == b"mdat" and end <= len(data)
    ]
    configurations = [data[start:end] for kind, start, end in _inside(data, 0, len(data)) if kind == b"av1C"]
    if len(pictures) != 1 or len(configurations) != 1:
        raise AvifError(f"an AVIF of {len(pictures)} data boxes and {len(configurations)} configurations")
    return Av1Picture(data=pictures[0], configuration=configurations[0])


def avif_file(
    picture: Av1Picture, size: tuple[int, int], colours: Colours, *, exif: bytes | None = None, xmp: bytes | None = None
) -> bytes:
    """A file of one still of three channels and 10 bits.

    Args:
        picture: the picture.
        size: (width, height) in pixels.
        colours: what its samples mean.
        exif: EXIF from its TIFF header on; None for none.
        xmp: an XMP packet; None for none.

    Raises:
        AvifError: the picture does not say what libvips writes.
    """
    items = [(b"av01", b"", _with_codes(picture.data, colours))]
    if exif is not None:
        items.append((b"Exif", b"", struct.pack(">I", 0) + exif))
    if xmp is not None:
        items.append((b"mime", b"application/rdf+xml\0", xmp))
    properties = [
        _box(b"ispe", struct.pack(">III", 0, *size)),
        _box(b"pixi", struct.pack(">I4B", 0, 3, _BITS, _BITS, _BITS)),
        _box(b"av1C", picture.configuration),
        _box(b"colr", b"nclx" + struct.pack(">3HB", colours.primaries, colours.transfer, MATRIX, _FULL_RANGE)),
    ]
    if colours.max_cll is not None:
        # Content light levels: of the average nothing is known, which 0 says.
        properties.append(_box(b"clli", struct.pack(">HH", min(colours.max_cll, 0xFFFF), 0)))
    brands = b"avif\0\0\0\0avifmif1miaf"
    head = _box(b"ftyp", brands)
    # The boxes are as long whatever the offsets are, so they are made twice.
    offset = len(head) + len(_meta(items, properties, 0)) + _HEAD
    return head + _meta(items, properties, offset) + _box(b"mdat", b"".join(data for *_, data in items))


def _meta(items: list[tuple[bytes, bytes, bytes]], properties: list[bytes], offset: int) -> bytes:
    handler = _box(b"hdlr", struct.pack(">II4s12xx", 0, 0, b"pict"))
    places, entries, references = b"", b"", b""
    for number, (kind, text, data) in enumerate(items, start=_PICTURE):
        # Version 0 of iloc: no base offset, one extent, 4 bytes for offset and length.
        places += struct.pack(">HHHII", number, 0, 1, offset, len(data))
        offset += len(data)
        entries += _box(b"infe", struct.pack(">IHH4sx", 2 << 24, number, 0, kind) + text)
        if number != _PICTURE:
            references += _box(b"cdsc", struct.pack(">HHH", number, 1, _PICTURE))
    # av1C is essential: a reader that does not know it must not show the picture.
    associations = bytes(
        (0x80 if kind[4:8] == b"av1C" else 0) | index for index, kind in enumerate(properties, start=1)
    )
    ipma = struct.pack(">IIHB", 0, 1, _PICTURE, len(associations)) + associations
    body = handler
    body += _box(b"pitm", struct.pack(">IH", 0, _PICTURE))
    body += _box(b"iloc", struct.pack(">IBBH", 0, 0x44, 0, len(items)) + places)
    body += _box(b"iinf", struct.pack(">IH", 0, len(items)) + entries)
    if references:
        body += _box(b"iref", struct.pack(">I", 0) + references)
    body += _box(b"iprp", _box(b"ipco", b"".join(properties)) + _box(b"ipma", ipma))
    return _box(_META, struct.pack(">I", 0) + body)


def _with_codes(data: bytes, colours: Colours) -> bytes:
    """The OBUs with these codes in their sequence header, as in `colr`: some readers take them from there.

    Raises:
        AvifError: the header is not that of a still, or does not have the codes that libvips writes.
    """
    start, end = _sequence_header(data)
    bits = "".join(f"{byte:08b}" for byte in data[start:end])
    at = _codes_at(bits)
    before = "".join(f"{code:08b}" for code in _WRITTEN)
    if bits[at : at + len(before)] != before:
        raise AvifError("a sequence header with other colour codes than those of sRGB")
    after = "".join(f"{code:08b}" for code in (colours.primaries, colours.transfer, MATRIX))
    patched = bits[:at] + after + bits[at + len(before) :]
    return data[:start] + bytes(int(patched[each : each + 8], 2) for each in range(0, len(patched), 8)) + data[end:]


def _codes_at(bits: str) -> int:
    """Where the colour codes begin in a reduced header of a still: AV1 Bitstream & Decoding Process, 5.5.

    Raises:
        AvifError: it is another header, or has no codes.
    """
    profile, still, reduced = int(bits[:3] or "0", 2), bits[3:4], bits[4:5]
    if (still, reduced) != ("1", "1"):
        raise AvifError("a sequence header that is not of a still")
    at = 10  # those, and the level
    sides = [int(bits[at : at + 4] or "0", 2) + 1, int(bits[at + 4 : at + 8] or "0", 2) + 1]
    at += 8 + sum(sides) + 6  # how long each side is, the sides, six tools
    at += 1 + (profile == _TWELVE_BITS and bits[at : at + 1] == "1") + (profile != _WITHOUT_GREY)
    if bits[at : at + 1] != "1":
        raise AvifError("a sequence header without colour codes")
    return at + 1


def _sequence_header(data: bytes) -> tuple[int, int]:
    """Start and end of the sequence header's payload."""
    at = 0
    while at < len(data):
        kind, has_size = data[at] >> 3 & 0x0F, data[at] & _HAS_SIZE
        if not has_size:
            break
        length, at = _leb128(data, at + 1)
        if kind == _SEQUENCE_HEADER:
            return at, at + length
        at += length
    raise AvifError("AV1 data without a sequence header")


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[at : at + _MAX_LEB128]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follow
            return value, at + index + 1
    raise AvifError("AV1 data whose sizes do not end")


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", _HEAD + len(body), kind) + body


def _inside(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Every box, and those within the ones that contain the properties of items."""
    for kind, body, last in boxes(data, start, end):
        yield kind, body, last
        if kind in {_META, b"iprp", b"ipco"}:
            yield from _inside(data, body + (_FULL if kind == _META else 0), last)
