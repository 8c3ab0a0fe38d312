"""Frames to a WebP: every frame is kept with its duration, even if it equals the previous one. No AWS.

libwebp merges frames that look alike. So the container is written here, and Pillow encodes its contents.
"""

import io
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from PIL import Image

from shared.messages import Animation

_MAX_PLAYS: Final = 65_535

# Durations have 24 bits. https://developers.google.com/speed/webp/docs/riff_container
_MAX_DURATION_MS: Final = 2**24 - 1
_DISPOSE: Final = 1
_ANIMATION: Final = 0x02
# Chunks of metadata, and their flags.
_METADATA: Final = {b"EXIF": 0x08, b"XMP ": 0x04}
_ALPHA: Final = 0x10

# Measured with libwebp 1.6: for an animation without key frames, method 4 takes twice the time of 2 and saves up to a
# fifth. Without loss, 4 saves 1 % over 2 and takes up to three times as long.
_STILL_METHOD: Final = 2
_MOVING_METHOD: Final = 4
_LOSSLESS: Final[Mapping[str, Any]] = {"lossless": True, "quality": 60, "method": 2}
# Key frames serve seeking, and repeat all unchanged pixels. 0 makes none but the first.
_WITHOUT_KEY_FRAMES: Final[Mapping[str, Any]] = {"kmin": 0, "kmax": 0}
# A lossless file is preferred even if it is larger than the lossy one by this factor.
_LOSSLESS_FOR: Final = 1.25
_FEW_COLOURS: Final = 256
# Bytes per pixel below which nothing smaller is tried.
_SMALL: Final = 0.03
# From this many frames on, a twelfth of them predicts the ratio of lossless to lossy within 15 %, measured on
# 26 real GIFs. Between the two ratios below, all frames are encoded both ways.
_MIN_SAMPLED: Final = 12
_SAMPLED_PART: Final = 12
_SURELY_PREFERRED: Final = 1.1
_SURELY_LARGER: Final = 1.4


def webp(
    frames: Sequence[Image.Image],
    animation: Animation | None,
    metadata: Mapping[str, Any],
    *,
    quality: int,
    lossless: bool,
    required: bool,
) -> bytes:
    """Encode frames as a WebP.

    Args:
        frames: frames of any mode.
        animation: durations of the frames, and number of plays; None for a still.
        metadata: Pillow's options for the metadata.
        quality: 1 to 100.
        lossless: whether the source was lossless; then the file is lossless too, where that costs little.
        required: whether the file must be lossless.
    """
    exact = {**_LOSSLESS, **metadata}
    lossy = {"quality": quality, **metadata}
    if animation is None:
        return _still(frames[0], exact, lossy, lossless=lossless, required=required)
    exact |= _WITHOUT_KEY_FRAMES
    lossy |= {**_WITHOUT_KEY_FRAMES, "method": _MOVING_METHOD}
    if not lossless and not required:
        # Each frame takes whichever is smaller: flat art is smaller without loss.
        return _animated(frames, animation, {**lossy, "allow_mixed": True})
    if required:
        return _animated(frames, animation, exact)
    ratio = _predicted_ratio(frames, exact, lossy) if len(frames) >= _MIN_SAMPLED else None
    if ratio is not None and ratio > _SURELY_LARGER:
        return _animated(frames, animation, lossy)
    written = _animated(frames, animation, exact)
    is_small = len(written) < _small(frames)
    if is_small or (ratio is not None and ratio < _SURELY_PREFERRED):
        return written
    return _preferred(written, _animated(frames, animation, lossy))


def webp_original(data: bytes, metadata: Mapping[str, Any]) -> bytes:
    """Copy a lossless WebP and add the chunks of its metadata.

    Args:
        data: the file, with only the chunk VP8L.
        metadata: Pillow's options for the metadata.
    """
    if not metadata:
        return data
    ((kind, body),) = _riff_chunks(data)
    written = _riff_chunks(_saved(Image.new("RGB", (1, 1)), {**_LOSSLESS, **metadata}))
    others = [each for each in written if each[0] in _METADATA]
    # After a byte of signature: 14 bits of width - 1, 14 of height - 1, and one for alpha.
    # https://developers.google.com/speed/webp/docs/webp_lossless_bitstream_specification#3_riff_header
    facts = int.from_bytes(body[1:5], "little")
    flags = (_ALPHA if facts >> 28 & 1 else 0) | _flags(others)
    canvas = bytes([flags, 0, 0, 0]) + _uint24(facts & 0x3FFF) + _uint24(facts >> 14 & 0x3FFF)
    packed = b"".join(_riff_chunk(*each) for each in [(b"VP8X", canvas), (kind, body), *others])
    return struct.pack("<4sI4s", b"RIFF", 4 + len(packed), b"WEBP") + packed


def is_lossless(data: bytes) -> bool:
    """Whether a still WebP keeps all pixels.

    Args:
        data: the file.
    """
    return any(kind == b"VP8L" for kind, _ in _riff_chunks(data))


