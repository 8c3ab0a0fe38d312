"""How the items of a HEIF or AVIF file refer to each other, with checks of the references. No Pillow, no AWS."""

import struct
from collections.abc import Mapping
from typing import Final

from services.resize.bounds import check_size
from services.resize.formats.heif_boxes import BoxWalk
from services.resize.formats.heif_codecs import CODECS, DECODED
from services.resize.formats.heif_facts import Item
from services.resize.formats.heif_items import ItemWalk
from services.resize.settings import Limits
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage

# Section numbers without a name are of HEIF, ISO/IEC 23008-12:2022; "ISOBMFF" is ISO/IEC 14496-12:2022.

# tmap -> grid -> tile, and perhaps an identity between them.
MAX_DERIVATIONS: Final = 4
# Tiles at the right and at the bottom extend beyond the picture's edge; more than that would be decoded for nothing.
MAX_TILE_PIXELS_TIMES: Final = 2

_DERIVED: Final = frozenset({"grid", "iden", "iovl", "tmap", "sato"})
# Images that may have auxiliary ones: coded images, and phones' grids with their depth and gain maps.
_AUXILIARY_OF: Final = frozenset({"grid", "tmap", "sato"})

_ALPHA_URNS: Final = frozenset(
    {"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", "urn:mpeg:hevc:2015:auxid:1", "urn:mpeg:avc:2015:auxid:1"}
)


