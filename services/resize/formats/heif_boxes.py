"""The boxes of a HEIF or AVIF file, walked within bounds. No Pillow, no AWS."""

import struct
from collections.abc import Iterator
from typing import Final

from shared.deadline import Deadline
from shared.errors import ImageTooLarge, UnreadableImage

# Section numbers are of ISOBMFF, ISO/IEC 14496-12:2022.

# Next to each bound: the largest number in 620 files of phones, cameras, encoders and conformance suites.
MAX_BOXES: Final = 20_000  # 856
MAX_DEPTH: Final = 12  # 5


class BoxWalk:
    """Reads the boxes of one file, and counts what it finds.

    Args:
        data: the file.
        form: "HEIC" or "AVIF", as error texts name it.
        deadline: checked at every box.
    """

    def __init__(self, data: bytes, form: str, deadline: Deadline) -> None:
        self.data = data
        self.form = form
        self.deadline = deadline
        self.counts: dict[str, int] = {}
        self.brands: tuple[str, ...] = ()

    def boxes(self, start: int, end: int, depth: int, *, top: bool = False) -> Iterator[tuple[bytes, int, int]]:
        """(type, start, end) of the content of each box between two offsets; ISOBMFF, section 4.2."""
        if depth > MAX_DEPTH:
            raise ImageTooLarge(f"the {self.form} has boxes nested deeper than {MAX_DEPTH}, which no camera writes")
        at = start
        while at + 8 <= end:
            self.count("boxes", 1, MAX_BOXES)
            size, kind = struct.unpack_from(">I4s", self.data, at)
            begin = at + 8
            if size == 1:
                if begin + 8 > end:
                    raise self.damaged(kind)
                (size,) = struct.unpack_from(">Q", self.data, begin)
                begin += 8
            elif size == 0:
                size = end - at
            if kind == b"uuid":
                begin += 16
            if at + size < begin or (at + size > end and not top):
                if top and self.brands:  # what follows the last box, as phones append it, is not read
                    return
                raise self.damaged(kind)
            # A file that is cut off within its last box is left to the decoder.
            yield kind, begin, min(at + size, end)
            at += size

    def count(self, things: str, more: int, most: int) -> None:
        """Count more things in the file, and refuse it where there are too many."""
        self.deadline.check()
        self.counts[things] = self.counts.get(things, 0) + more
        if self.counts[things] > most:
            raise ImageTooLarge(f"the {self.form} has more than {most:,} {things}, which no camera writes")

    def damaged(self, kind: bytes) -> UnreadableImage:
        """The error for a box that is shorter than it claims."""
        name = kind.decode("latin-1")
        shown = name if name.isascii() and name.isprintable() else kind.hex()
        return UnreadableImage(f"the {self.form} is damaged: its {shown} box does not fit")

    def unpack(self, kind: bytes, layout: str, at: int, end: int) -> tuple[int, ...]:
        """Numbers at an offset, within their box."""
        if at + struct.calcsize(layout) > end:
            raise self.damaged(kind)
        return struct.unpack_from(layout, self.data, at)

    def full(self, kind: bytes, at: int, end: int) -> tuple[int, int, int]:
        """(version, flags, offset of the remaining content) of a full box."""
        (word,) = self.unpack(kind, ">I", at, end)
        return word >> 24, word & 0xFFFFFF, at + 4

    def once(self, found: set[bytes], kind: bytes, *kinds: bytes) -> None:
        """Refuse a second box where one is allowed: a decoder might use another one than was checked here."""
        if kind in kinds and kind in found:
            raise UnreadableImage(f"the {self.form} is damaged: it has two {kind.decode()} boxes")
        found.add(kind)
