"""The frames of an APNG: read from its chunks, decoded one by one and composited here. No AWS."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import field
from typing import Final

from PIL import Image

from services.resize.bounds import check_frames
from services.resize.colour import workable
from services.resize.formats.compositing import Disposal, Patch, composited, whole_milliseconds
from services.resize.formats.pillow import PillowSource
from services.resize.formats.png_chunks import SIGNATURE_BYTES, Chunk, chunks
from services.resize.formats.png_inflate import inflated
from services.resize.formats.source import Frame
from services.resize.scaling import Size
from shared.deadline import Deadline, WatchedBytes
from shared.errors import PipelineError
from shared.light_dataclass import dataclass

# Layouts of IHDR, acTL, fcTL and fdAT: https://www.w3.org/TR/png-3/#apng-frame-based-animation
_HEADER_BYTES: Final = 13
_CONTROL_BYTES: Final = 26
_SEQUENCE_BYTES: Final = 4
_DISPOSALS: Final[tuple[Disposal, ...]] = ("none", "background", "previous")
_BLENDS: Final = 2
# Maximum of a four-byte number of a PNG: https://www.w3.org/TR/png-3/#7Integers-and-byte-order
_MAX_NUMBER: Final = 2**31 - 1
# A denominator of 0 means hundredths of a second.
_USUAL_PARTS: Final = 100
_ANIMATION: Final = frozenset({b"acTL", b"fcTL", b"fdAT"})
# Chunks that a frame's own PNG needs besides its pixels.
_SHARED: Final = frozenset({b"PLTE", b"tRNS"})


@dataclass(frozen=True, kw_only=True)
class ApngFrame:
    """One frame, as its fcTL describes it.

    Args:
        at: (left, top) on the canvas, in pixels.
        size: (width, height) in pixels.
        duration_ms: how long it is shown.
        disposal: what happens to its rectangle afterwards.
        over: whether it is blended over the canvas; otherwise it replaces its rectangle.
        default: whether its pixels are the default image, for programs without animation.
        spans: offsets of its deflated pixels in the file: start and end of each piece.
    """

    at: Size
    size: Size
    duration_ms: float
    disposal: Disposal
    over: bool
    default: bool
    spans: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Apng:
    """An animation, as its chunks describe it.

    Args:
        size: (width, height) of the canvas, in pixels.
        frames: the frames in their order, up to the first damaged one.
        claimed: number of frames that acTL claims.
        plays: how often they are shown; 0 is forever.
        header: body of IHDR.
        shared: the chunks that the pixels of every frame need, as stored in the file.
        data: the file.
        still: the file without its animation.
    """

    size: Size
    frames: tuple[ApngFrame, ...]
    claimed: int
    plays: int
    header: bytes
    shared: bytes
    data: bytes
    still: bytes


class ApngSource(PillowSource):
    """A PNG that Pillow has opened; its animation, where it has one, is composited here."""

    animation: Apng | None = None

    def frames(self) -> Iterator[Frame]:
        """The picture, or the canvas after each frame; see OpenedImage."""
        apng = self.animation
        if apng is None:
            yield from super().frames()
            return
        shown = 0
        durations = whole_milliseconds(frame.duration_ms for frame in apng.frames)
        for canvas, duration_ms in zip(composited(apng.size, self._patches(apng)), durations, strict=False):
            shown += 1
            yield Frame(image=canvas, duration_ms=duration_ms if self.animated else 0)
        # A damaged frame ends the animation; where there was none before it, the default image, for programs without
        # animation, is shown. https://www.w3.org/TR/png-3/#apng-frame-based-animation
        if shown < apng.claimed:
            self.warnings = (*self.warnings, f"of {apng.claimed:,} frames the first {shown:,} could be read")
        if not shown:
            yield Frame(image=self._still(), duration_ms=0)

    def _patches(self, apng: Apng) -> Iterator[Patch]:
        for count, frame in enumerate(apng.frames, start=1):
            self._deadline.check()
            check_frames(count, *apng.size, self._limits)
            try:
                image = self._still() if frame.default else self._decoded(apng, frame)
            except (PipelineError, MemoryError):
                raise
            except Exception:  # noqa: BLE001 - decoders raise anything
                return
            yield Patch(image=image, at=frame.at, disposal=frame.disposal, over=frame.over)

    def _still(self) -> Image.Image:
        self._image.load()
        return workable(self._image, self.bits).convert("RGBA")

    def _decoded(self, apng: Apng, frame: ApngFrame) -> Image.Image:
        """The pixels of a frame, decoded from a PNG built for it."""
        parts = [
            apng.data[:SIGNATURE_BYTES],
            _chunk(b"IHDR", struct.pack(">II", *frame.size) + apng.header[8:]),
            apng.shared,
            _chunk(b"IDAT", b"".join([apng.data[start:end] for start, end in frame.spans])),
            _chunk(b"IEND", b""),
        ]
        data = b"".join(parts)
        with Image.open(WatchedBytes(data, self._deadline), formats=("PNG",)) as image:
            if inflated(image, checked=False):  # the checksums of its chunks are right; see png.py
                return workable(image, self.bits).convert("RGBA")
        # Pillow alone decides which other damage a frame may have.
        with Image.open(WatchedBytes(data, self._deadline), formats=("PNG",)) as image:
            image.load()
            return workable(image, self.bits).convert("RGBA")


def read(data: bytes, deadline: Deadline) -> Apng | None:
    """The animation that the chunks describe; None where there is none.

    Args:
        data: a PNG, whose chunks have been counted; see structure_limits.check_png.
        deadline: checked at every chunk.

    Raises:
        ImageTooSlow: the deadline is exceeded.
    """
    walk = _Walk(data)
    for chunk in chunks(data):
        deadline.check()
        if not walk.takes(chunk):
            break
    return walk.apng()


class _Walk:
    """Reads the chunks in the order of the file; an invalid frame ends the animation."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._header = b""
        self._claimed = 0
        self._plays = 0
        self._shared: list[bytes] = []
        self._frames: list[ApngFrame] = []
        self._sequence = 0
        self._has_pixels = False

    def takes(self, chunk: Chunk) -> bool:
        """Process a chunk; returns whether to go on."""
        if chunk.name == b"IHDR":
            self._header = self._body(chunk)
            return len(self._header) == _HEADER_BYTES
        if chunk.name == b"acTL":
            return self._has_pixels or self._count(self._body(chunk))
        if chunk.name in _SHARED:
            if not self._has_pixels:
                self._shared.append(self._data[chunk.start : chunk.end])
            return True
        if chunk.name not in {b"IDAT", b"fcTL", b"fdAT"}:
            return True
        if chunk.name == b"IDAT" and not self._claimed:
            return False
        return self._frame(chunk)

    def _frame(self, chunk: Chunk) -> bool:
        if chunk.name == b"fcTL":
            return self._control(chunk, self._body(chunk))
        if chunk.name == b"fdAT":
            return self._pixels(chunk)
        self._has_pixels = True
        if self._frames:
            self._frames[0].spans.append((chunk.body, chunk.end - 4))
        return True

    def _body(self, chunk: Chunk) -> bytes:
        return self._data[chunk.body : chunk.end - 4]

    def _count(self, body: bytes) -> bool:
        if len(body) >= 8:  # noqa: PLR2004 - two numbers
            frames, plays = struct.unpack_from(">II", body)
            if max(frames, plays) <= _MAX_NUMBER:  # else there is no animation, as in browsers (Chromium 156)
                self._claimed, self._plays = frames, plays
        return True

    def apng(self) -> Apng | None:
        while self._frames and not self._frames[-1].spans:  # a frame without pixels
            self._frames.pop()
        if not self._claimed or not self._has_pixels:
            return None
        return Apng(
            size=struct.unpack_from(">II", self._header),
            frames=tuple(self._frames),
            claimed=self._claimed,
            plays=self._plays,
            header=self._header,
            shared=b"".join(self._shared),
            data=self._data,
            still=_without_animation(self._data),
        )

    def _control(self, chunk: Chunk, body: bytes) -> bool:
        if len(body) != _CONTROL_BYTES or not _is_whole(self._data, chunk):
            return False
        if self._frames and not self._frames[-1].spans and not self._frames[-1].default:
            self._frames.pop()  # browsers skip a frame without pixels (Chromium 156)
        sequence, width, height, left, top, delay, parts, disposal, blend = struct.unpack(">5I2H2B", body)
        canvas = struct.unpack_from(">II", self._header)
        default = not self._has_pixels
        if (
            sequence != self._sequence
            or (self._has_pixels and len(self._frames) >= self._claimed)
            or (self._frames and not self._frames[-1].spans)
            or not (width and height)
            or left + width > canvas[0]
            or top + height > canvas[1]
            or (default and (width, height) != canvas)
            or disposal >= len(_DISPOSALS)
            or blend >= _BLENDS
        ):
            return False
        self._sequence += 1
        self._frames.append(
            ApngFrame(
                at=(left, top),
                size=(width, height),
                duration_ms=1000 * delay / (parts or _USUAL_PARTS),
                disposal=_DISPOSALS[disposal],
                over=blend == 1,
                default=default,
            )
        )
        return True

    def _pixels(self, chunk: Chunk) -> bool:
        start, end = chunk.body + _SEQUENCE_BYTES, chunk.end - 4
        if start > end or not self._frames or self._frames[-1].default:
            return False
        (sequence,) = struct.unpack_from(">I", self._data, chunk.body)
        if sequence != self._sequence or not _is_whole(self._data, chunk):
            return False
        self._sequence += 1
        self._frames[-1].spans.append((start, end))
        return True


def _without_animation(data: bytes) -> bytes:
    kept = [(0, SIGNATURE_BYTES)]
    at = SIGNATURE_BYTES
    for chunk in chunks(data):
        at = chunk.end
        if chunk.name not in _ANIMATION:
            kept.append((chunk.start, chunk.end))
    kept.append((at, len(data)))  # left to the decoder, which reports what is damaged in it
    view = memoryview(data)
    return b"".join(view[start:end] for start, end in kept)


def _is_whole(data: bytes, chunk: Chunk) -> bool:
    """Whether the chunk's checksum is right."""
    computed = zlib.crc32(memoryview(data)[chunk.body - 4 : chunk.end - 4])
    return computed == int.from_bytes(data[chunk.end - 4 : chunk.end], "big")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