class ItemGraph:
    """The items of one file with their references to each other.

    Args:
        walk: the walk over the boxes of the file.
        found: the items in its `meta` box.
        items: the items, by their ids.
        limits: the limits to stay within.
    """

    def __init__(self, walk: BoxWalk, found: ItemWalk, items: Mapping[int, Item], limits: Limits) -> None:
        self._walk = walk
        self._found = found
        self._items = items
        self._limits = limits

    def check(self) -> None:
        """Refuse cycles, long derivations, and auxiliary images where no camera has them."""
        followed: dict[int, list[int]] = {item: list(each.inputs) for item, each in self._items.items()}
        for kind, source, targets in self._found.references:
            if kind != "auxl":
                continue
            for target in targets:
                self._walk.deadline.check()
                master = self._items.get(target)
                if master is None:
                    continue
                if master.type in _DERIVED and master.type not in _AUXILIARY_OF:
                    raise UnsupportedImage(
                        f"the {self._walk.form} has an auxiliary image of a derived one ({master.type}),"
                        " which no camera writes"
                    )
                followed[target].append(source)
        for item in self._items.values():
            if item.type == "iden":
                self._check_identity(item)
        self._check_cycles(followed)

    def _check_identity(self, item: Item) -> None:
        if len(item.inputs) != 1:
            raise UnreadableImage(
                f"the {self._walk.form} is damaged: an identity has {len(item.inputs)} images, not one"
            )
        source = self._items.get(item.inputs[0])
        if source is not None and source.type in ("iden", "tmap", "sato"):
            raise UnsupportedImage(f"the {self._walk.form} has a chain of derived images, which no camera writes")

    def _check_cycles(self, followed: Mapping[int, list[int]]) -> None:
        """How deep each item's derivation goes, without recursion: an item is done when all that it needs is."""
        depth: dict[int, int] = {}
        for root in followed:
            if root in depth:
                continue
            # Each item on the way from the root, with its inputs that were not checked yet.
            path = {root: iter(followed[root])}
            while path:
                self._walk.deadline.check()
                item, rest = next(reversed(path.items()))
                needed = next((each for each in rest if each not in depth), None)
                if needed is None:
                    depth[item] = 1 + max((depth[each] for each in followed.get(item, ())), default=0)
                    self._check_depth(depth[item])
                    del path[item]
                elif needed in path:
                    raise UnsupportedImage(f"the {self._walk.form} has an image that is derived from itself")
                else:
                    path[needed] = iter(followed.get(needed, ()))

    def _check_depth(self, depth: int) -> None:
        if depth > MAX_DERIVATIONS:
            raise UnsupportedImage(
                f"the {self._walk.form} has images derived from each other more than {MAX_DERIVATIONS} deep,"
                " which no camera writes"
            )

    def coded(self, primary: Item | None) -> Item | None:
        """The item with the codec: the primary one, or the first from which it is derived."""
        item = primary
        for _ in range(MAX_DERIVATIONS):
            if item is None or item.type not in _DERIVED:
                return item
            item = self._items.get(item.inputs[0]) if item.inputs else None
        return item

    def alpha(self) -> Item | None:
        """The auxiliary item that is the primary one's alpha; None for none."""
        for kind, source, targets in self._found.references:
            item = self._items.get(source)
            if kind == "auxl" and self._found.primary in targets and item is not None and item.auxiliary in _ALPHA_URNS:
                return item
        return None

    def check_decoded(self, primary: Item, coded: Item, alpha: Item | None) -> None:
        """Check what the decoder will read against the limits and against its codec."""
        if any(kind == "pred" and source == primary.id for kind, source, _ in self._found.references):
            # libheif 1.23 shows the other picture in its place.
            raise UnsupportedImage(f"the {self._walk.form} has a picture that is predicted from another one (pred)")
        if coded.type not in DECODED[self._walk.form]:
            name = CODECS.get(coded.type, "an unknown codec")
            raise UnsupportedImage(
                f"the {self._walk.form} has pictures in {name} ({coded.type}), which is not supported"
            )
        for item in filter(None, (primary, alpha)):
            if item.size is not None:
                check_size(*item.size, self._limits)
            pixels = 0
            for each in item.inputs:
                self._walk.deadline.check()
                tile = self._items.get(each)
                if tile is not None and tile.size is not None:
                    check_size(*tile.size, self._limits)
                    pixels += tile.size[0] * tile.size[1]
            if pixels > MAX_TILE_PIXELS_TIMES * self._limits.pixels:
                raise ImageTooLarge(
                    f"the {self._walk.form} has {pixels:,} pixels in its tiles; the limit is"
                    f" {MAX_TILE_PIXELS_TIMES * self._limits.pixels:,} (twice limits.pixels)"
                )
            if item.type == "grid":
                self._check_grid(item)

    def _check_grid(self, grid: Item) -> None:
        """Section 6.6.2.3: as many tiles as rows times columns, and a size within the limits."""
        data = self._found.content(grid, 12)
        if len(data) < 8:  # noqa: PLR2004 - version, flags, rows - 1, columns - 1, width, height
            raise UnreadableImage(f"the {self._walk.form} is damaged: its grid is truncated")
        rows, columns = data[2] + 1, data[3] + 1
        layout = ">II" if data[1] & 1 else ">HH"
        if len(data) < 4 + struct.calcsize(layout):
            raise UnreadableImage(f"the {self._walk.form} is damaged: its grid is truncated")
        width, height = struct.unpack_from(layout, data, 4)
        if rows * columns != len(grid.inputs):
            raise UnreadableImage(
                f"the {self._walk.form} is damaged: its grid of {columns} x {rows} has {len(grid.inputs)} tiles"
            )
        check_size(width, height, self._limits)

    def count_images(self) -> int:
        """Number of independent pictures, without tiles, thumbnails and auxiliary images."""
        parts = {each for item in self._items.values() for each in item.inputs}
        parts.update(source for kind, source, _ in self._found.references if kind in ("thmb", "auxl"))
        parts.discard(self._found.primary or 0)
        pictures = (*CODECS, *_DERIVED)
        return sum(
            item.type in pictures and item.type not in ("tmap", "sato") and not item.hidden and item.id not in parts
            for item in self._items.values()
        )

    def exif(self) -> bytes | None:
        """The bytes of the EXIF item that describes the primary one; None for none."""
        for kind, source, targets in self._found.references:
            item = self._items.get(source)
            if kind == "cdsc" and self._found.primary in targets and item is not None and item.type == "Exif":
                return self._found.content(item, len(self._walk.data))
        return None
