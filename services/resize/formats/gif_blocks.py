"""The contents of a GIF's blocks: its canvas, its frames and how often they are shown. No Pillow, no AWS."""

import struct
from typing import Final

from services.resize.scaling import Size
from shared.deadline import NEVER, Deadline
from shared.light_dataclass import dataclass

# Offsets and flags are those of the GIF89a specification, https://www.w3.org/Graphics/GIF/spec-gif89a.txt
_HEADER_BYTES: Final = 13
_IMAGE: Final = 0x2C
_EXTENSION: Final = 0x21
_TRAILER: Final = 0x3B
_GRAPHIC_CONTROL: Final = 0xF9
_APPLICATION: Final = 0xFF
_IMAGE_BYTES: Final = 9
_HAS_TABLE: Final = 0x80
_INTERLACED: Final = 0x40
_HAS_TRANSPARENT: Final = 0x01
_CONTROL_BYTES: Final = 4
# Both state how often the frames are repeated: one block of id 1 and a 16-bit number.
_LOOPING: Final = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0"})
_LOOP_ID: Final = 1
_LOOP_BYTES: Final = 3
# A sub-block takes at least one byte; reading the clock takes about as long as skipping one.
_BLOCKS_PER_CHECK: Final = 1024


@dataclass(frozen=True, kw_only=True)
class GifFrame:
    """One image of a GIF.

    Args:
        at: (left, top) on the canvas, in pixels.
        size: (width, height) in pixels.
        palette: its own palette, or the shared one: 3 bytes per colour; None where there is neither.
        transparent: the transparent index; None for none.
        disposal: disposal method in the file, 0 to 7.
        duration_ms: how long it is shown.
        interlaced: whether its rows are stored in four passes.
        bits: minimum LZW code size: bits of a pixel.
        data: start and end of its sub-blocks in the file, terminator included.
        complete: whether the terminator is present.
    """

    at: Size
    size: Size
    palette: bytes | None
    transparent: int | None
    disposal: int
    duration_ms: int
    interlaced: bool
    bits: int
    data: tuple[int, int]
    complete: bool


@dataclass(frozen=True, kw_only=True)
class GifFacts:
    """The contents of a GIF's blocks.

    Args:
        size: (width, height) of the canvas in pixels, from the header; a side may be 0.
        frames: the frames in their order.
        plays: how often they are shown; 0 is forever.
        truncated: whether the file ends within a frame, which may be missing in `frames`.
    """

    size: Size
    frames: tuple[GifFrame, ...]
    plays: int
    truncated: bool


def read(data: bytes, deadline: Deadline = NEVER) -> GifFacts:
    """Read block by block up to the trailer or the end of the file.

    Args:
        data: the file, whose blocks have been counted; see structure_limits.check_gif.
        deadline: checked at every block.

    Raises:
        ImageTooSlow: the deadline is exceeded.
    """
    if len(data) < _HEADER_BYTES:
        return GifFacts(size=(0, 0), frames=(), plays=1, truncated=True)
    return _Walk(data, deadline).facts()


class _Walk:
    """Reads the blocks in the order of the file."""

    def __init__(self, data: bytes, deadline: Deadline) -> None:
        self._data = data
        self._deadline = deadline
        self._at = _HEADER_BYTES
        self._frames: list[GifFrame] = []
        self._plays = 1
        self._truncated = False
        self._control: tuple[int, int, int] | None = None  # flags, hundredths of a second, transparent index

    def facts(self) -> GifFacts:
        width, height, flags = struct.unpack_from("<HHB", self._data, 6)
        shared = self._table(flags)
        while self._at < len(self._data):
            self._deadline.check()
            kind = self._data[self._at]
            self._at += 1
            if kind == _TRAILER:
                break
            if kind == _EXTENSION:
                self._extension()
            elif kind == _IMAGE:
                self._image(shared)
            # Anything else is skipped, as decoders do.
        return GifFacts(size=(width, height), frames=tuple(self._frames), plays=self._plays, truncated=self._truncated)

    def _extension(self) -> None:
        label = self._data[self._at : self._at + 1]
        self._at += 1
        start = self._at
        blocks = self._skip()
        first = self._data[start + 1 : start + 1 + self._data[start]] if start < len(self._data) else b""
        if label == bytes([_GRAPHIC_CONTROL]) and len(first) >= _CONTROL_BYTES:
            self._control = struct.unpack_from("<BHB", first)
        elif label == bytes([_APPLICATION]) and first in _LOOPING and blocks:
            self._loop(start + 1 + len(first))

    def _loop(self, at: int) -> None:
        """Read the number of repetitions; where there are several, the last counts, as in browsers (Chromium 156)."""
        block = self._data[at + 1 : at + 1 + self._data[at]] if at < len(self._data) else b""
        if len(block) >= _LOOP_BYTES and block[0] == _LOOP_ID:
            (repeats,) = struct.unpack_from("<H", block, 1)
            self._plays = repeats + 1 if repeats else 0

    def _image(self, shared: bytes | None) -> None:
        head = self._data[self._at : self._at + _IMAGE_BYTES]
        self._at += _IMAGE_BYTES
        if len(head) < _IMAGE_BYTES:
            self._truncated = True
            return
        left, top, width, height, flags = struct.unpack("<4HB", head)
        palette = self._table(flags) or shared
        bits = self._data[self._at] if self._at < len(self._data) else 0
        self._at += 1
        start = self._at
        complete = self._skip() is not None
        self._truncated = self._truncated or not complete
        control, duration_cs, index = self._control or (0, 0, 0)
        self._control = None
        self._frames.append(
            GifFrame(
                at=(left, top),
                size=(width, height),
                palette=palette,
                transparent=index if control & _HAS_TRANSPARENT else None,
                disposal=control >> 2 & 7,
                duration_ms=10 * duration_cs,
                interlaced=bool(flags & _INTERLACED),
                bits=bits,
                data=(start, min(self._at, len(self._data))),
                complete=complete,
            )
        )

    def _table(self, flags: int) -> bytes | None:
        """The colour table at this position; None where there is none."""
        if not flags & _HAS_TABLE:
            return None
        length = 3 << (flags & 7) + 1
        table = self._data[self._at : self._at + length]
        self._at += length
        return table

    def _skip(self) -> int | None:
        """Skip the sub-blocks and their terminator; returns their number, or None where the file ends first."""
        data, at, blocks = self._data, self._at, 0
        while at < len(data):
            length = data[at]
            at += 1 + length
            if not length:
                self._at = at
                return blocks
            blocks += 1
            if not blocks % _BLOCKS_PER_CHECK:
                self._deadline.check()
        self._at = at
        return None