def _predicted_ratio(frames: Sequence[Image.Image], exact: Mapping[str, Any], lossy: Mapping[str, Any]) -> float | None:
    """Predicted ratio of lossless to lossy bytes, from frames in the middle; None where lossless is small enough."""
    changes = max(2, len(frames) // _SAMPLED_PART)
    middle = len(frames) // 2
    sample = frames[middle : middle + 1 + changes]
    timed = Animation(durations_ms=(1,) * len(sample))

    def predicted_bytes(options: Mapping[str, Any]) -> float:
        # The first frame is whole, the others are changes: scale the changes to the number of all frames.
        first = len(_saved(sample[0], options))
        return first + (len(_animated(sample, timed, options)) - first) * (len(frames) - 1) / changes

    without_loss = predicted_bytes(exact)
    return None if without_loss < _small(frames) else without_loss / predicted_bytes(lossy)


def _small(frames: Sequence[Image.Image]) -> float:
    return _SMALL * len(frames) * frames[0].width * frames[0].height


def _still(
    image: Image.Image, exact: Mapping[str, Any], lossy: Mapping[str, Any], *, lossless: bool, required: bool
) -> bytes:
    if required:
        return _saved(image, exact)
    lossily = partial(_saved, image, {**lossy, "method": _STILL_METHOD})
    return preferred(image, partial(_saved, image, exact), lossily) if lossless else lossily()


def preferred(image: Image.Image, exact: Callable[[], bytes], lossy: Callable[[], bytes]) -> bytes:
    """Of a picture with few colours the lossless file where that costs little, else the lossy one.

    Args:
        image: the picture.
        exact: encodes it without loss.
        lossy: encodes it with loss.
    """
    written = lossy()
    return written if image.getcolors(_FEW_COLOURS) is None else _preferred(exact(), written)


def _preferred(exact: bytes, lossy: bytes) -> bytes:
    return exact if len(exact) <= _LOSSLESS_FOR * len(lossy) else lossy


def _animated(frames: Sequence[Image.Image], animation: Animation, options: Mapping[str, Any]) -> bytes:
    """Frames as an animated WebP; a frame that libwebp has merged into another returns as one that shows nothing new.

    Args:
        frames: frames of any mode.
        animation: durations of the frames, and number of plays.
        options: options of Pillow's WebP encoder.
    """
    # With one millisecond per frame, a duration is the number of frames that were merged.
    plays = min(animation.plays, _MAX_PLAYS)
    timed = {"save_all": True, "append_images": list(frames[1:]), "duration": 1, "loop": plays}
    data = _saved(frames[0], {**options, **timed})
    durations = iter(min(duration, _MAX_DURATION_MS) for duration in animation.durations_ms)
    written = list(_riff_chunks(data))
    if all(kind != b"ANMF" for kind, _ in written):
        written = _as_animation(written, frames[0].size, len(frames), plays)
    chunks = []
    for kind, body in written:
        chunks += _split(body, durations) if kind == b"ANMF" else [(kind, body)]
    # A frame that shows nothing new is transparent.
    if len(chunks) > len(written) or _is_bare(written):
        kind, body = chunks[0]
        chunks[0] = (kind, bytes([body[0] | _ALPHA]) + body[1:])
    packed = b"".join(_riff_chunk(kind, body) for kind, body in chunks)
    return struct.pack("<4sI4s", b"RIFF", 4 + len(packed), b"WEBP") + packed


def _is_bare(chunks: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether the canvas may be seen, which is transparent: libwebp looks for alpha in the frames' own pixels alone."""
    canvas, frames = chunks[0][1], [body for kind, body in chunks if kind == b"ANMF"]
    return frames[0][:12] != bytes(6) + canvas[4:10] or any(body[15] & _DISPOSE for body in frames)


def _saved(image: Image.Image, options: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", **options)
    return buffer.getvalue()


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _riff_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(body)) + body + b"\0" * (len(body) % 2)


def _split(body: bytes, durations: Iterator[int]) -> list[tuple[bytes, bytes]]:
    """One frame as libwebp encoded it, and those merged into it, each with its own duration.

    Args:
        body: body of the ANMF chunk: offsets halved, sizes - 1, the duration, the flags, then the picture.
        durations: durations of all frames, in milliseconds; as many are consumed as were merged.
    """
    place, merged, flags, picture = body[:12], int.from_bytes(body[12:15], "little"), body[15], body[16:]
    frames = [(b"ANMF", place + _uint24(next(durations)) + bytes([flags]) + picture)]
    if merged > 1 and flags & _DISPOSE:
        # The last one must clear what the first has drawn, so it has its size.
        frames[0] = (b"ANMF", frames[0][1][:15] + bytes([flags & ~_DISPOSE]) + picture)
        size = int.from_bytes(place[6:9], "little") + 1, int.from_bytes(place[9:12], "little") + 1
    else:
        size = (1, 1)
    nothing = _riff_chunk(*next(_riff_chunks(_saved(Image.new("RGBA", size), {"lossless": True, "method": 0}))))
    for index in range(1, merged):
        last = index == merged - 1
        head = place[:6] + _uint24(size[0] - 1) + _uint24(size[1] - 1) + _uint24(next(durations))
        frames.append((b"ANMF", head + bytes([flags & _DISPOSE if last else 0]) + nothing))
    return frames


def _as_animation(
    chunks: list[tuple[bytes, bytes]], size: tuple[int, int], merged: int, plays: int
) -> list[tuple[bytes, bytes]]:
    """A still, which libwebp makes of frames that are all equal, as an animation of one frame."""
    beside = [(kind, body) for kind, body in chunks if kind in _METADATA]
    picture = b"".join(_riff_chunk(kind, body) for kind, body in chunks if kind in {b"ALPH", b"VP8 ", b"VP8L"})
    sides = _uint24(size[0] - 1) + _uint24(size[1] - 1)
    return [
        (b"VP8X", bytes([_ANIMATION | _flags(beside), 0, 0, 0]) + sides),
        (b"ANIM", struct.pack("<IH", 0, plays)),
        (b"ANMF", b"\0" * 6 + sides + _uint24(merged) + b"\0" + picture),
        *beside,
    ]


def _flags(chunks: list[tuple[bytes, bytes]]) -> int:
    return sum(_METADATA[kind] for kind, _ in chunks)


def _uint24(number: int) -> bytes:
    return number.to_bytes(3, "little")
