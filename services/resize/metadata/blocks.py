"""The blocks of metadata in a file, found by its container: XMP, IPTC IIM and C2PA. No Pillow, no AWS.

Where each container has them: XMP Specification Part 3, and C2PA 2.2, A.3.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from services.resize.formats import jpeg_segments, png_chunks
from services.resize.formats.heif_exif import boxes
from services.resize.formats.tiff.directories import TiffFile
from services.resize.metadata.photoshop import IIM, IIM_DIGEST, resources
from shared.light_dataclass import dataclass

# Lightroom's masks make up to some hundred kB; what comes after this is not read.
MAX_XMP_BYTES: Final = 1024**2
MAX_BLOCK_BYTES: Final = 4 * 1024**2
_MAX_CHUNKS: Final = 4096

_SOS: Final = 0xDA
_APP1, _APP11, _APP13 = 0xE1, 0xEB, 0xED
_XMP_HEAD: Final = b"http://ns.adobe.com/xap/1.0/\0"
_PHOTOSHOP_HEAD: Final = b"Photoshop 3.0\0"
# A JUMBF box of the type of C2PA: ISO/IEC 19566-5, B.1, and C2PA 2.2, 11.1.4.2.
_C2PA_TYPE: Final = bytes.fromhex("6332706100110010800000AA00389B71")
_JUMBF_HEAD: Final = 8
_JUMBF_NAMED: Final = 64

_XMP_KEYWORD: Final = b"XML:com.adobe.xmp"
_RAW_PROFILE: Final = b"Raw profile type "

_XMP_TAG, _IIM_TAG, _PHOTOSHOP_TAG, _C2PA_TAG = 700, 33723, 34377, 0xCD41

_GIF_XMP: Final = b"!\xff\x0bXMP DataXMP"
_GIF_XMP_END: Final = b"\x01\xff\xfe\xfd\xfc"
_GIF_C2PA: Final = b"!\xff\x0bC2PA_GIF"

_XMP_UUID: Final = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
_C2PA_UUID: Final = bytes.fromhex("D8FEC3D61B0E483C92975828877EC481")
_UUID_BYTES: Final = 16
_XMP_TYPE: Final = "application/rdf+xml"


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """The blocks of one file, as they are in it; empty where there are none.

    Args:
        xmp: the XMP packet.
        iim: the records of IPTC IIM.
        iim_digest: MD5 of the IIM as a program wrote it last, with the XMP; empty where the file does not have it.
        c2pa: the JUMBF of the content credentials.
    """

    xmp: bytes = b""
    iim: bytes = b""
    iim_digest: bytes = b""
    c2pa: bytes = b""


def blocks_of(data: bytes) -> Blocks:
    """The blocks of a file of any format that resize reads; damaged ones are left out.

    Args:
        data: the file, whose structure has been checked.
    """
    read = next((reader for at, magics, reader in _READERS if data.startswith(magics, at)), None)
    try:
        return Blocks() if read is None else read(data)
    except Exception:  # noqa: BLE001 - damaged metadata must not cost the picture
        return Blocks()


def _of_jpeg(data: bytes) -> Blocks:
    """APP1, APP11 and APP13 before the first scan; parts of an XMP packet beyond its first 64 kB are not read."""
    xmp, photoshop, credentials = b"", bytearray(), bytearray()
    for segment in jpeg_segments.segments(data):
        if segment.marker == _SOS:
            break
        if segment.marker == _APP1 and not xmp and data.startswith(_XMP_HEAD, segment.body):
            xmp = data[segment.body + len(_XMP_HEAD) : segment.end]
        elif segment.marker == _APP13 and data.startswith(_PHOTOSHOP_HEAD, segment.body):
            photoshop += data[segment.body + len(_PHOTOSHOP_HEAD) : segment.end]
        elif segment.marker == _APP11 and data.startswith(b"JP", segment.body):
            # "JP", the number of the box, that of the part, the box's head; parts repeat the head.
            # ISO/IEC 19566-5, D.2.
            part = data[segment.body + 8 : segment.end]
            if _is_c2pa(part) or credentials:
                credentials += part[_JUMBF_HEAD:] if credentials else part
        if len(photoshop) > MAX_BLOCK_BYTES or len(credentials) > MAX_BLOCK_BYTES:
            break
    return _with_photoshop(Blocks(xmp=xmp, c2pa=bytes(credentials)), bytes(photoshop))


def _is_c2pa(jumbf: bytes) -> bool:
    """Whether a JUMBF superbox is a store of C2PA manifests: other standards use such boxes, too."""
    return jumbf[4:8] == b"jumb" and _C2PA_TYPE in jumbf[:_JUMBF_NAMED]


def _with_photoshop(found: Blocks, photoshop: bytes) -> Blocks:
    named = resources(photoshop)
    return Blocks(
        xmp=found.xmp, iim=found.iim or named.get(IIM, b""), iim_digest=named.get(IIM_DIGEST, b""), c2pa=found.c2pa
    )


def _of_png(data: bytes) -> Blocks:
    """The chunks iTXt, caBX, and the texts in which ImageMagick keeps blocks in hexadecimal."""
    found: dict[str, bytes] = {}
    photoshop = b""
    for chunk in png_chunks.chunks(data):
        body = data[chunk.body : min(chunk.end - 4, chunk.body + MAX_BLOCK_BYTES)]
        if chunk.name == b"caBX":
            found.setdefault("c2pa", body)
        elif chunk.name == b"iTXt" and body.startswith(_XMP_KEYWORD + b"\0"):
            found.setdefault("xmp", _international(body))
        elif chunk.name in {b"zTXt", b"tEXt"} and body.startswith(_RAW_PROFILE):
            keyword, _, text = body.partition(b"\0")
            profile = _from_hexadecimal(_inflated(text[1:]) if chunk.name == b"zTXt" else text)
            kind = keyword.removeprefix(_RAW_PROFILE)
            if kind == b"xmp":
                found.setdefault("xmp", profile.removeprefix(_XMP_HEAD))
            elif kind in {b"iptc", b"8bim"}:
                photoshop = photoshop or profile.removeprefix(_PHOTOSHOP_HEAD)
    return _with_photoshop(Blocks(**found), photoshop)


def _international(body: bytes) -> bytes:
    """The text of an iTXt chunk: after the keyword two flags, a language and a keyword in it."""
    flags_at = len(_XMP_KEYWORD) + 1
    text = body[flags_at + 2 :].split(b"\0", 2)[-1]
    return _inflated(text) if body[flags_at : flags_at + 1] == b"\1" else text


def _inflated(packed: bytes) -> bytes:
    """At most twice MAX_XMP_BYTES of a deflate stream, which is enough for their hexadecimal digits."""
    try:
        return zlib.decompressobj().decompress(packed, 2 * MAX_XMP_BYTES)
    except zlib.error:
        return b""


def _from_hexadecimal(text: bytes) -> bytes:
    """The block in a raw profile: a name and a length on lines of their own, then the digits."""
    *_, digits = text.strip().split(b"\n", 2)
    try:
        return bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        return b""


def _of_webp(data: bytes) -> Blocks:
    """The chunks "XMP " and C2PA of a RIFF file."""
    found: dict[str, bytes] = {}
    names = {b"XMP ": "xmp", b"C2PA": "c2pa"}
    at = 12
    for _ in range(_MAX_CHUNKS):
        if at + 8 > len(data):
            break
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind in names and at + 8 + length <= len(data):
            found.setdefault(names[kind], data[at + 8 : at + 8 + min(length, MAX_BLOCK_BYTES)])
        at += 8 + length + length % 2
    return Blocks(**found)


def _of_tiff(data: bytes) -> Blocks:
    """Tags of the first directory."""
    first = TiffFile(data, _unchecked).chain()[0]
    found = Blocks(xmp=first.raw(_XMP_TAG), iim=first.raw(_IIM_TAG), c2pa=first.raw(_C2PA_TAG))
    return _with_photoshop(found, first.raw(_PHOTOSHOP_TAG)[:MAX_BLOCK_BYTES])


def _unchecked() -> None:
    """The structure has been walked once within the deadline."""


def _of_gif(data: bytes) -> Blocks:
    """The application extensions of XMP, whose text is not in sub-blocks, and of C2PA."""
    _, here, rest = data.partition(_GIF_XMP)
    packet, ended, _ = rest.partition(_GIF_XMP_END)
    return Blocks(xmp=packet if here and ended else b"", c2pa=b"".join(_sub_blocks(data, data.find(_GIF_C2PA))))


def _sub_blocks(data: bytes, extension: int) -> Iterator[bytes]:
    """The sub-blocks of the extension of C2PA, at an offset, after its authentication code of three bytes."""
    at = extension + len(_GIF_C2PA) + 3
    end = min(len(data), at + MAX_BLOCK_BYTES)
    while extension >= 0 and at < end and data[at]:
        yield data[at + 1 : at + 1 + data[at]]
        at += 1 + data[at]


def _of_boxes(data: bytes) -> Blocks:
    """The boxes of a HEIF, an AVIF, a JPEG 2000 or a JPEG XL: by a UUID or a name, and an item of a `meta` box."""
    found: dict[str, bytes] = {}
    for name, (start, end) in boxes(data, 0, len(data)):
        content = start + _UUID_BYTES, min(end, start + _UUID_BYTES + MAX_BLOCK_BYTES)
        if name == b"uuid" and data.startswith(_XMP_UUID, start):
            found.setdefault("xmp", data[slice(*content)])
        elif name == b"uuid" and data.startswith(_C2PA_UUID, start):
            found.setdefault("c2pa", data[slice(*content)])
        elif name == b"xml ":
            found.setdefault("xmp", data[start : min(end, start + MAX_BLOCK_BYTES)])
        elif name == b"jumb" and _is_c2pa(data[start - _JUMBF_HEAD : end]):
            found.setdefault("c2pa", data[start - _JUMBF_HEAD : min(end, start + MAX_BLOCK_BYTES)])
        elif name == b"meta":
            xmp = next(_xmp_items(data, start, end), None)
            if xmp is not None:
                found.setdefault("xmp", xmp)
    return Blocks(**found)


def _xmp_items(data: bytes, start: int, end: int) -> Iterator[bytes]:
    """The items of a `meta` box that are XMP: ISO/IEC 23008-12, A.3."""
    from services.resize.formats.heif_boxes import BoxWalk  # noqa: PLC0415 - not needed for a JPEG
    from services.resize.formats.heif_items import ItemWalk  # noqa: PLC0415 - as above
    from shared.deadline import NEVER  # noqa: PLC0415 - as above

    items = ItemWalk(BoxWalk(data, "HEIC", NEVER))
    items.read(start, end)
    for item in items.items().values():
        if item.type == "mime" and item.content_type == _XMP_TYPE:
            yield items.content(item, MAX_BLOCK_BYTES)


# Offset and bytes by which each container is known.
_READERS: Final[tuple[tuple[int, tuple[bytes, ...], Callable[[bytes], Blocks]], ...]] = (
    (0, (b"\xff\xd8",), _of_jpeg),
    (0, (b"\x89PNG",), _of_png),
    (0, (b"RIFF",), _of_webp),
    (0, (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), _of_tiff),
    (0, (b"GIF8",), _of_gif),
    (4, (b"ftyp", b"jP  ", b"JXL "), _of_boxes),
)
