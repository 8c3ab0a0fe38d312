"""The boxes of a HEIF or AVIF file, walked within bounds before any decoder sees a byte. No Pillow, no AWS."""

import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from services.resize.bounds import check_size
from services.resize.deadline import NEVER, Deadline
from services.resize.scaling import Size
from services.resize.settings import Limits
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage

# Section numbers without a name are of HEIF, ISO/IEC 23008-12:2022; "ISOBMFF" is ISO/IEC 14496-12:2022.

# Beside each bound: the largest number of 620 files of telephones, cameras, encoders and conformance suites.
MAX_BOXES: Final = 20_000  # 856
MAX_DEPTH: Final = 12  # 5
MAX_ITEMS: Final = 4_096  # 822, of a picture of 200 megapixels
MAX_ITEM_INFO_BYTES: Final = 4_096  # 37
MAX_EXIF_ITEMS: Final = 16  # 2
MAX_EXTENTS: Final = 16_384  # 822
MAX_PROPERTIES: Final = 4_096  # 22
MAX_ASSOCIATIONS: Final = 65_536  # 2,408
MAX_REFERENCES: Final = 16_384  # 821
MAX_TRACKS: Final = 16  # 2
MAX_SAMPLES: Final = 100_000  # 408
# tmap -> grid -> tile. An identity between them is one more.
MAX_DERIVATIONS: Final = 4
# Extents may overlap: each item is read whole, so a small file could be read thousands of times.
MAX_READ_TIMES: Final = 8  # 3.0
# Tiles at the right and at the bottom reach over the picture's edge; more than that is decoded in vain.
MAX_TILE_PIXELS_TIMES: Final = 2

CODECS: Final[Mapping[str, str]] = {
    "hvc1": "HEVC",
    "av01": "AV1",
    "avc1": "AVC",
    "vvc1": "VVC",
    "evc1": "EVC",
    "lhv1": "layered HEVC",
    "jpeg": "JPEG",
    "j2k1": "JPEG 2000",
    "unci": "uncompressed pixels",
    "mski": "a mask",
    "tili": "independent tiles",
    "iovl": "an overlay",
}
# What no telephone, camera or common encoder writes, and where libheif's holes were: CVE-2026-32741 (mski),
# GHSA-x8r2-mggj-j6wr (unci), GHSA-2h34-fcv6-jqvh (tili). libheif looks at every item as it opens a file.
_REFUSED: Final = frozenset({"iovl", "tili", "unci", "mski"})
# What each of our decoders reads.
DECODED: Final[Mapping[str, frozenset[str]]] = {"HEIC": frozenset({"hvc1"}), "AVIF": frozenset({"av01"})}

# pi_heif opens items alone.
_TRACKS_READ: Final = frozenset({"AVIF"})

_DERIVED: Final = frozenset({"grid", "iden", "iovl", "tmap", "sato"})
# Images that may have auxiliary ones: coded images, and grids of telephones with their depth and gain maps.
_AUXILIARY_OF: Final = frozenset({"grid", "tmap", "sato"})

_ALPHA_URNS: Final = frozenset(
    {"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", "urn:mpeg:hevc:2015:auxid:1", "urn:mpeg:avc:2015:auxid:1"}
)

# Boxes with nothing but boxes in them, and those that begin with a version and flags: ISOBMFF.
_CONTAINERS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"iprp"})

_CHROMA: Final = ("400", "420", "422", "444")
_FOREVER: Final = 0xFFFFFFFF
_FOREVER_64: Final = 0xFFFFFFFFFFFFFFFF

Chroma = Literal["400", "420", "422", "444"]


@dataclass(frozen=True, kw_only=True)
class Nclx:
    """Colour codes of ITU-T H.273, as `colr` of type nclx has them.

    Args:
        primaries: such as 1 (BT.709), 9 (BT.2020), 12 (P3).
        transfer: such as 13 (sRGB), 16 (PQ), 18 (HLG).
        matrix: of the YCbCr.
        full_range: whether samples take all their values.
    """

    primaries: int
    transfer: int
    matrix: int
    full_range: bool


