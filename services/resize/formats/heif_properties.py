"""Parsers of the properties of a HEIF or AVIF item, which return None for truncated ones. No Pillow, no AWS."""

import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

from services.resize.formats.heif_facts import Clap, Imir, Irot, Nclx, Transform

# Section numbers without a name are of HEIF, ISO/IEC 23008-12:2022; "ISOBMFF" is ISO/IEC 14496-12:2022.

_CHROMA: Final = ("400", "420", "422", "444")


def _ispe(box: bytes) -> dict[str, Any] | None:
    return {"size": struct.unpack_from(">II", box, 4)} if len(box) >= 12 else None  # noqa: PLR2004 - full box, two sides


def _irot(box: bytes) -> Irot | None:
    return Irot(turns=box[0] & 3) if box else None


def _imir(box: bytes) -> Imir | None:
    return Imir(axis=box[0] & 1) if box else None


def _clap(box: bytes) -> Clap | None:
    if len(box) < 32:  # noqa: PLR2004 - eight numbers
        return None
    width, width_of, height, height_of, x, x_of, y, y_of = struct.unpack_from(">IIIIiIiI", box)
    return Clap(
        width=(width, width_of),
        height=(height, height_of),
        horizontal_offset=(x, x_of),
        vertical_offset=(y, y_of),
    )


def _pixi(box: bytes) -> dict[str, Any] | None:
    """Section 6.5.6: bits of each channel."""
    if len(box) < 5 or len(box) < 5 + box[4]:  # noqa: PLR2004 - full box, number of channels
        return None
    channels = box[5 : 5 + box[4]]
    return {"bits": max(channels)} if channels else {}


def _colr(box: bytes) -> dict[str, Any] | None:
    """ISOBMFF, section 12.1.5."""
    kind = box[:4]
    if kind == b"nclx":
        if len(box) < 11:  # noqa: PLR2004 - type, three codes of 16 bits, a flag
            return None
        primaries, transfer, matrix, flags = struct.unpack_from(">HHHB", box, 4)
        return {"nclx": Nclx(primaries=primaries, transfer=transfer, matrix=matrix, full_range=bool(flags & 0x80))}
    return {"icc_profile": box[4:]} if kind in (b"prof", b"rICC") and len(box) > 4 else {}  # noqa: PLR2004 - the type


def _clli(box: bytes) -> dict[str, object] | None:
    """Content light level: ISOBMFF, section 12.1.6."""
    return {"peak_nits": int.from_bytes(box[:2], "big")} if len(box) >= 4 else None  # noqa: PLR2004 - two levels


def _hvcc(box: bytes) -> dict[str, Any] | None:
    """HEVCDecoderConfigurationRecord: ISO/IEC 14496-15, section 8.3.2.1."""
    if len(box) < 19:  # noqa: PLR2004 - chroma format at 16, depth of luma at 17
        return None
    return {"chroma": _CHROMA[box[16] & 3], "bits": 8 + (box[17] & 7)}


def _av1c(box: bytes) -> dict[str, Any] | None:
    """AV1CodecConfigurationRecord: AV1 in ISOBMFF 1.3, section 2.3.3."""
    if len(box) < 4:  # noqa: PLR2004 - four bytes of flags
        return None
    flags = box[2]
    bits = (12 if flags & 0x20 else 10) if flags & 0x40 else 8
    chroma = "400" if flags & 0x10 else {0: "444", 8: "422", 12: "420"}.get(flags & 12, "420")
    return {"chroma": chroma, "bits": bits}


def _auxc(box: bytes) -> dict[str, Any] | None:
    return {"auxiliary": box[4:260].split(b"\0", 1)[0].decode("latin-1")} if len(box) > 4 else None  # noqa: PLR2004


READERS: Final[Mapping[str, Callable[[bytes], Transform | dict[str, Any] | None]]] = {
    "ispe": _ispe,
    "irot": _irot,
    "imir": _imir,
    "clap": _clap,
    "pixi": _pixi,
    "colr": _colr,
    "clli": _clli,
    "hvcC": _hvcc,
    "av1C": _av1c,
    "auxC": _auxc,
}
