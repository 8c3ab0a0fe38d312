"""JPEG 2000: JP2, JPX and JPH files, and bare codestreams. No AWS."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from PIL import Image

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

_COD: Final = 0xFF52
_SOT: Final = 0xFF90
_MAX_MARKERS: Final = 1024
_MAX_BOXES: Final = 1024
# Every tile costs the decoder its own structures, and time: 65,535 is what the format allows.
_MAX_TILES: Final = 16_384
_MAX_LEVELS: Final = 32
_RESTRICTED_ICC: Final = 2
_ANY_ICC: Final = 3
# A colour profile that is applied to the picture afterwards; colour.to_srgb ignores larger ones.
_MAX_PROFILE_BYTES: Final = 4 * 1024**2
# The same factor as for a JPEG; see jpeg.DECODED_AT_LEAST.
_DECODED_AT_LEAST: Final = 1.3
# OpenJPEG has four bytes for each sample, and twice that while it undoes the wavelets; Pillow has its picture as well.
_SAMPLE_BYTES: Final = 5
_WORD_BITS: Final = 16
_BYTE_BITS: Final = 8
_BYTE: Final = 255
# Types of a channel that is not a colour: ISO/IEC 15444-1, I.5.3.6. Others are not shown, such as near infrared.
_OPACITY: Final = 1
_PREMULTIPLIED_OPACITY: Final = 2


class Jpeg2000Source(PillowSource):
    """A JPEG 2000, which can be decoded cheaply at 1/2, 1/4, 1/8…, as many times as it has wavelet levels."""

    levels: int = 0
    depths: tuple[int, ...] = (_BYTE_BITS,) * 3
    alpha_type: int = _OPACITY

    def reduce(self, size: Size) -> None:
        """Let it decode at a fraction that is still somewhat larger than this size; see OpenedImage."""
        gap = min(self.size[0] / (size[0] * _DECODED_AT_LEAST), self.size[1] / (size[1] * _DECODED_AT_LEAST))
        halvings = min(self.levels, max(0, int(gap).bit_length() - 1))
        self._image.reduce = halvings  # type: ignore[assignment,method-assign]  # Pillow's name for it, in this format

    def frames(self) -> Iterator[Frame]:
        """The picture; see OpenedImage."""
        halvings = int(getattr(self._image, "_reduce", 0))
        check_memory(_cost(self.stored_size, halvings, len(self.depths), self._image.mode), self._limits)
        for frame in super().frames():
            image = _with_alpha_type(_in_full_range(frame.image, self.depths), self.alpha_type)
            yield Frame(image=image, duration_ms=frame.duration_ms)


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open a JPEG 2000; see opener.opened."""
    start = data.find(CODESTREAM)
    if start < 0:
        raise UnreadableImage("the JPEG 2000 is damaged: it has no codestream")
    tiles, depths, at_origin = _size_of(data, start)
    if tiles > _MAX_TILES:
        raise ImageTooLarge(f"the JPEG 2000 has {tiles:,} tiles; the limit is {_MAX_TILES:,}")
    # At less than full size, Pillow 13 refuses a picture that does not begin at the origin of its reference grid.
    levels = _levels(data, start) if at_origin else 0
    with opened_image(data, "JPEG2000", "PIL.Jpeg2KImagePlugin", limits, deadline) as image:
        check_memory(_cost(image.size, levels, len(depths), image.mode), limits)
        image.info["icc_profile"] = _profile(data[:start])
        # Pillow scales grey of more than 8 bits to 16.
        depth = _WORD_BITS if image.mode.startswith("I") else min(_BYTE_BITS, depths[0])
        source = Jpeg2000Source(image, "JPEG 2000", limits, deadline, bits=depth)
        source.reopened = partial(open_source, data, limits, deadline)
        source.levels, source.depths = levels, depths
        source.alpha_type = _type_of(len(depths) - 1, data[:start])
        yield source


def _cost(size: Size, halvings: int, samples: int, mode: str) -> Cost:
    decoded = (-(-size[0] >> halvings) or 1, -(-size[1] >> halvings) or 1)
    needed = decoded[0] * decoded[1] * samples * _SAMPLE_BYTES + cost("JPEG2000", decoded, mode).bytes
    return Cost(bytes=needed, picture=f"{size[0]} x {size[1]} px, {samples} channels")


