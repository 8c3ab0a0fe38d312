"""Whether a file is HEIC or AVIF, by its brands, or by its codec where the brands do not decide. No Pillow, no AWS."""

import struct
from typing import Final

# AVIF 1.1, section 6; HEIF (ISO/IEC 23008-12:2022), annex B.
_BRANDS: Final[dict[str, frozenset[bytes]]] = {
    "AVIF": frozenset({b"avif", b"avis"}),
    "HEIC": frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}),
}
# Brands of a structure with any codec, and the boxes that configure a codec.
_STRUCTURES: Final = frozenset({b"mif1", b"mif2", b"msf1"})
_OPENED: Final = frozenset({b"mif1", b"msf1"})
_CONFIGURATIONS: Final = {b"av1C": "AVIF", b"hvcC": "HEIC"}
# The low-overhead form has the brand of its codec in the field of the minor version.
_LOW_OVERHEAD: Final = b"mif3"
_MAX_BRAND_BYTES: Final = 256
# In 813 real files, the latest codec was named at byte 113,502 (MIAF001.heic of Nokia's conformance files).
_HEAD_BYTES: Final = 256 * 1024


def brands_of(data: bytes) -> frozenset[bytes]:
    """The major brand and the compatible ones.

    Args:
        data: the file, which begins with `ftyp`.
    """
    (length,) = struct.unpack(">I", data[:4])
    box = data[8 : min(length, len(data), _MAX_BRAND_BYTES)]
    first = 4 if box[:4] == _LOW_OVERHEAD else 8
    # Major brand, a version, then the compatible brands.
    return frozenset([box[:4], *(box[start : start + 4] for start in range(first, len(box), 4))])


def form_of(data: bytes) -> str | None:
    """Which of the two the file is, "AVIF" or "HEIC"; None for neither.

    Args:
        data: the file, which begins with `ftyp`.
    """
    brands = brands_of(data)
    for form, ours in _BRANDS.items():
        if brands & ours:
            return form
    if not brands & _STRUCTURES:
        return None
    head = data[:_HEAD_BYTES]
    found = {head.find(name): form for name, form in _CONFIGURATIONS.items() if name in head}
    return found[min(found)] if found else None


def with_major_brand(data: bytes, form: str) -> bytes:
    """The file with a major brand that decoders know; unchanged where it has one.

    libheif 1.23 opens no file with the major brand mif2 (HEIF of 2022), and Pillow 13 none with mif1 but without avif.

    Args:
        data: the file.
        form: "AVIF" or "HEIC".
    """
    major, ours = data[8:12], _BRANDS[form]
    if major in ours or (major in _OPENED and brands_of(data) & ours):
        return data
    return data[:8] + form.lower().encode() + data[12:]
