"""JPEG XL files, taken apart by hand: ISO/IEC 18181-2."""

import struct

CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
CODESTREAM = b"\xff\x0a"


def boxes(data):
    """The boxes of a file as (kind, body); none of a bare codestream."""
    found, at = [], 0
    while data.startswith(CONTAINER) and at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + length if length else len(data)
        found.append((kind, data[at + 8 : end]))
        at = end
    return found
