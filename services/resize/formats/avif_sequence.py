"""Animations in an AVIF: files with a track of pictures. No AWS."""

from collections.abc import Iterator
from typing import Final

from services.resize.formats.compositing import whole_milliseconds
from services.resize.formats.heif_facts import Sequence
from services.resize.formats.pillow import PillowSource
from services.resize.formats.source import Frame

# More than this is forever: some writers set all 64 bits of a duration. 65,535 is also WebP's maximum.
_MAX_PLAYS: Final = 65_535
# Pillow returns durations in whole milliseconds.
_WITHIN_MS: Final = 1.0


class SequenceSource(PillowSource):
    """A file whose track, if it has one, Pillow decodes."""

    sequence: Sequence | None = None

    def frames(self) -> Iterator[Frame]:
        """The picture, or every frame of its track; see OpenedImage."""
        exact = whole_milliseconds(_repeated(self._mean_ms()))
        mean_ms = self._mean_ms()
        for frame in super().frames():
            duration_ms = next(exact)
            even = self.animated and abs(frame.duration_ms - mean_ms) < _WITHIN_MS
            yield Frame(image=frame.image, duration_ms=duration_ms) if even else frame

    def _mean_ms(self) -> float:
        """Duration of each frame where all have the same duration."""
        track = self.sequence
        if track is None or not (track.samples and track.timescale):
            return 0.0
        return 1000 * track.duration_ticks / track.timescale / track.samples


def plays(sequence: Sequence) -> int:
    """How often the frames are shown; 0 is forever, as in browsers where the file does not state it (Chromium 156).

    Args:
        sequence: the track.
    """
    return 0 if sequence.plays is None or sequence.plays > _MAX_PLAYS else sequence.plays


def _repeated(duration_ms: float) -> Iterator[float]:
    while True:
        yield duration_ms