@dataclass(frozen=True, kw_only=True)
class Clap:
    """A clean aperture: the part that is shown, as fractions (numerator, denominator); section 6.5.9.

    Args:
        width: in pixels.
        height: in pixels.
        horizontal_offset: of the part's centre from the picture's centre, in pixels.
        vertical_offset: of the part's centre from the picture's centre, in pixels.
    """

    width: tuple[int, int]
    height: tuple[int, int]
    horizontal_offset: tuple[int, int]
    vertical_offset: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Irot:
    """A rotation; section 6.5.10.

    Args:
        turns: quarter turns, anticlockwise: 0 to 3.
    """

    turns: int


@dataclass(frozen=True, kw_only=True)
class Imir:
    """A mirroring; section 6.5.12.

    Args:
        axis: 0 exchanges top and bottom, 1 left and right: as libheif and libavif have it.
    """

    axis: int


Transform = Clap | Irot | Imir


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item of the file.

    Args:
        id: of it.
        type: such as "hvc1", "grid", "Exif".
        hidden: whether it is no picture of its own.
        content_type: of a "mime" item.
        size: (width, height) in pixels before any transform; None where it is not stated.
        transforms: in the order in which they are applied.
        bits: of a sample; None where it is not stated.
        chroma: subsampling as the codec's configuration has it; None where it is not stated.
        nclx: colour codes; None for none.
        peak_nits: the brightest of the picture, in cd/m2; 0 where it is not stated.
        icc_profile: None for none.
        auxiliary: the URN of what an auxiliary image is; "" for none.
        inputs: items that it is derived from, in their order.
        extents: (offset, length) of its bytes in the file, or in `idat`.
        in_idat: whether the extents are in `idat`.
    """

    id: int
    type: str
    hidden: bool = False
    content_type: str = ""
    size: Size | None = None
    transforms: tuple[Transform, ...] = ()
    bits: int | None = None
    chroma: Chroma | None = None
    nclx: Nclx | None = None
    peak_nits: int = 0
    icc_profile: bytes | None = None
    auxiliary: str = ""
    inputs: tuple[int, ...] = ()
    extents: tuple[tuple[int, int], ...] = ()
    in_idat: bool = False

    @property
    def monochrome(self) -> bool:
        """Whether it has one channel."""
        return self.chroma == "400"


@dataclass(frozen=True, kw_only=True)
class Sequence:
    """A track of pictures.

    Args:
        codec: type of its sample entry, such as "av01".
        size: (width, height) in pixels.
        samples: how many pictures it has.
        timescale: ticks a second.
        duration_ticks: of all pictures.
        plays: how often it is shown: 0 is for ever; None where the file does not say.
        alpha: whether another track holds its alpha.
    """

    codec: str
    size: Size
    samples: int
    timescale: int
    duration_ticks: int
    plays: int | None
    alpha: bool = False


@dataclass(frozen=True, kw_only=True)
class HeifFacts:
    """What the boxes of a file say, without a pixel.

    Args:
        brands: the major brand, then the compatible ones.
        items: by their ids.
        primary: the item that is the picture; None of a file that has tracks alone.
        coded: the primary, or the first item that it is derived from: has codec, bits and chroma.
        alpha: the auxiliary item that is the primary's alpha; None for none.
        sequence: the track of pictures; None for none.
        images: how many pictures of their own the file holds as items: no tiles, thumbnails, auxiliary ones.
        exif: bytes of the EXIF item that describes the primary, its offset of four bytes before it; None for none.
        exif_blocks: bytes of every EXIF item, those of tracks included.
    """

    brands: tuple[str, ...]
    items: Mapping[int, Item] = field(default_factory=dict)
    primary: Item | None = None
    coded: Item | None = None
    alpha: Item | None = None
    sequence: Sequence | None = None
    images: int = 0
    exif: bytes | None = None
    exif_blocks: tuple[bytes, ...] = ()


def read(data: bytes, form: str, limits: Limits, deadline: Deadline = NEVER) -> HeifFacts:
    """Walk the boxes of a file, and refuse what no decoder of ours should see.

    Args:
        data: the file, which begins with `ftyp`.
        form: "HEIC" or "AVIF", as errors call it and by which the decoder is chosen.
        limits: to keep.
        deadline: checked at every box and in every loop.

    Raises:
        UnsupportedImage: valid, but of a kind that is not read; the reason names it.
        UnreadableImage: the boxes are damaged.
        ImageTooLarge: a bound or a limit is exceeded.
        ImageTooSlow: the deadline is.
    """
    return _Walk(data, form, limits, deadline).facts()


class _Walk:
    def __init__(self, data: bytes, form: str, limits: Limits, deadline: Deadline) -> None:
        self._data = data
        self._form = form
        self._limits = limits
        self._deadline = deadline
        self._counts: dict[str, int] = {}
        self._brands: tuple[str, ...] = ()
        self._primary: int | None = None
        self._idat = (0, 0)
        self._infos: dict[int, tuple[str, bool, str]] = {}
        self._extents: dict[int, tuple[bool, tuple[tuple[int, int], ...]]] = {}
        self._references: list[tuple[str, int, tuple[int, ...]]] = []
        self._properties: list[tuple[str, int, int]] = []
        self._associations: dict[int, list[int]] = {}
        self._said: dict[int, Transform | dict[str, Any]] = {}
        self._tracks: list[_Track] = []
        self._track_exif: list[bytes] = []

    def facts(self) -> HeifFacts:
        found: set[bytes] = set()
        for kind, start, end in self._boxes(0, len(self._data), 0, top=True):
            self._once(found, kind, b"meta", b"moov")
            self._top(kind, start, end)
        if b"meta" not in found and b"moov" not in found:
            if b"mini" in found:
                raise UnsupportedImage(f"the {self._form} has its low-overhead form (a mini box), which is not read")
            raise UnreadableImage(f"the {self._form} is damaged: it has no meta and no moov box")
        items = self._items()
        primary = items.get(self._primary) if self._primary is not None else None
        if b"meta" in found and self._infos and primary is None and not self._tracks:
            raise UnreadableImage(f"the {self._form} is damaged: no item is its primary one")
        self._check_graph(items)
        coded = self._coded(items, primary)
        alpha = self._alpha(items)
        if primary is not None and coded is not None:
            self._check_decoded(items, primary, coded, alpha)
        sequence = self._sequence()
        if primary is None and sequence is None:
            raise UnreadableImage(f"the {self._form} is damaged: it has no picture")
        if primary is None and sequence is not None and self._form not in _TRACKS_READ:
            raise UnsupportedImage(
                f"the {self._form} is a sequence of {sequence.samples:,} pictures without a still, which is not read"
            )
        return HeifFacts(
            brands=self._brands,
            items=items,
            primary=primary,
            coded=coded,
            alpha=alpha,
            sequence=sequence,
            images=self._count_images(items),
            exif=self._exif(items),
            exif_blocks=(*self._exif_blocks(items), *self._track_exif),
        )

    # Boxes

    def _boxes(self, start: int, end: int, depth: int, *, top: bool = False) -> Iterator[tuple[bytes, int, int]]:
        """(type, start, end) of the content of each box between two offsets; ISOBMFF, section 4.2."""
        if depth > MAX_DEPTH:
            raise ImageTooLarge(f"the {self._form} has boxes nested deeper than {MAX_DEPTH}, which no camera writes")
        at = start
        while at + 8 <= end:
            self._count("boxes", 1, MAX_BOXES)
            size, kind = struct.unpack_from(">I4s", self._data, at)
            begin = at + 8
            if size == 1:
                if begin + 8 > end:
                    raise self._damaged(kind)
                (size,) = struct.unpack_from(">Q", self._data, begin)
                begin += 8
            elif size == 0:
                size = end - at
            if kind == b"uuid":
                begin += 16
            if at + size < begin or (at + size > end and not top):
                if top and self._brands:  # what follows the last box, as telephones append it, is nobody's
                    return
                raise self._damaged(kind)
            # A file that was cut within its last box is left to the decoder.
            yield kind, begin, min(at + size, end)
            at += size

    def _count(self, things: str, more: int, most: int) -> None:
        self._deadline.check()
        self._counts[things] = self._counts.get(things, 0) + more
        if self._counts[things] > most:
            raise ImageTooLarge(f"the {self._form} has more than {most:,} {things}, which no camera writes")

    def _damaged(self, kind: bytes) -> UnreadableImage:
        name = kind.decode("latin-1")
        said = name if name.isascii() and name.isprintable() else kind.hex()
        return UnreadableImage(f"the {self._form} is damaged: its {said} box does not fit")

    def _unpack(self, kind: bytes, layout: str, at: int, end: int) -> tuple[int, ...]:
        if at + struct.calcsize(layout) > end:
            raise self._damaged(kind)
        return struct.unpack_from(layout, self._data, at)

    def _full(self, kind: bytes, at: int, end: int) -> tuple[int, int, int]:
        """(version, flags, where the content goes on) of a full box."""
        (word,) = self._unpack(kind, ">I", at, end)
        return word >> 24, word & 0xFFFFFF, at + 4

    def _once(self, found: set[bytes], kind: bytes, *kinds: bytes) -> None:
        """Of two boxes where one is allowed, a decoder might take the other one than is looked at here."""
        if kind in kinds and kind in found:
            raise UnreadableImage(f"the {self._form} is damaged: it has two {kind.decode()} boxes")
        found.add(kind)

    def _top(self, kind: bytes, start: int, end: int) -> None:
        if kind == b"ftyp":
            self._brands = _brands(self._data[start : min(end, start + 256)])
        elif kind == b"meta":
            self._meta(start, end)
        elif kind == b"moov":
            for inner, begin, stop in self._boxes(start, end, 1):
                if inner == b"meta":
                    self._track_meta(begin, stop)
                if inner == b"trak":
                    self._count("tracks", 1, MAX_TRACKS)
                    track = _Track()
                    self._track(track, begin, stop, 2)
                    self._tracks.append(track)

    # Items: ISOBMFF, section 8.11

    def _meta(self, start: int, end: int) -> None:
        _, _, at = self._full(b"meta", start, end)
        found: set[bytes] = set()
        for kind, begin, stop in self._boxes(at, end, 1):
            self._once(found, kind, b"pitm", b"idat", b"iinf", b"iloc", b"iref", b"iprp")
            if kind == b"pitm":
                version, _, first = self._full(kind, begin, stop)
                (self._primary,) = self._unpack(kind, ">I" if version else ">H", first, stop)
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
        version, _, at = self._full(b"iinf", start, end)
        self._unpack(b"iinf", ">I" if version else ">H", at, end)
        for kind, begin, stop in self._boxes(at + (4 if version else 2), end, 2):
            if kind != b"infe":
                continue
            self._count("items", 1, MAX_ITEMS)
            item, info = self._item_info(begin, stop)
            if item in self._infos:
                raise UnreadableImage(f"the {self._form} is damaged: it has two items {item}")
            self._infos[item] = info

    def _item_info(self, start: int, end: int) -> tuple[int, tuple[str, bool, str]]:
        """An item's id, and its type, whether it is hidden, and its content type."""
        version, flags, at = self._full(b"infe", start, end)
        if end - at > MAX_ITEM_INFO_BYTES:
            raise ImageTooLarge(
                f"the {self._form} has an item with more than {MAX_ITEM_INFO_BYTES:,} bytes of names,"
                " which no camera writes"
            )
        if version < 2:  # noqa: PLR2004 - no type: a name and a content type describe it, so it is not an image
            (item,) = self._unpack(b"infe", ">H", at, end)
            return item, ("", False, self._content_type(item, at + 4, end))
        wide = version > 2  # noqa: PLR2004 - 32-bit ids
        item, type_ = self._unpack(b"infe", ">I2xI" if wide else ">H2xI", at, end)
        name = type_.to_bytes(4, "big").decode("latin-1")
        if not (name.isascii() and name.isprintable()):
            raise UnreadableImage(f"the {self._form} is damaged: the type of item {item} is not text")
        content_type = self._content_type(item, at + (10 if wide else 8), end) if name == "mime" else ""
        return item, (name, bool(flags & 1), content_type)

    def _content_type(self, item: int, start: int, end: int) -> str:
        """The text after an item's name. Of what is not UTF-8 pi-heif-decoder 1.7.0.post4 makes a null pointer."""
        words = self._data[start:end].split(b"\0", 2)
        try:
            return words[1].decode() if len(words) > 1 else ""
        except UnicodeDecodeError as error:
            raise UnreadableImage(
                f"the {self._form} is damaged: the content type of item {item} is not text"
            ) from error

    def _locations(self, start: int, end: int) -> None:
        version, _, at = self._full(b"iloc", start, end)
        (sizes,) = self._unpack(b"iloc", ">H", at, end)
        offset_size, length_size, base_size = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15
        index_size = sizes & 15 if version in (1, 2) else 0
        wide = version == 2  # noqa: PLR2004 - 32-bit ids
        (count,) = self._unpack(b"iloc", ">I" if wide else ">H", at + 2, end)
        at += 6 if wide else 4
        for _ in range(count):
            self._count("located items", 1, MAX_ITEMS)
            (item,) = self._unpack(b"iloc", ">I" if wide else ">H", at, end)
            at += 4 if wide else 2
            method = 0
            if version in (1, 2):
                method = self._unpack(b"iloc", ">H", at, end)[0] & 15
                at += 2
            if method not in (0, 1):  # in the file, in idat; 2 is within another item
                raise UnsupportedImage(f"the {self._form} has items within items, which no camera writes")
            self._unpack(b"iloc", ">H", at, end)
            base, at = self._integer(at + 2, base_size, end)
            (extents,) = self._unpack(b"iloc", ">H", at, end)
            at += 2
            found = []
            for _ in range(extents):
                self._count("extents", 1, MAX_EXTENTS)
                _, at = self._integer(at, index_size, end)
                offset, at = self._integer(at, offset_size, end)
                length, at = self._integer(at, length_size, end)
                self._count_read(length)
                found.append((base + offset, length))
            if item in self._extents:
                raise UnreadableImage(f"the {self._form} is damaged: item {item} is located twice")
            self._extents[item] = (method == 1, tuple(found))

    def _count_read(self, length: int) -> None:
        most = MAX_READ_TIMES * len(self._data)
        self._counts["read"] = self._counts.get("read", 0) + min(length or len(self._data), len(self._data))
        if self._counts["read"] > most:
            raise ImageTooLarge(
                f"the {self._form} has items of more than {MAX_READ_TIMES} times its bytes, which no camera writes"
            )

    def _integer(self, at: int, size: int, end: int) -> tuple[int, int]:
        """An integer of 0, 4 or 8 bytes, and where the content goes on."""
        if size not in (0, 4, 8) or at + size > end:
            raise self._damaged(b"iloc")
        return int.from_bytes(self._data[at : at + size], "big"), at + size

    def _item_references(self, start: int, end: int) -> None:
        version, _, at = self._full(b"iref", start, end)
        id_, size = ("I", 4) if version else ("H", 2)
        for kind, begin, stop in self._boxes(at, end, 2):
            source, count = self._unpack(kind, f">{id_}H", begin, stop)
            self._count("references", count, MAX_REFERENCES)
            targets = self._unpack(kind, f">{count}{id_}", begin + size + 2, stop)
            self._references.append((kind.decode("latin-1"), source, targets))

    def _item_properties(self, start: int, end: int) -> None:
        found: set[bytes] = set()
        for kind, begin, stop in self._boxes(start, end, 2):
            self._once(found, kind, b"ipco")
            if kind == b"ipco":
                for name, first, last in self._boxes(begin, stop, 3):
                    self._count("properties", 1, MAX_PROPERTIES)
                    self._properties.append((name.decode("latin-1"), first, last))
            elif kind == b"ipma":
                self._property_associations(begin, stop)

    def _property_associations(self, start: int, end: int) -> None:
        version, flags, at = self._full(b"ipma", start, end)
        (count,) = self._unpack(b"ipma", ">I", at, end)
        at += 4
        for _ in range(count):
            self._count("associated items", 1, MAX_ITEMS)
            item, properties = self._unpack(b"ipma", ">IB" if version else ">HB", at, end)
            at += 5 if version else 3
            self._count("associations of properties", properties, MAX_ASSOCIATIONS)
            found = self._unpack(b"ipma", f">{properties}{'H' if flags & 1 else 'B'}", at, end)
            at += properties * (2 if flags & 1 else 1)
            mask = 0x7FFF if flags & 1 else 0x7F
            if item in self._associations:
                raise UnreadableImage(f"the {self._form} is damaged: item {item} has its properties twice")
            self._associations[item] = [each & mask for each in found]

    def _items(self) -> dict[int, Item]:
        inputs: dict[int, tuple[int, ...]] = {}
        for kind, source, targets in self._references:
            if kind == "dimg":
                if source in inputs:
                    raise UnreadableImage(f"the {self._form} is damaged: item {source} is derived twice")
                inputs[source] = targets
        items = {}
        for item, (type_, hidden, content_type) in self._infos.items():
            self._deadline.check()
            if type_ in _REFUSED:
                raise UnsupportedImage(f"the {self._form} holds {CODECS[type_]} ({type_}), which no camera writes")
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
        """What the properties of an item say of it."""
        said: dict[str, Any] = {}
        transforms: list[Transform] = []
        for index in self._associations.get(item, ()):
            self._deadline.check()
            found = self._property(index)
            if isinstance(found, dict):
                # pixi says how many bits a sample has; a codec's configuration, which follows or precedes it, rules.
                said = {**found, **said} if self._properties[index - 1][0] == "pixi" else {**said, **found}
            elif found is not None:
                transforms.append(found)
        return {**said, "transforms": tuple(transforms)} if transforms else said

    def _property(self, index: int) -> Transform | dict[str, Any] | None:
        """What a property says; items share properties, so each is read once. None of one that is not known here."""
        if not 0 < index <= len(self._properties):
            return None
        kind, start, end = self._properties[index - 1]
        reader = _PROPERTIES.get(kind)
        if reader is not None and index not in self._said:
            found = reader(self._data[start:end])
            if found is None:
                raise self._damaged(kind.encode("latin-1"))
            self._said[index] = found
        return self._said.get(index)

    # What items are to each other

    def _check_graph(self, items: Mapping[int, Item]) -> None:
        """Refuse cycles, long derivations, and auxiliary images where no camera has them."""
        followed: dict[int, list[int]] = {item: list(each.inputs) for item, each in items.items()}
        for kind, source, targets in self._references:
            if kind != "auxl":
                continue
            for target in targets:
                self._deadline.check()
                master = items.get(target)
                if master is None:
                    continue
                if master.type in _DERIVED and master.type not in _AUXILIARY_OF:
                    raise UnsupportedImage(
                        f"the {self._form} has an auxiliary image of a derived one ({master.type}),"
                        " which no camera writes"
                    )
                followed[target].append(source)
        for item in items.values():
            if item.type == "iden":
                self._check_identity(items, item)
        self._check_cycles(followed)

    def _check_identity(self, items: Mapping[int, Item], item: Item) -> None:
        if len(item.inputs) != 1:
            raise UnreadableImage(f"the {self._form} is damaged: an identity has {len(item.inputs)} images, not one")
        source = items.get(item.inputs[0])
        if source is not None and source.type in ("iden", "tmap", "sato"):
            raise UnsupportedImage(f"the {self._form} has a chain of derived images, which no camera writes")

    def _check_cycles(self, followed: Mapping[int, list[int]]) -> None:
        """How deep each item's derivation goes, without recursion: an item is done when all that it needs is."""
        depth: dict[int, int] = {}
        for root in followed:
            if root in depth:
                continue
            # Each item on the way from the root, with what of its needs was not looked at yet.
            path = {root: iter(followed[root])}
            while path:
                self._deadline.check()
                item, rest = next(reversed(path.items()))
                needed = next((each for each in rest if each not in depth), None)
                if needed is None:
                    depth[item] = 1 + max((depth[each] for each in followed.get(item, ())), default=0)
                    self._check_depth(depth[item])
                    del path[item]
                elif needed in path:
                    raise UnsupportedImage(f"the {self._form} has an image that is derived from itself")
                else:
                    path[needed] = iter(followed.get(needed, ()))

    def _check_depth(self, depth: int) -> None:
        if depth > MAX_DERIVATIONS:
            raise UnsupportedImage(
                f"the {self._form} has images derived from each other more than {MAX_DERIVATIONS} deep,"
                " which no camera writes"
            )

    def _coded(self, items: Mapping[int, Item], primary: Item | None) -> Item | None:
        """The item with the codec: the primary one, or the first that it is derived from."""
        item = primary
        for _ in range(MAX_DERIVATIONS):
            if item is None or item.type not in _DERIVED:
                return item
            item = items.get(item.inputs[0]) if item.inputs else None
        return item

    def _alpha(self, items: Mapping[int, Item]) -> Item | None:
        for kind, source, targets in self._references:
            item = items.get(source)
            if kind == "auxl" and self._primary in targets and item is not None and item.auxiliary in _ALPHA_URNS:
                return item
        return None

    def _check_decoded(self, items: Mapping[int, Item], primary: Item, coded: Item, alpha: Item | None) -> None:
        """Hold what the decoder will take to the limits, and to the codec that it has."""
        if coded.type not in DECODED[self._form]:
            name = CODECS.get(coded.type, "an unknown codec")
            raise UnsupportedImage(f"the {self._form} holds {name} ({coded.type}), which is not read")
        for item in filter(None, (primary, alpha)):
            if item.size is not None:
                check_size(*item.size, self._limits)
            pixels = 0
            for each in item.inputs:
                self._deadline.check()
                tile = items.get(each)
                if tile is not None and tile.size is not None:
                    check_size(*tile.size, self._limits)
                    pixels += tile.size[0] * tile.size[1]
            if pixels > MAX_TILE_PIXELS_TIMES * self._limits.pixels:
                raise ImageTooLarge(
                    f"the {self._form} has {pixels:,} pixels in its tiles; the limit is"
                    f" {MAX_TILE_PIXELS_TIMES * self._limits.pixels:,} (twice limits.pixels)"
                )
            if item.type == "grid":
                self._check_grid(item)

    def _check_grid(self, grid: Item) -> None:
        """Section 6.6.2.3: as many tiles as rows times columns, and a size that the limits let in."""
        data = self._content(grid, 12)
        if len(data) < 8:  # noqa: PLR2004 - version, flags, rows - 1, columns - 1, width, height
            raise UnreadableImage(f"the {self._form} is damaged: its grid is cut off")
        rows, columns = data[2] + 1, data[3] + 1
        layout = ">II" if data[1] & 1 else ">HH"
        if len(data) < 4 + struct.calcsize(layout):
            raise UnreadableImage(f"the {self._form} is damaged: its grid is cut off")
        width, height = struct.unpack_from(layout, data, 4)
        if rows * columns != len(grid.inputs):
            raise UnreadableImage(
                f"the {self._form} is damaged: its grid of {columns} x {rows} has {len(grid.inputs)} tiles"
            )
        check_size(width, height, self._limits)

    def _content(self, item: Item, most: int) -> bytes:
        """The first bytes of an item."""
        base, end = self._idat if item.in_idat else (0, len(self._data))
        parts = bytearray()
        for offset, length in item.extents:
            self._deadline.check()
            start = base + offset
            stop = min(end, start + length if length else end, start + most - len(parts))
            parts += self._data[start:stop]
            if len(parts) >= most:
                break
        return bytes(parts)

    def _count_images(self, items: Mapping[int, Item]) -> int:
        parts = {each for item in items.values() for each in item.inputs}
        parts.update(source for kind, source, _ in self._references if kind in ("thmb", "auxl"))
        parts.discard(self._primary or 0)
        pictures = (*CODECS, *_DERIVED)
        return sum(
            item.type in pictures and item.type not in ("tmap", "sato") and not item.hidden and item.id not in parts
            for item in items.values()
        )

    def _exif(self, items: Mapping[int, Item]) -> bytes | None:
        for kind, source, targets in self._references:
            item = items.get(source)
            if kind == "cdsc" and self._primary in targets and item is not None and item.type == "Exif":
                return self._content(item, len(self._data))
        return None

    def _exif_blocks(self, items: Mapping[int, Item]) -> Iterator[bytes]:
        for item in items.values():
            if item.type == "Exif":
                self._count("items of EXIF", 1, MAX_EXIF_ITEMS)
                yield self._content(item, len(self._data))

    # Tracks: ISOBMFF, section 8.3

    def _track_meta(self, start: int, end: int) -> None:
        """The items of a track, as an animated AVIF has its EXIF; they are bounded together with all others."""
        inner = _Walk(self._data, self._form, self._limits, self._deadline)
        inner._counts = self._counts
        inner._meta(start, end)
        self._track_exif += inner._exif_blocks(inner._items())

    def _track(self, track: "_Track", start: int, end: int, depth: int) -> None:
        for kind, begin, stop in self._boxes(start, end, depth):
            if kind in _CONTAINERS:
                self._track(track, begin, stop, depth + 1)
            elif kind == b"meta":
                self._track_meta(begin, stop)
            elif kind == b"hdlr":
                _, _, at = self._full(kind, begin, stop)
                track.handler = self._data[at + 4 : at + 8]
            elif kind == b"tref":
                track.auxiliary = any(inner == b"auxl" for inner, _, _ in self._boxes(begin, stop, depth + 1))
            elif kind in _TRACK_BOXES:
                version, flags, at = self._full(kind, begin, stop)
                self._track_box(track, kind, (version, flags), at, stop)

    def _track_box(self, track: "_Track", kind: bytes, full: tuple[int, int], at: int, end: int) -> None:
        version, flags = full
        if kind == b"tkhd":
            (track.duration,) = self._unpack(kind, ">Q" if version else ">I", at + (24 if version else 16), end)
            at += 84 if version else 72
            width, height = self._unpack(kind, ">II", at, end)
            track.size = (width >> 16, height >> 16)  # of 16.16 fixed point
            track.forever = track.duration == (_FOREVER_64 if version else _FOREVER)
        elif kind == b"mdhd":
            layout = ">IQ" if version else ">II"
            track.timescale, track.media_duration = self._unpack(kind, layout, at + (16 if version else 8), end)
        elif kind == b"stsd":
            (entries,) = self._unpack(kind, ">I", at, end)
            self._count("sample descriptions", entries, MAX_PROPERTIES)
            track.codec = self._data[at + 8 : at + 12].decode("latin-1") if entries and at + 12 <= end else ""
        elif kind == b"stsz":
            size, count = self._unpack(kind, ">II", at, end)
            if (not size and at + 8 + 4 * count > end) or size * count > len(self._data):
                raise self._damaged(kind)
            self._count("pictures in its tracks", count, MAX_SAMPLES)
            track.samples = count
        elif kind == b"elst":
            (entries,) = self._unpack(kind, ">I", at, end)
            if entries == 1:
                (track.segment,) = self._unpack(kind, ">Q" if version else ">I", at + 4, end)
                track.repeats = bool(flags & 1)
            track.edited = track.edited or entries <= 1  # an empty list repeats nothing (Chromium 156)

    def _sequence(self) -> Sequence | None:
        pictures = [track for track in self._tracks if track.handler in (b"pict", b"vide") and not track.auxiliary]
        if not pictures:
            return None
        track = pictures[0]
        if track.codec not in DECODED[self._form] and self._primary is None:
            name = CODECS.get(track.codec, "an unknown codec")
            raise UnsupportedImage(f"the {self._form} holds {name} ({track.codec}), which is not read")
        if all(track.size):
            check_size(*track.size, self._limits)
        return Sequence(
            codec=track.codec,
            size=track.size,
            samples=track.samples,
            timescale=track.timescale,
            duration_ticks=track.media_duration,
            plays=track.plays,
            alpha=any(each.auxiliary for each in self._tracks),
        )


