"""JPEG 2000: JP2, JPX and JPH files, and bare codestreams. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from services.resize.formats import jpeg2000_boxes
from services.resize.formats.jpeg2000_boxes import Boxes
from services.resize.formats.jpeg2000_codestream import read, with_counted_parts, with_samples_on_grid
from services.resize.formats.jpeg2000_colours import GREY, SRGB, SYCC, check_space, is_reordered, may_be_halved, picture
from services.resize.formats.memory_cost import Cost, check_memory, cost
from services.resize.formats.pillow import PillowSource, opened_image
from services.resize.formats.source import Frame, OpenedImage
from services.resize.scaling import Size
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import ImageTooLarge, UnreadableImage

# The first of a JP2 file's boxes, ISO/IEC 15444-1, I.5.1, and SOC and SIZ of a codestream, A.4.1.
FILE: Final = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
CODESTREAM: Final = b"\xff\x4f\xff\x51"

# Every tile costs the decoder its own structures, and time: 65,535 is what the format allows.
_MAX_TILES: Final = 16_384
# The same factor as for a JPEG; see jpeg.DECODED_AT_LEAST.
_DECODED_AT_LEAST: Final = 1.3
# OpenJPEG has four bytes for each sample, and twice that while it undoes the wavelets; Pillow has its picture as well.
_SAMPLE_BYTES: Final = 5
_WORD_BITS: Final = 16
_COLOURS: Final = 3
_BYTE_BITS: Final = 8


class Jpeg2000Source(PillowSource):
    """A JPEG 2000, which can be decoded cheaply at 1/2, 1/4, 1/8…, as many times as it has wavelet levels."""

    levels: int = 0
    depths: tuple[int, ...] = (_BYTE_BITS,) * 3
    boxes: Boxes = Boxes()
    ycc: bool = False
    _halvings: int = 0

    def reduce(self, size: Size) -> None:
        """Let it decode at a fraction that is still somewhat larger than this size; see OpenedImage."""
        gap = min(self.size[0] / (size[0] * _DECODED_AT_LEAST), self.size[1] / (size[1] * _DECODED_AT_LEAST))
        self._halvings = min(self.levels, max(0, int(gap).bit_length() - 1))

    def frames(self) -> Iterator[Frame]:
        """The picture; see OpenedImage."""
        check_memory(_cost(self.stored_size, self._halvings, len(self.depths), self._image.mode), self._limits)
        _halve(self._image, self._halvings)
        for frame in super().frames():
            image = picture(frame.image, self.depths, self.boxes, ycc=self.ycc)
            yield Frame(image=image, duration_ms=frame.duration_ms)


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open a JPEG 2000; see opener.opened."""
    start = data.find(CODESTREAM)
    if start < 0:
        raise UnreadableImage("the JPEG 2000 is damaged: it has no codestream")
    boxes = jpeg2000_boxes.read(data[:start])
    data = with_counted_parts(with_samples_on_grid(data, start), start)
    tiles, depths, levels, at_origin = read(data, start)
    # Pillow would convert its channels before they are in their order, and refuses indices of colours.
    ycc = boxes.space == SYCC and is_reordered(boxes)
    data = jpeg2000_boxes.samples_alone(data, boxes, GREY if len(depths) < _COLOURS else SRGB if ycc else None)
    if tiles > _MAX_TILES:
        raise ImageTooLarge(f"the JPEG 2000 has {tiles:,} tiles; the limit is {_MAX_TILES:,}")
    with opened_image(data, "JPEG2000", "PIL.Jpeg2KImagePlugin", limits, deadline) as image:
        # At less than full size, Pillow 13 refuses a picture that does not begin at the origin of its reference grid.
        levels = levels if at_origin and may_be_halved(boxes, image.mode) else 0
        check_memory(_cost(image.size, levels, len(depths), image.mode), limits)
        check_space(boxes, image.mode)
        image.info["icc_profile"] = boxes.profile
        # Pillow scales grey of more than 8 bits to 16.
        depth = _WORD_BITS if image.mode.startswith("I") else min(_BYTE_BITS, depths[0])
        source = Jpeg2000Source(image, "JPEG 2000", limits, deadline, bits=depth)
        source.reopened = partial(open_source, data, limits, deadline)
        source.levels, source.depths, source.boxes, source.ycc = levels, depths, boxes, ycc
        yield source


def _halve(image: Any, halvings: int) -> None:  # noqa: ANN401 - an image with the attributes of Pillow's plug-ins
    """Let Pillow decode a picture at a fraction of its size.

    Pillow 13's own way rounds the size to the nearest pixel, and fails where OpenJPEG rounds it up.
    """
    if halvings and image.tile:
        image._size = _halved(image.size, halvings)  # noqa: SLF001 - Pillow's decoder takes it from here
        codec, _, *others = image.tile[0].args
        image.tile = [image.tile[0]._replace(extents=(0, 0, *image.size), args=(codec, halvings, *others))]


def _halved(size: Size, halvings: int) -> Size:
    """The size after some halvings, rounded up: ISO/IEC 15444-1, B.5."""
    return -(-size[0] >> halvings), -(-size[1] >> halvings)


def _cost(size: Size, halvings: int, samples: int, mode: str) -> Cost:
    decoded = _halved(size, halvings)
    needed = decoded[0] * decoded[1] * samples * _SAMPLE_BYTES + cost("JPEG2000", decoded, mode).bytes
    return Cost(bytes=needed, picture=f"{size[0]} x {size[1]} px, {samples} channels")
