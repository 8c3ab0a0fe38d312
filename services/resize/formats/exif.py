"""The orientation in EXIF, read from its bytes. No Pillow, no AWS."""

import struct
from typing import Final

_PREFIX: Final = b"Exif\x00\x00"
_ORIENTATION: Final = 0x0112
# Types of whole numbers: BYTE, SHORT, LONG and their signed counterparts; TIFF 6.0, page 15.
_INTEGERS: Final = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}
_MAX_ORIENTATION: Final = 8
_ENTRY_BYTES: Final = 12


def orientation_of(exif: bytes | None, *, prefixed: bool = True) -> int:
    """The orientation, 1 to 8; 1 where there is none, or it is unreadable.

    XMP's is ignored, as in browsers. Pillow's `getexif()` is not used, because it takes XMP's where EXIF has none.

    Args:
        exif: a TIFF header and its directories.
        prefixed: whether "Exif" and two zero bytes may come before the header, as in a JPEG.
    """
    data = exif or b""
    if prefixed and data.startswith(_PREFIX):
        data = data[len(_PREFIX) :]
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(data[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(order + "I", data, 4)
        (tags,) = struct.unpack_from(order + "H", data, directory)
    except struct.error:
        return 1
    begin = directory + 2
    tags = min(tags, (len(data) - begin) // _ENTRY_BYTES)
    entries = data[begin : begin + tags * _ENTRY_BYTES]
    for tag, kind, count, value in struct.iter_unpack(order + "HHI4s", entries):
        if tag == _ORIENTATION and kind in _INTEGERS and count == 1:
            (found,) = struct.unpack_from(order + _INTEGERS[kind], value)
            return found if 1 <= found <= _MAX_ORIENTATION else 1
    return 1
