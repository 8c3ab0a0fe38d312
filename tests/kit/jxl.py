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


class Bits:
    """A codestream written bit by bit, the lowest of each byte first."""

    def __init__(self):
        self._bits = [int(each) for byte in CODESTREAM for each in f"{byte:08b}"[::-1]]

    def put(self, value, count=1):
        self._bits += [value >> each & 1 for each in range(count)]
        return self

    def choice(self, which, value=0, count=0):
        return self.put(which, 2).put(value, count)

    def enum(self, code):
        if code < 2:
            return self.choice(code)
        return self.choice(2, code - 2, 4) if code < 18 else self.choice(3, code - 18, 6)

    def done(self):
        padded = [*self._bits, *[0] * (-len(self._bits) % 8)]
        each_byte = (padded[at : at + 8] for at in range(0, len(padded), 8))
        return bytes(sum(bit << place for place, bit in enumerate(byte)) for byte in each_byte)


def sized(width, height):
    """A codestream as far as its size, each side in 30 bits."""
    return Bits().put(0).choice(3, height - 1, 30).put(0, 3).choice(3, width - 1, 30)


def in_container(*parts):
    """A file of these (kind, body)."""
    parts = ((b"ftyp", b"jxl \0\0\0\0jxl "), *parts)
    return CONTAINER + b"".join(struct.pack(">I4s", 8 + len(body), kind) + body for kind, body in parts)
