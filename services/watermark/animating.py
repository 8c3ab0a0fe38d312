"""Frames to an animated file: every frame stays one, shown as long as it was, equal ones too. No AWS.

Pillow's writers join frames that look alike, and its GIF writer gives every frame a palette. So the containers are
written here, and Pillow encodes what is in them.
"""

import io
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final

from PIL import GifImagePlugin, Image, ImageChops

from shared.messages import Animation

Box = tuple[int, int, int, int]

# What 16 bits hold; an APNG has 32 for it.
_MOST_PLAYS: Final = 65_535

# Of a paletted frame, the colour that is transparent.
GIF_CLEAR: Final = 255
_GIF_KEEP: Final = 1
_GIF_RESTORE_BACKGROUND: Final = 2
_GIF_LONGEST_CS: Final = 65_535

# A delay is a fraction of two 16-bit numbers. https://www.w3.org/TR/png-3/#fcTL-chunk
_PNG_LARGEST: Final = 65_535
_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"

# Durations have 24 bits. https://developers.google.com/speed/webp/docs/riff_container
_WEBP_LONGEST_MS: Final = 2**24 - 1
_WEBP_DISPOSE: Final = 1
_WEBP_ANIMATION: Final = 0x02
_WEBP_EXIF: Final = 0x08
_WEBP_ALPHA: Final = 0x10


def gif(frames: Sequence[Image.Image], animation: Animation, said: Mapping[str, Any]) -> bytes:
    """Paletted frames as a GIF with one palette.

    What changes is all that is written of a frame. A frame after which something becomes transparent is cleared when
    its time is over, since a GIF's frames can only cover.

    Args:
        frames: of mode P and one palette, in which GIF_CLEAR is transparent.
        animation: how long each is shown, and how often all.
        said: what Pillow is to write beside the pixels, such as a comment.
    """
    # Once is what a GIF without the extension does, and the extension counts repetitions.
    loop = None if animation.plays == 1 else min(max(0, animation.plays - 1), _MOST_PLAYS)
    header, _ = GifImagePlugin.getheader(frames[0].copy(), info={"loop": loop, "duration": 1, **said})
    parts = list(header)
    canvas: Image.Image | None = None
    clear = Image.new("P", frames[0].size, GIF_CLEAR)
    for index, (frame, shown_cs) in enumerate(zip(frames, _centiseconds(animation.durations_ms), strict=True)):
        box = _changed(canvas, frame)
        clears = index + 1 < len(frames) and _vanishes(frame, frames[index + 1])
        if clears:
            box = _around(box, ImageChops.difference(frame, clear).getbbox(alpha_only=False))
        cut = frame.crop(box)
        cut.info = {}
        parts += GifImagePlugin.getdata(
            cut,
            box[:2],
            duration=10 * shown_cs,
            transparency=GIF_CLEAR,
            disposal=_GIF_RESTORE_BACKGROUND if clears else _GIF_KEEP,
        )
        canvas = clear if clears else frame
    return b"".join([*parts, b";"])


def png(frames: Sequence[Image.Image], animation: Animation, options: Mapping[str, Any]) -> bytes:
    """Frames as an APNG: what changes is all that is written of each.

    Args:
        frames: of any mode with an exact RGBA.
        animation: how long each is shown, and how often all.
        options: of Pillow's PNG encoder.
    """
    parts: list[bytes] = []
    sequence = 0
    before: Image.Image | None = None
    for frame, duration_ms in zip(frames, animation.durations_ms, strict=True):
        image = frame.convert("RGBA")
        box = _changed(before, image)
        chunks = list(_png_chunks(_saved(image.crop(box), "PNG", options)))
        pixels = b"".join(body for kind, body in chunks if kind == b"IDAT")
        if before is None:
            parts += [_png_chunk(kind, body) for kind, body in chunks if kind not in {b"IDAT", b"IEND"}]
            parts.append(_png_chunk(b"acTL", struct.pack(">II", len(frames), animation.plays)))
        left, top, right, bottom = box
        control = struct.pack(">5I2H2B", sequence, right - left, bottom - top, left, top, *_fraction(duration_ms), 0, 0)
        parts.append(_png_chunk(b"fcTL", control))
        sequence += 1
        if before is None:
            parts.append(_png_chunk(b"IDAT", pixels))
        else:
            parts.append(_png_chunk(b"fdAT", struct.pack(">I", sequence) + pixels))
            sequence += 1
        before = image
    return b"".join([_PNG_SIGNATURE, *parts, _png_chunk(b"IEND", b"")])


