"""The tracks of an AVIF or HEIC sequence, read from its `moov` box within bounds. No Pillow, no AWS."""

from dataclasses import dataclass
from typing import Final

from services.resize.bounds import check_size
from services.resize.formats.heif_boxes import BoxWalk
from services.resize.formats.heif_codecs import CODECS, DECODED
from services.resize.formats.heif_facts import Sequence
from services.resize.formats.heif_items import MAX_PROPERTIES, ItemWalk
from services.resize.scaling import Size
from services.resize.settings import Limits
from shared.errors import UnsupportedImage

# Section numbers are of ISOBMFF, ISO/IEC 14496-12:2022.

# Next to each bound: the largest number in 620 files of phones, cameras, encoders and conformance suites.
MAX_TRACKS: Final = 16  # 2
MAX_SAMPLES: Final = 100_000  # 408

# Boxes that contain only boxes, and those that begin with a version and flags: ISOBMFF.
_CONTAINERS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"iprp"})
_FOREVER: Final = 0xFFFFFFFF
_FOREVER_64: Final = 0xFFFFFFFFFFFFFFFF
_TRACK_BOXES: Final = frozenset({b"tkhd", b"mdhd", b"stsd", b"stsz", b"elst"})


@dataclass(kw_only=True)
class _Track:
    """What has been read of a track so far."""

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


class TrackWalk:
    """The tracks of one `moov` box: ISOBMFF, section 8.3.

    Args:
        walk: the walk over the boxes of the file.
        limits: the limits to stay within.
    """

    def __init__(self, walk: BoxWalk, limits: Limits) -> None:
        self._walk = walk
        self._limits = limits
        self._tracks: list[_Track] = []
        self.exif: list[bytes] = []

    @property
    def any(self) -> bool:
        """Whether there is a track."""
        return bool(self._tracks)

    def read(self, start: int, end: int) -> None:
        """Read a `moov` box, from the first byte of its content to its end."""
        for kind, begin, stop in self._walk.boxes(start, end, 1):
            if kind == b"meta":
                self._track_meta(begin, stop)
            if kind == b"trak":
                self._walk.count("tracks", 1, MAX_TRACKS)
                track = _Track()
                self._track(track, begin, stop, 2)
                self._tracks.append(track)

    def _track_meta(self, start: int, end: int) -> None:
        """The items of a track, where an animated AVIF has its EXIF; the bounds count them with all others."""
        inner = ItemWalk(self._walk)
        inner.read(start, end)
        self.exif += inner.exif_blocks(inner.items())

    def _track(self, track: _Track, start: int, end: int, depth: int) -> None:
        for kind, begin, stop in self._walk.boxes(start, end, depth):
            if kind in _CONTAINERS:
                self._track(track, begin, stop, depth + 1)
            elif kind == b"meta":
                self._track_meta(begin, stop)
            elif kind == b"hdlr":
                _, _, at = self._walk.full(kind, begin, stop)
                track.handler = self._walk.data[at + 4 : at + 8]
            elif kind == b"tref":
                track.auxiliary = any(inner == b"auxl" for inner, _, _ in self._walk.boxes(begin, stop, depth + 1))
            elif kind in _TRACK_BOXES:
                version, flags, at = self._walk.full(kind, begin, stop)
                self._track_box(track, kind, (version, flags), at, stop)

    def _track_box(self, track: _Track, kind: bytes, full: tuple[int, int], at: int, end: int) -> None:
        version, flags = full
        if kind == b"tkhd":
            (track.duration,) = self._walk.unpack(kind, ">Q" if version else ">I", at + (24 if version else 16), end)
            at += 84 if version else 72
            width, height = self._walk.unpack(kind, ">II", at, end)
            track.size = (width >> 16, height >> 16)  # of 16.16 fixed point
            track.forever = track.duration == (_FOREVER_64 if version else _FOREVER)
        elif kind == b"mdhd":
            layout = ">IQ" if version else ">II"
            track.timescale, track.media_duration = self._walk.unpack(kind, layout, at + (16 if version else 8), end)
        elif kind == b"stsd":
            (entries,) = self._walk.unpack(kind, ">I", at, end)
            self._walk.count("sample descriptions", entries, MAX_PROPERTIES)
            track.codec = self._walk.data[at + 8 : at + 12].decode("latin-1") if entries and at + 12 <= end else ""
        elif kind == b"stsz":
            size, count = self._walk.unpack(kind, ">II", at, end)
            if (not size and at + 8 + 4 * count > end) or size * count > len(self._walk.data):
                raise self._walk.damaged(kind)
            self._walk.count("pictures in its tracks", count, MAX_SAMPLES)
            track.samples = count
        elif kind == b"elst":
            (entries,) = self._walk.unpack(kind, ">I", at, end)
            if entries == 1:
                (track.segment,) = self._walk.unpack(kind, ">Q" if version else ">I", at + 4, end)
                track.repeats = bool(flags & 1)
            track.edited = track.edited or entries <= 1  # an empty list repeats nothing (Chromium 156)

    def sequence(self, *, has_still: bool) -> Sequence | None:
        """The first track of pictures; None for none.

        Args:
            has_still: whether an item is the picture, so that the track's codec does not matter.
        """
        pictures = [track for track in self._tracks if track.handler in (b"pict", b"vide") and not track.auxiliary]
        if not pictures:
            return None
        track = pictures[0]
        if track.codec not in DECODED[self._walk.form] and not has_still:
            name = CODECS.get(track.codec, "an unknown codec")
            raise UnsupportedImage(
                f"the {self._walk.form} has a track in {name} ({track.codec}), which is not supported"
            )
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
