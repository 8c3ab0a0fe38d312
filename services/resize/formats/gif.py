"""GIF, still and animated: its frames are decoded one by one and composited here. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PIL import Image

from services.resize.bounds import check_frames, check_size
from services.resize.formats import gif_blocks, gif_lzw
from services.resize.formats.compositing import Disposal, Patch, composited
from services.resize.formats.gif_blocks import GifFacts, GifFrame
from services.resize.formats.memory_cost import check_memory, cost
from services.resize.formats.pillow import decoder_errors
from services.resize.formats.source import Frame, OpenedImage
from services.resize.scaling import Size
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import UnreadableImage

# 4 is a bit that GIF89a reserves. Some encoders mean 3 by it, and Chromium 156 and Firefox read it so.
_DISPOSALS: Final[dict[int, Disposal]] = {2: "background", 3: "previous", 4: "previous"}
_COLOURS: Final = 256
_MAX_BITS: Final = 8


class GifSource(OpenedImage):
    """A GIF whose blocks have been read.

    Args:
        data: the file.
        facts: the contents of its blocks.
        size: (width, height) of the canvas, in pixels.
        limits: the limits that its frames must stay within.
        deadline: checked at every frame.
    """

    def __init__(self, data: bytes, facts: GifFacts, size: Size, limits: Limits, deadline: Deadline) -> None:
        super().__init__(
            format="GIF",
            stored_size=size,
            animated=len(facts.frames) > 1,
            plays=facts.plays,
            lossless=True,
        )
        self._data = data
        self._facts = facts
        self._limits = limits
        self._deadline = deadline

    def frames(self) -> Iterator[Frame]:
        """The canvas after each frame; see OpenedImage."""
        frames = self._facts.frames
        if len(frames) == 1 and frames[0].at == (0, 0) and frames[0].size == self.stored_size:
            yield Frame(image=_plain(self._patch(frames[0]).image, frames[0]), duration_ms=0)
            return
        for canvas, frame in zip(composited(self.stored_size, self._patches()), frames, strict=False):
            yield Frame(image=canvas, duration_ms=frame.duration_ms if self.animated else 0)

    def _patches(self) -> Iterator[Patch]:
        for count, frame in enumerate(self._facts.frames, start=1):
            self._deadline.check()
            try:
                patch = self._patch(frame)
            except UnreadableImage:
                if count == 1:
                    raise
                # The frames before it are complete, and browsers show them (Chromium 156).
                warning = f"of {len(self._facts.frames):,} frames the first {count - 1:,} could be read"
                self.warnings = (*self.warnings, warning)
                return
            yield patch

    def _patch(self, frame: GifFrame) -> Patch:
        disposal = _DISPOSALS.get(frame.disposal, "none")
        if frame.at[0] >= self.stored_size[0] or frame.at[1] >= self.stored_size[1] or 0 in frame.size:
            return Patch(image=Image.new("RGBA", (1, 1)), at=self.stored_size, disposal=disposal)
        return Patch(image=_coloured(self._indexes(frame), frame), at=frame.at, disposal=disposal)

    def _indexes(self, frame: GifFrame) -> Image.Image:
        """The palette indexes of a frame's pixels.

        Raises:
            UnreadableImage: some are missing or damaged.
        """
        self._deadline.check()
        if frame.bits > gif_lzw.MAX_BITS:
            raise UnreadableImage(
                f"a frame of the GIF has {frame.bits} bits per pixel; the limit is {gif_lzw.MAX_BITS}"
            )
        data = self._data[slice(*frame.data)]
        image = Image.new("P", frame.size)
        try:
            if frame.bits > _MAX_BITS:
                image.frombytes(
                    gif_lzw.indexes(data, frame.bits, frame.size, self._deadline.check, interlaced=frame.interlaced)
                )
            else:
                image.frombytes(data, "gif", (frame.bits, int(frame.interlaced), -1))
        except ValueError as error:
            if frame.complete:
                raise UnreadableImage("the pixels of a frame of the GIF are damaged or missing") from error
            raise UnreadableImage("the GIF is truncated: it ends within a frame") from error
        return image


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open a GIF; see opener.opened."""
    with decoder_errors(limits):
        facts = gif_blocks.read(data, deadline)
        if not facts.frames:
            raise UnreadableImage("the GIF is truncated: it ends before its first frame")
        size = _canvas(facts)
        if 0 in size:
            raise UnreadableImage(f"the GIF has a canvas of {size[0]} x {size[1]} px")
        check_size(*size, limits)
        for count, frame in enumerate(facts.frames, start=1):
            # A frame may be larger than the canvas, and is decoded whole.
            decoded = max(size[0], frame.size[0]), max(size[1], frame.size[1])
            check_size(*decoded, limits)
            # In memory: the indexes, their colours, and what a still becomes or an animation is composited on.
            check_memory(cost("GIF", decoded, "PA", animated=len(facts.frames) > 1), limits)
            check_frames(count, *decoded, limits)
        yield GifSource(data, facts, size, limits, deadline)


def _canvas(facts: GifFacts) -> Size:
    """(width, height) of the canvas: in browsers the first frame, and no other, may enlarge it (Chromium 156)."""
    first = facts.frames[0]
    return max(facts.size[0], first.at[0] + first.size[0]), max(facts.size[1], first.at[1] + first.size[1])


def _coloured(indexes: Image.Image, frame: GifFrame) -> Image.Image:
    """The frame as RGBA; an index beyond the palette is black, as in browsers (Chromium 156)."""
    colours = frame.palette or b""
    count = min(len(colours) // 3, _COLOURS)
    palette = bytearray(b"\0\0\0\xff" * _COLOURS)
    for channel in range(3):
        palette[channel : 4 * count : 4] = colours[channel : 3 * count : 3]
    if frame.transparent is not None:
        palette[4 * frame.transparent : 4 * frame.transparent + 4] = bytes(4)
    indexes.putpalette(bytes(palette), "RGBA")
    return indexes.convert("RGBA")


def _plain(image: Image.Image, frame: GifFrame) -> Image.Image:
    """An opaque still, as RGB, or as L where its palette is grey."""
    if image.getchannel("A").getextrema() != (255, 255):
        return image
    colours = frame.palette or b""
    is_grey = colours[0::3] == colours[1::3] == colours[2::3]
    return image.convert("L" if is_grey else "RGB")
