"""Directories of a TIFF or BigTIFF in either byte order, read within bounds. No Pillow, no AWS."""

import struct
from collections.abc import Callable, Iterator
from typing import Final

from services.resize.formats.structure_limits import MAX_TAG_COUNT, MAX_TAG_VALUES
from shared.errors import ImageTooLarge, UnreadableImage
from shared.light_dataclass import dataclass

# struct's code of each type: TIFF 6.0, page 15; 13 is IFD (TIFF Technical Note 1); 16 to 18 are BigTIFF's.
_CODES: Final = {
    1: "B", 2: "B", 3: "H", 4: "I", 5: "II", 6: "b", 7: "B", 8: "h", 9: "i", 10: "ii", 11: "f", 12: "d", 13: "I",
    16: "Q", 17: "q", 18: "Q",
}  # fmt: skip
_RATIONALS: Final = frozenset({5, 10})
_INTEGERS: Final = frozenset({1, 3, 4, 6, 7, 8, 9, 13, 16, 17, 18})
_BIG_TIFF: Final = 43

# A file of 50 MB could contain millions of directories; a scanned book has hundreds.
MAX_DIRECTORIES: Final = 10_000
# Total of all directories: reading a million takes about a second.
MAX_TAGS: Final = 1_000_000
_MAX_DEPTH: Final = 4

_SUB_IFDS: Final = 330


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """Where the values of a tag are in the file."""

    kind: int
    count: int
    at: int


class Directory:
    """The tags of one picture; values are read on request.

    Args:
        data: the whole file.
        order: byte order as a prefix of struct, "<" or ">".
        at: offset of the directory in the file.
        entries: entries by tag.
    """

    def __init__(self, data: bytes, order: str, at: int, entries: dict[int, _Entry]) -> None:
        self.data = data
        self.order = order
        self.at = at
        self._entries = entries

    def __contains__(self, tag: int) -> bool:
        return tag in self._entries

    def values(self, tag: int) -> tuple[float, ...]:
        """Numbers of a tag of any numeric type; empty where the tag is missing, or its values are outside the file.

        Raises:
            ImageTooLarge: there are more values than any real file has.
        """
        entry = self._entries.get(tag)
        if entry is None or entry.kind not in _CODES:
            return ()
        if entry.count > MAX_TAG_VALUES:
            raise ImageTooLarge(
                f"the TIFF has more than {MAX_TAG_VALUES:,} values of tag {tag}, which no honest file needs"
            )
        codes = _CODES[entry.kind]
        code = codes * entry.count if entry.kind in _RATIONALS else f"{entry.count}{codes}"
        try:
            numbers = struct.unpack_from(self.order + code, self.data, entry.at)
        except struct.error:
            return ()
        if entry.kind in _RATIONALS:
            pairs = zip(numbers[::2], numbers[1::2], strict=True)
            return tuple(above / below if below else 0.0 for above, below in pairs)
        return numbers

    def integers(self, tag: int) -> tuple[int, ...]:
        """Whole numbers of a tag of any integer type: TIFF 6.0, page 16, asks readers to accept each of them."""
        entry = self._entries.get(tag)
        if entry is None or entry.kind not in _INTEGERS:
            return ()
        return tuple(int(value) for value in self.values(tag))

    def integer(self, tag: int, default: int) -> int:
        """First whole number of a tag; the default where there is none."""
        entry = self._entries.get(tag)
        if entry is None or entry.kind not in _INTEGERS or entry.count == 0:
            return default
        try:
            return int(struct.unpack_from(self.order + _CODES[entry.kind], self.data, entry.at)[0])
        except struct.error:
            return default

    def raw(self, tag: int) -> bytes:
        """Bytes of a tag as stored in the file; empty where they are outside it."""
        entry = self._entries.get(tag)
        if entry is None or entry.kind not in _CODES:
            return b""
        size = struct.calcsize("<" + _CODES[entry.kind]) * entry.count
        return self.data[entry.at : entry.at + size] if entry.at + size <= len(self.data) else b""

    def place(self, tag: int) -> int | None:
        """Offset of the tag's first value in the file; None where the tag is missing."""
        entry = self._entries.get(tag)
        return None if entry is None else entry.at

    def text(self, tag: int) -> str:
        """Text of a tag up to its NUL."""
        return self.raw(tag)[:65_536].split(b"\0")[0].decode("latin-1").strip()


class TiffFile:
    """The directories of a file.

    Args:
        data: the whole file; its third byte may differ from TIFF's, as in camera raw files.
        check: called before each directory; may raise, as a deadline does.
    """

    def __init__(self, data: bytes, check: Callable[[], None]) -> None:
        self.data = data
        self.order = "<" if data[:2] == b"II" else ">"
        self._check = check
        self._tags = 0
        self._seen: set[int] = set()
        try:
            self.big = struct.unpack_from(self.order + "H", data, 2)[0] == _BIG_TIFF
            self._first = struct.unpack_from(self.order + ("Q" if self.big else "I"), data, 8 if self.big else 4)[0]
        except struct.error as error:
            raise UnreadableImage("the TIFF ends within its header") from error

    def chain(self) -> list[Directory]:
        """Directories of the pages in their order; a chain that loops ends where it would repeat.

        Raises:
            UnreadableImage: there is no directory.
            ImageTooLarge: they have more tags than any real file has.
        """
        found = list(self._from(self._first))
        if not found:
            raise UnreadableImage(f"the TIFF has no directory at byte {self._first:,}")
        return found

    def below(self, directory: Directory, depth: int = 1) -> list[Directory]:
        """Directories in its SubIFDs, recursively."""
        found = []
        for at in directory.integers(_SUB_IFDS):
            for each in self._from(at):
                found.append(each)
                if depth < _MAX_DEPTH:
                    found += self.below(each, depth + 1)
        return found

    def _from(self, at: int) -> Iterator[Directory]:
        while at and at not in self._seen and len(self._seen) < MAX_DIRECTORIES:
            self._check()
            self._seen.add(at)
            read = self._read(at)
            if read is None:
                return
            directory, at = read
            yield directory

    def _read(self, at: int) -> tuple[Directory, int] | None:
        """A directory and the offset of the next one; None where there is no directory."""
        first, entry, slot = ("Q", "HHQ", 8) if self.big else ("H", "HHI", 4)
        try:
            (count,) = struct.unpack_from(self.order + first, self.data, at)
        except (struct.error, OverflowError):
            return None
        begin = at + struct.calcsize("<" + first)
        size = struct.calcsize("<" + entry) + slot
        held = min(count, (len(self.data) - begin) // size)
        self._tags += held
        if held > MAX_TAG_COUNT or self._tags > MAX_TAGS:
            raise ImageTooLarge(f"the TIFF has more than {MAX_TAGS:,} tags, which no honest file needs")
        entries: dict[int, _Entry] = {}
        whole = memoryview(self.data)[begin : begin + held * size]
        for index, (tag, kind, many) in enumerate(struct.iter_unpack(f"{self.order}{entry}{slot}x", whole)):
            where = begin + index * size + size - slot
            if kind in _CODES and struct.calcsize("<" + _CODES[kind]) * many > slot:
                (where,) = struct.unpack_from(self.order + ("Q" if self.big else "I"), self.data, where)
            entries.setdefault(tag, _Entry(kind=kind, count=many, at=where))
        if not entries:
            return None
        after = begin + count * size
        following = self.data[after : after + slot] if held == count else b""
        return Directory(self.data, self.order, at, entries), int.from_bytes(
            following, "little" if self.order == "<" else "big"
        )
