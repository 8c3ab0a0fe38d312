"""AVIF. No AWS."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from PIL import Image

from services.resize.colour_codes import ColourEncoding
from services.resize.formats import avif_sequence
from services.resize.formats.avif_patches import patched
from services.resize.formats.avif_rounding import missing
from services.resize.formats.heif_brands import with_major_brand
from services.resize.formats.heif_exif import with_readable_exif
from services.resize.formats.heif_facts import HeifFacts
from services.resize.formats.heif_picture import encoding_of, shown
from services.resize.formats.heif_reader import read
from services.resize.formats.pillow import is_animated, opened_or_repaired, without_exif_bomb
from services.resize.formats.source import Frame, OpenedImage
from services.resize.formats.structure_limits import check_avif
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import UnsupportedImage

_BYTE_BITS: Final = 8

# YCbCr conversions that libavif 1.4 cannot undo: MatrixCoefficients of ITU-T H.273, table 4.
_UNREAD_MATRICES: Final[Mapping[int, str]] = {
    10: "BT.2020 constant luminance",
    11: "SMPTE ST 2085",
    13: "chromaticity-derived constant luminance",
    14: "ICtCp",
}


class AvifSource(avif_sequence.SequenceSource):
    """An AVIF: its decoder neither crops nor rotates what it decodes.

    Args:
        image: the image as Pillow opened it.
        facts: the contents of its boxes.
        data: the file.
        limits: the limits that its frames must stay within.
        deadline: checked at every frame.
    """

    def __init__(self, image: Image.Image, facts: HeifFacts, data: bytes, limits: Limits, deadline: Deadline) -> None:
        track = facts.sequence if is_animated(image) else None
        look = shown(image.size, facts.primary.transforms if facts.primary is not None else ())
        super().__init__(
            image,
            "AVIF",
            limits,
            deadline,
            orientation=look.orientation,
            animated=track is not None,
            plays=0 if track is None else avif_sequence.plays(track),
            encoding=_as_decoded(encoding_of(facts, data, has_profile="icc_profile" in image.info), facts),
        )
        self.sequence = track
        self._crop = look.crop
        self.stored_size = (look.crop[2] - look.crop[0], look.crop[3] - look.crop[1])

    def frames(self) -> Iterator[Frame]:
        """The decoded frames, cropped to what is shown of them; see OpenedImage."""
        for frame in super().frames():
            whole = frame.image.size == self.stored_size
            yield frame if whole else replace(frame, image=frame.image.crop(self._crop))


def _as_decoded(encoding: ColourEncoding | None, facts: HeifFacts) -> ColourEncoding | None:
    """The encoding, of HDR with what its decoder leaves out of the samples."""
    coded = facts.coded
    if encoding is None or not encoding.hdr or coded is None or coded.nclx is None:
        return encoding
    return replace(encoding, missing=missing(coded.bits or _BYTE_BITS, coded.nclx))


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open an AVIF; see opener.opened."""
    facts = read(data, "AVIF", limits, deadline)
    codes = facts.coded.nclx if facts.coded is not None else None
    if codes is not None and codes.matrix in _UNREAD_MATRICES:
        raise UnsupportedImage(f"AVIF with colours in {_UNREAD_MATRICES[codes.matrix]} is not supported")

    def repaired(damaged: bytes) -> Iterator[bytes]:
        strict = patched(damaged)
        # An EXIF item may overlap the boxes, so the boxes of a repaired file are walked again before a decoder sees it.
        for candidate in (*([] if strict == damaged else [strict]), *with_readable_exif(strict)):
            check_avif(candidate, limits, deadline)
            yield candidate

    known = with_major_brand(data, "AVIF")
    with opened_or_repaired(known, "AVIF", "PIL.AvifImagePlugin", limits, deadline, repair=repaired) as image:
        yield AvifSource(without_exif_bomb(image), facts, data, limits, deadline)
