"""The items of a HEIF or AVIF file, read from a `meta` box within bounds. No Pillow, no AWS."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.resize.formats.heif_boxes import BoxWalk
from services.resize.formats.heif_codecs import CODECS
from services.resize.formats.heif_facts import Item, Transform
from services.resize.formats.heif_properties import READERS
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage

# Section numbers are of ISOBMFF, ISO/IEC 14496-12:2022.

# Next to each bound: the largest number in 620 files of phones, cameras, encoders and conformance suites.
MAX_ITEMS: Final = 4_096  # 822, of a picture of 200 megapixels
MAX_ITEM_INFO_BYTES: Final = 4_096  # 37
MAX_EXIF_ITEMS: Final = 16  # 2
MAX_EXTENTS: Final = 16_384  # 822
MAX_PROPERTIES: Final = 4_096  # 22
MAX_ASSOCIATIONS: Final = 65_536  # 2,408
MAX_REFERENCES: Final = 16_384  # 821
# Extents may overlap: each item is read whole, so a small file could be read thousands of times.
MAX_READ_TIMES: Final = 8  # 3.0

# Types that no phone, camera or common encoder writes, and where libheif had vulnerabilities: CVE-2026-32741 (mski),
# GHSA-x8r2-mggj-j6wr (unci), GHSA-2h34-fcv6-jqvh (tili). libheif looks at every item as it opens a file.
_REFUSED: Final = frozenset({"iovl", "tili", "unci", "mski"})


class ItemWalk:
    """The items of one `meta` box: ISOBMFF, section 8.11.

    Args:
        walk: the walk over the boxes of the file.
    """

    def __init__(self, walk: BoxWalk) -> None:
        self._walk = walk
        self.primary: int | None = None
        self._idat = (0, 0)
        self.infos: dict[int, tuple[str, bool, str]] = {}
        self._extents: dict[int, tuple[bool, tuple[tuple[int, int], ...]]] = {}
        self.references: list[tuple[str, int, tuple[int, ...]]] = []
        self._properties: list[tuple[str, int, int]] = []
        self._associations: dict[int, list[int]] = {}
        self._parsed: dict[int, Transform | dict[str, Any]] = {}

    def read(self, start: int, end: int) -> None:
        """Read a `meta` box, from the first byte of its content to its end."""
        _, _, at = self._walk.full(b"meta", start, end)
        found: set[bytes] = set()
        for kind, begin, stop in self._walk.boxes(at, end, 1):
            self._walk.once(found, kind, b"pitm", b"idat", b"iinf", b"iloc", b"iref", b"iprp")
            if kind == b"pitm":
                version, _, first = self._walk.full(kind, begin, stop)
                (self.primary,) = self._walk.unpack(kind, ">I" if version else ">H", first, stop)
            elif kind == b"idat":
                self._idat = (begin, stop)
            elif kind == b"iinf":
                self._item_infos(begin, stop)
            elif kind == b"iloc":
                self._locations(begin, stop)
            elif kind == b"iref":
                self._item_references(begin, stop)
            elif kind == b"iprp":
                self._item_properties(begin, stop)

    def _item_infos(self, start: int, end: int) -> None:
        version, _, at = self._walk.full(b"iinf", start, end)
        self._walk.unpack(b"iinf", ">I" if version else ">H", at, end)
        for kind, begin, stop in self._walk.boxes(at + (4 if version else 2), end, 2):
            if kind != b"infe":
                continue
            self._walk.count("items", 1, MAX_ITEMS)
            item, info = self._item_info(begin, stop)
            if item in self.infos:
                raise UnreadableImage(f"the {self._walk.form} is damaged: it has two items {item}")
            self.infos[item] = info

    def _item_info(self, start: int, end: int) -> tuple[int, tuple[str, bool, str]]:
        """An item's id, with its type, whether it is hidden, and its content type."""
        version, flags, at = self._walk.full(b"infe", start, end)
        if end - at > MAX_ITEM_INFO_BYTES:
            raise ImageTooLarge(
                f"the {self._walk.form} has an item with more than {MAX_ITEM_INFO_BYTES:,} bytes of names,"
                " which no camera writes"
            )
        if version < 2:  # noqa: PLR2004 - no type: a name and a content type describe it, so it is not an image
            (item,) = self._walk.unpack(b"infe", ">H", at, end)
            return item, ("", False, self._content_type(item, at + 4, end))
        wide = version > 2  # noqa: PLR2004 - 32-bit ids
        item, type_ = self._walk.unpack(b"infe", ">I2xI" if wide else ">H2xI", at, end)
        name = type_.to_bytes(4, "big").decode("latin-1")
        if not (name.isascii() and name.isprintable()):
            raise UnreadableImage(f"the {self._walk.form} is damaged: the type of item {item} is not text")
        content_type = self._content_type(item, at + (10 if wide else 8), end) if name == "mime" else ""
        return item, (name, bool(flags & 1), content_type)

    def _content_type(self, item: int, start: int, end: int) -> str:
        """The text after an item's name; pi-heif-decoder 1.7.0.post4 returns a null pointer if it is not UTF-8."""
        words = self._walk.data[start:end].split(b"\0", 2)
        try:
            return words[1].decode() if len(words) > 1 else ""
        except UnicodeDecodeError as error:
            raise UnreadableImage(
                f"the {self._walk.form} is damaged: the content type of item {item} is not text"
            ) from error

    def _locations(self, start: int, end: int) -> None:
        version, _, at = self._walk.full(b"iloc", start, end)
        (sizes,) = self._walk.unpack(b"iloc", ">H", at, end)
        offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
        index_size = sizes & 15 if version in (1, 2) else 0
        wide = version == 2  # noqa: PLR2004 - 32-bit ids
        (count,) = self._walk.unpack(b"iloc", ">I" if wide else ">H", at + 2, end)
        at += 6 if wide else 4
        for _ in range(count):
            self._walk.count("located items", 1, MAX_ITEMS)
            (item,) = self._walk.unpack(b"iloc", ">I" if wide else ">H", at, end)
            at += 4 if wide else 2
            method = 0
            if version in (1, 2):
                method = self._walk.unpack(b"iloc", ">H", at, end)[0] & 15
                at += 2
            if method not in (0, 1):  # in the file, in idat; 2 is within another item
                raise UnsupportedImage(f"the {self._walk.form} has items within items, which no camera writes")
            self._walk.unpack(b"iloc", ">H", at, end)
            base, at = self._integer(at + 2, base_size, end)
            (extents,) = self._walk.unpack(b"iloc", ">H", at, end)
            at += 2
            found = []
            for _ in range(extents):
                self._walk.count("extents", 1, MAX_EXTENTS)
                _, at = self._integer(at, index_size, end)
                offset, at = self._integer(at, offset_size, end)
                length, at = self._integer(at, length_size, end)
                self._count_read(length)
                found.append((base + offset, length))
            if item in self._extents:
                raise UnreadableImage(f"the {self._walk.form} is damaged: item {item} is located twice")
            self._extents[item] = (method == 1, tuple(found))

    def _count_read(self, length: int) -> None:
        most = MAX_READ_TIMES * len(self._walk.data)
        self._walk.counts["read"] = self._walk.counts.get("read", 0) + min(
            length or len(self._walk.data), len(self._walk.data)
        )
        if self._walk.counts["read"] > most:
            raise ImageTooLarge(
                f"the {self._walk.form} has items of more than {MAX_READ_TIMES} times its bytes, which no camera writes"
            )

    def _integer(self, at: int, size: int, end: int) -> tuple[int, int]:
        """An integer of 0, 4 or 8 bytes, and the offset of the content after it."""
        if size not in (0, 4, 8) or at + size > end:
            raise self._walk.damaged(b"iloc")
        return int.from_bytes(self._walk.data[at : at + size], "big"), at + size

    def _item_references(self, start: int, end: int) -> None:
        version, _, at = self._walk.full(b"iref", start, end)
        id_, size = ("I", 4) if version else ("H", 2)
        for kind, begin, stop in self._walk.boxes(at, end, 2):
            source, count = self._walk.unpack(kind, f">{id_}H", begin, stop)
            self._walk.count("references", count, MAX_REFERENCES)
            targets = self._walk.unpack(kind, f">{count}{id_}", begin + size + 2, stop)
            self.references.append((kind.decode("latin-1"), source, targets))

    def _item_properties(self, start: int, end: int) -> None:
        found: set[bytes] = set()
        for kind, begin, stop in self._walk.boxes(start, end, 2):
            self._walk.once(found, kind, b"ipco")
            if kind == b"ipco":
                for name, first, last in self._walk.boxes(begin, stop, 3):
                    self._walk.count("properties", 1, MAX_PROPERTIES)
                    self._properties.append((name.decode("latin-1"), first, last))
            elif kind == b"ipma":
                self._property_associations(begin, stop)

    def _property_associations(self, start: int, end: int) -> None:
        version, flags, at = self._walk.full(b"ipma", start, end)
        (count,) = self._walk.unpack(b"ipma", ">I", at, end)
        at += 4
        for _ in range(count):
            self._walk.count("associated items", 1, MAX_ITEMS)
            item, properties = self._walk.unpack(b"ipma", ">IB" if version else ">HB", at, end)
            at += 5 if version else 3
            self._walk.count("associations of properties", properties, MAX_ASSOCIATIONS)
            found = self._walk.unpack(b"ipma", f">{properties}{'H' if flags & 1 else 'B'}", at, end)
            at += properties * (2 if flags & 1 else 1)
            mask = 0x7FFF if flags & 1 else 0x7F
            if item in self._associations:
                raise UnreadableImage(f"the {self._walk.form} is damaged: item {item} has its properties twice")
            self._associations[item] = [each & mask for each in found]

    def items(self) -> dict[int, Item]:
        """Every item with the contents of all boxes about it, by its id."""
        inputs: dict[int, tuple[int, ...]] = {}
        for kind, source, targets in self.references:
            if kind == "dimg":
                if source in inputs:
                    raise UnreadableImage(f"the {self._walk.form} is damaged: item {source} is derived twice")
                inputs[source] = targets
        items = {}
        for item, (type_, hidden, content_type) in self.infos.items():
            self._walk.deadline.check()
            if type_ in _REFUSED:
                raise UnsupportedImage(
                    f"the {self._walk.form} has pictures in {CODECS[type_]} ({type_}), which no camera writes"
                )
            in_idat, extents = self._extents.get(item, (False, ()))
            items[item] = Item(
                id=item,
                type=type_,
                hidden=hidden,
                content_type=content_type,
                inputs=inputs.get(item, ()),
                extents=extents,
                in_idat=in_idat,
                **self._described(item),
            )
        return items

    def _described(self, item: int) -> dict[str, Any]:
        """The properties of an item."""
        merged: dict[str, Any] = {}
        transforms: list[Transform] = []
        for index in self._associations.get(item, ()):
            self._walk.deadline.check()
            found = self._property(index)
            if isinstance(found, dict):
                # pixi states the bits of a sample; the codec's configuration, before or after it, takes precedence.
                merged = {**found, **merged} if self._properties[index - 1][0] == "pixi" else {**merged, **found}
            elif found is not None:
                transforms.append(found)
        return {**merged, "transforms": tuple(transforms)} if transforms else merged

    def _property(self, index: int) -> Transform | dict[str, Any] | None:
        """The content of a property; items share properties, so each is read once. None for an unknown one."""
        if not 0 < index <= len(self._properties):
            return None
        kind, start, end = self._properties[index - 1]
        reader = READERS.get(kind)
        if reader is not None and index not in self._parsed:
            found = reader(self._walk.data[start:end])
            if found is None:
                raise self._walk.damaged(kind.encode("latin-1"))
            self._parsed[index] = found
        return self._parsed.get(index)

    def content(self, item: Item, most: int) -> bytes:
        """The first bytes of an item."""
        base, end = self._idat if item.in_idat else (0, len(self._walk.data))
        parts = bytearray()
        for offset, length in item.extents:
            self._walk.deadline.check()
            start = base + offset
            stop = min(end, start + length if length else end, start + most - len(parts))
            parts += self._walk.data[start:stop]
            if len(parts) >= most:
                break
        return bytes(parts)

    def exif_blocks(self, items: Mapping[int, Item]) -> Iterator[bytes]:
        """The bytes of every EXIF item."""
        for item in items.values():
            if item.type == "Exif":
                self._walk.count("EXIF items", 1, MAX_EXIF_ITEMS)
                yield self.content(item, len(self._walk.data))