_TRACK_BOXES: Final = frozenset({b"tkhd", b"mdhd", b"stsd", b"stsz", b"elst"})


@dataclass(kw_only=True)
class _Track:
    """What is known of a track so far."""

    handler: bytes = b""
    auxiliary: bool = False
    codec: str = ""
    size: Size = (0, 0)
    samples: int = 0
    timescale: int = 0
    media_duration: int = 0
    duration: int = 0
    segment: int = 0
    forever: bool = False
    edited: bool = False
    repeats: bool = False

    @property
    def plays(self) -> int | None:
        """An edit list that repeats fills the track's duration: AVIF 1.1, section 9.1; as libavif reads it."""
        if not self.edited:
            return None
        if not self.repeats:
            return 1
        if self.forever or not self.segment:
            return 0
        return max(1, -(-self.duration // self.segment))


def _brands(box: bytes) -> tuple[str, ...]:
    """Major brand, a version, then the compatible brands."""
    return (
        box[:4].decode("latin-1"),
        *(box[start : start + 4].decode("latin-1") for start in range(8, len(box) - 3, 4)),
    )


# Properties: what each says of its item; None where it is cut off.


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


_PROPERTIES: Final[Mapping[str, Callable[[bytes], Transform | dict[str, Any] | None]]] = {
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