def _in_full_range(image: Image.Image, depths: tuple[int, ...]) -> Image.Image:
    """The picture with the levels and indices that it has: Pillow 13 shifts samples of fewer than 8 bits to the left.

    Args:
        image: the picture as Pillow decoded it.
        depths: bits of a sample of each channel.
    """
    if min(depths) >= _BYTE_BITS or len(image.getbands()) != len(depths):
        return image
    table: list[int] = []
    for band, bits in zip(image.getbands(), depths, strict=True):
        shift = max(0, _BYTE_BITS - bits)
        white = _BYTE >> shift << shift
        levels = [min(_BYTE, (value * _BYTE + white // 2) // white) for value in range(_BYTE + 1)]
        table += [value >> shift for value in range(_BYTE + 1)] if band == "P" else levels
    return image.point(table)


def _with_alpha_type(image: Image.Image, alpha_type: int) -> Image.Image:
    """The picture, whose last channel is alpha for Pillow, with what that channel really is."""
    if image.mode not in {"LA", "RGBA"} or alpha_type == _OPACITY:
        return image
    if alpha_type == _PREMULTIPLIED_OPACITY:
        premultiplied = "La" if image.mode == "LA" else "RGBa"
        return Image.frombytes(premultiplied, image.size, image.tobytes()).convert(image.mode)
    return image.convert(image.mode[:-1])


def _size_of(data: bytes, start: int) -> tuple[int, tuple[int, ...], bool]:
    """Number of tiles, bits of a sample of each channel, and whether the picture begins at the grid's origin.

    They are in SIZ: ISO/IEC 15444-1, A.5.1.
    """
    try:
        right, bottom, left, top, tile_width, tile_height, tile_left, tile_top, channels = struct.unpack_from(
            ">8IH", data, start + 8
        )
        depths = tuple((data[start + 42 + 3 * channel] & 0x7F) + 1 for channel in range(channels))
    except (struct.error, IndexError):
        raise UnreadableImage("the JPEG 2000 is damaged: its header is cut off") from None
    if not (left < right and top < bottom and tile_width and tile_height and channels):
        raise UnreadableImage("the JPEG 2000 is damaged: its size is not valid")
    across = -(-(right - tile_left) // tile_width)
    down = -(-(bottom - tile_top) // tile_height)
    return across * down, depths, left == top == 0


def _levels(data: bytes, start: int) -> int:
    """How often the picture can be halved: COD, ISO/IEC 15444-1, A.6.1."""
    at = start + 2
    for _ in range(_MAX_MARKERS):
        if at + 10 > len(data):
            break
        marker, length = struct.unpack_from(">HH", data, at)
        if marker == _COD:
            return min(data[at + 9], _MAX_LEVELS)
        if marker == _SOT or length < 2:  # noqa: PLR2004 - the length counts itself
            break
        at += 2 + length
    return 0


def _profile(head: bytes) -> bytes | None:
    """The ICC profile of the file's colour specification box: ISO/IEC 15444-1, I.5.3.3. Pillow 13 does not read it."""
    for name, content in _header_boxes(head):
        if name == b"colr" and content[:1] in {bytes([_RESTRICTED_ICC]), bytes([_ANY_ICC])}:
            return content[3:] if len(content) <= _MAX_PROFILE_BYTES else None
    return None


def _type_of(channel: int, head: bytes) -> int:
    """Type of a channel by the file's channel definition box: ISO/IEC 15444-1, I.5.3.6. Pillow 13 does not read it.

    Args:
        channel: number of the channel, from 0; where no box describes it, it has opacity, as for Pillow.
        head: the file up to its codestream.
    """
    for name, content in _header_boxes(head):
        if name == b"cdef":
            whole = content[2 : len(content) - (len(content) - 2) % 6]
            for number, kind, _ in struct.iter_unpack(">HHH", whole):
                if number == channel:
                    return int(kind)
    return _OPACITY


def _header_boxes(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    for name, body in _boxes(head):
        if name == b"jp2h":
            yield from _boxes(body)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    for _ in range(_MAX_BOXES):
        if at + 8 > len(data):
            return
        length, name = struct.unpack_from(">I4s", data, at)
        if length < 8:  # noqa: PLR2004 - long boxes hold the codestream, which comes last
            return
        yield name, data[at + 8 : at + length]
        at += length