def webp(frames: Sequence[Image.Image], animation: Animation, options: Mapping[str, Any]) -> bytes:
    """Frames as a WebP; each that libwebp has joined to another comes back as one that shows nothing new.

    Args:
        frames: of any mode.
        animation: how long each is shown, and how often all.
        options: of Pillow's WebP encoder.
    """
    # With one millisecond a frame, a duration tells how many frames were joined.
    plays = min(animation.plays, _MOST_PLAYS)
    timed = {"save_all": True, "append_images": list(frames[1:]), "duration": 1, "loop": plays}
    data = _saved(frames[0], "WEBP", {**options, **timed})
    durations = iter(min(duration, _WEBP_LONGEST_MS) for duration in animation.durations_ms)
    written = list(_riff_chunks(data))
    if all(kind != b"ANMF" for kind, _ in written):
        written = _webp_animated(written, frames[0].size, len(frames), plays)
    chunks = []
    for kind, body in written:
        chunks += _webp_frames(body, durations) if kind == b"ANMF" else [(kind, body)]
    if len(chunks) > len(written):  # what shows nothing new is transparent
        kind, body = chunks[0]
        chunks[0] = (kind, bytes([body[0] | _WEBP_ALPHA]) + body[1:])
    packed = b"".join(_riff_chunk(kind, body) for kind, body in chunks)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(packed), b"WEBP") + packed


def _changed(before: Image.Image | None, frame: Image.Image) -> Box:
    """(left, top, right, bottom) of what is new, in pixels; a pixel at least, since no frame may be empty."""
    if before is None:
        return (0, 0, *frame.size)
    return ImageChops.difference(before, frame).getbbox(alpha_only=False) or (0, 0, 1, 1)


def _around(box: Box, other: Box | None) -> Box:
    if other is None:
        return box
    return min(box[0], other[0]), min(box[1], other[1]), max(box[2], other[2]), max(box[3], other[3])


def _vanishes(frame: Image.Image, following: Image.Image) -> bool:
    """Whether something that is seen becomes transparent."""
    here, then = (each.point(_IS_CLEAR, "L") for each in (frame, following))
    return ImageChops.subtract(then, here).getbbox() is not None


_IS_CLEAR: Final = [255 if index == GIF_CLEAR else 0 for index in range(256)]


def _centiseconds(durations_ms: Sequence[int]) -> Iterator[int]:
    """Durations in a GIF's unit, rounded so that the whole keeps its length."""
    ends = [round(end / 10) for end in accumulate(durations_ms, initial=0)]
    return (min(end - start, _GIF_LONGEST_CS) for start, end in pairwise(ends))


def _fraction(duration_ms: int) -> tuple[int, int]:
    """(delay, parts of a second) as an APNG has it."""
    for parts in (1000, 100, 10, 1):
        delay = round(duration_ms * parts / 1000)
        if delay <= _PNG_LARGEST:
            return delay, parts
    return _PNG_LARGEST, 1


def _saved(image: Image.Image, form: str, options: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_PNG_SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 12 + length


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _riff_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(body)) + body + b"\0" * (len(body) % 2)


def _webp_frames(body: bytes, durations: Iterator[int]) -> list[tuple[bytes, bytes]]:
    """One frame as libwebp gave it, and those that it joined to it, each with the duration that is its own.

    Args:
        body: of the ANMF chunk: offsets halved, sizes less one, the duration, the flags, then the picture.
        durations: of all frames, in milliseconds; as many are taken as were joined.
    """
    place, joined, flags, picture = body[:12], int.from_bytes(body[12:15], "little"), body[15], body[16:]
    frames = [(b"ANMF", place + _three(next(durations)) + bytes([flags]) + picture)]
    if joined > 1 and flags & _WEBP_DISPOSE:
        # The last of them must clear what the first has drawn, so it has its size.
        frames[0] = (b"ANMF", frames[0][1][:15] + bytes([flags & ~_WEBP_DISPOSE]) + picture)
        size = int.from_bytes(place[6:9], "little") + 1, int.from_bytes(place[9:12], "little") + 1
    else:
        size = (1, 1)
    nothing = _riff_chunk(*next(_riff_chunks(_saved(Image.new("RGBA", size), "WEBP", {"lossless": True, "method": 0}))))
    for index in range(1, joined):
        last = index == joined - 1
        head = place[:6] + _three(size[0] - 1) + _three(size[1] - 1) + _three(next(durations))
        frames.append((b"ANMF", head + bytes([flags & _WEBP_DISPOSE if last else 0]) + nothing))
    return frames


def _webp_animated(
    chunks: list[tuple[bytes, bytes]], size: tuple[int, int], joined: int, plays: int
) -> list[tuple[bytes, bytes]]:
    """A still, which is what libwebp makes of frames that are all equal, as an animation of one frame."""
    beside = [(kind, body) for kind, body in chunks if kind == b"EXIF"]
    picture = b"".join(_riff_chunk(kind, body) for kind, body in chunks if kind in {b"ALPH", b"VP8 ", b"VP8L"})
    sides = _three(size[0] - 1) + _three(size[1] - 1)
    return [
        (b"VP8X", bytes([_WEBP_ANIMATION | (_WEBP_EXIF if beside else 0), 0, 0, 0]) + sides),
        (b"ANIM", struct.pack("<IH", 0, plays)),
        (b"ANMF", b"\0" * 6 + sides + _three(joined) + b"\0" + picture),
        *beside,
    ]


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")
