"""The contents of a HEIF or AVIF file, read before any decoder sees a byte of it. No Pillow, no AWS."""

from typing import Final

from services.resize.formats.heif_boxes import BoxWalk
from services.resize.formats.heif_facts import HeifFacts
from services.resize.formats.heif_graph import ItemGraph
from services.resize.formats.heif_items import ItemWalk
from services.resize.formats.heif_tracks import TrackWalk
from services.resize.settings import Limits
from shared.deadline import NEVER, Deadline
from shared.errors import UnreadableImage, UnsupportedImage

# pi_heif opens only items, not tracks.
_TRACKS_READ: Final = frozenset({"AVIF"})
_MAX_BRAND_BYTES: Final = 256


def read(data: bytes, form: str, limits: Limits, deadline: Deadline = NEVER) -> HeifFacts:
    """Walk the boxes of a file, and refuse what no decoder should see.

    Args:
        data: the file, which begins with `ftyp`.
        form: "HEIC" or "AVIF", which error texts name and which selects the decoder.
        limits: the limits to stay within.
        deadline: checked at every box and in every loop.

    Raises:
        UnsupportedImage: valid, but of an unsupported kind; the reason names it.
        UnreadableImage: the boxes are damaged.
        ImageTooLarge: a bound or a limit is exceeded.
        ImageTooSlow: the deadline is exceeded.
    """
    walk = BoxWalk(data, form, deadline)
    found, tracks = ItemWalk(walk), TrackWalk(walk, limits)
    kinds = _read_top(walk, found, tracks)
    if b"meta" not in kinds and b"moov" not in kinds:
        if b"mini" in kinds:
            raise UnsupportedImage(f"the {form} is in its low-overhead form (a mini box), which is not supported")
        raise UnreadableImage(f"the {form} is damaged: it has neither a meta nor a moov box")
    items = found.items()
    primary = items.get(found.primary) if found.primary is not None else None
    if found.infos and primary is None and not tracks.any:
        raise UnreadableImage(f"the {form} is damaged: it has no primary item")
    graph = ItemGraph(walk, found, items, limits)
    graph.check()
    coded = graph.coded(primary)
    alpha = graph.alpha()
    if primary is not None and coded is not None:
        graph.check_decoded(primary, coded, alpha)
    sequence = tracks.sequence(has_still=found.primary is not None)
    if primary is None and sequence is None:
        raise UnreadableImage(f"the {form} is damaged: it has no picture")
    if primary is None and sequence is not None and form not in _TRACKS_READ:
        raise UnsupportedImage(
            f"the {form} is a sequence of {sequence.samples:,} pictures without a still, which is not supported"
        )
    return HeifFacts(
        brands=walk.brands,
        items=items,
        primary=primary,
        coded=coded,
        alpha=alpha,
        sequence=sequence,
        images=graph.count_images(),
        exif=graph.exif(),
        exif_blocks=(*found.exif_blocks(items), *tracks.exif),
    )


def _read_top(walk: BoxWalk, found: ItemWalk, tracks: TrackWalk) -> set[bytes]:
    """Read the boxes of the file; returns the kinds found."""
    kinds: set[bytes] = set()
    for kind, start, end in walk.boxes(0, len(walk.data), 0, top=True):
        walk.once(kinds, kind, b"meta", b"moov")
        if kind == b"ftyp":
            walk.brands = _brands(walk.data[start : min(end, start + _MAX_BRAND_BYTES)])
        elif kind == b"meta":
            found.read(start, end)
        elif kind == b"moov":
            tracks.read(start, end)
    return kinds


def _brands(box: bytes) -> tuple[str, ...]:
    """Major brand, a version, then the compatible brands."""
    return (
        box[:4].decode("latin-1"),
        *(box[start : start + 4].decode("latin-1") for start in range(8, len(box) - 3, 4)),
    )
