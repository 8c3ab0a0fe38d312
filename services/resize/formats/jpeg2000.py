"""JPEG 2000: JP2, JPX and JPH files, and bare codestreams. No AWS."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from PIL import Image

from services.resize.formats.jpeg2000_codestream import read, with_counted_parts, with_samples_on_grid
from services.resize.formats.memory_cost import Cost, check_memory, cost
from services.resize.formats.pillow import PillowSource, opened_image
from services.resize.formats.source import Frame, OpenedImage
from services.resize.scaling import Size
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage

# The first of a JP2 file's boxes, ISO/IEC 15444-1, I.5.1, and SOC and SIZ of a codestream, A.4.1.
FILE: Final = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
CODESTREAM: Final = b"\xff\x4f\xff\x51"

_MAX_BOXES: Final = 1024
# Every tile costs the decoder its own structures, and time: 65,535 is what the format allows.
_MAX_TILES: Final = 16_384
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
# Enumerated colour spaces: ISO/IEC 15444-1, table I.10, and 15444-2, table M.25. Pillow 13 decodes bilevel, CMYK, sRGB,
# grey and sYCC as what they are, and takes all others for sRGB.
_ENUMERATED: Final = 1
_DECODED_SPACES: Final = frozenset({0, 12, 15, 16, 17, 18})
_CIE_LAB: Final = 14
_LAB_FIELDS: Final = struct.Struct(">6I")
_COLOURS: Final = 3
# Types of a channel that is not a colour: ISO/IEC 15444-1, I.5.3.6. Others are not shown, such as near infrared.
_OPACITY: Final = 1
_PREMULTIPLIED_OPACITY: Final = 2


class Jpeg2000Source(PillowSource):
    """A JPEG 2000, which can be decoded cheaply at 1/2, 1/4, 1/8…, as many times as it has wavelet levels."""

    levels: int = 0
    depths: tuple[int, ...] = (_BYTE_BITS,) * 3
    alpha_type: int = _OPACITY
    lab: list[int] | None = None
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
            image = _with_alpha_type(_in_full_range(frame.image, self.depths), self.alpha_type)
            if self.lab is not None:
                image = Image.merge("LAB", image.point(self.lab).split())
            yield Frame(image=image, duration_ms=frame.duration_ms)


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open a JPEG 2000; see opener.opened."""
    start = data.find(CODESTREAM)
    if start < 0:
        raise UnreadableImage("the JPEG 2000 is damaged: it has no codestream")
    data = with_counted_parts(with_samples_on_grid(data, start), start)
    tiles, depths, levels, at_origin = read(data, start)
    if tiles > _MAX_TILES:
        raise ImageTooLarge(f"the JPEG 2000 has {tiles:,} tiles; the limit is {_MAX_TILES:,}")
    # At less than full size, Pillow 13 refuses a picture that does not begin at the origin of its reference grid.
    levels = levels if at_origin else 0
    with opened_image(data, "JPEG2000", "PIL.Jpeg2KImagePlugin", limits, deadline) as image:
        check_memory(_cost(image.size, levels, len(depths), image.mode), limits)
        profile = _profile(data[:start])
        image.info["icc_profile"] = profile
        # Pillow scales grey of more than 8 bits to 16.
        depth = _WORD_BITS if image.mode.startswith("I") else min(_BYTE_BITS, depths[0])
        source = Jpeg2000Source(image, "JPEG 2000", limits, deadline, bits=depth)
        source.reopened = partial(open_source, data, limits, deadline)
        source.levels, source.depths = levels, depths
        source.alpha_type = _type_of(len(depths) - 1, data[:start])
        source.lab = _lab_of(data[:start], image.mode, max(depths)) if profile is None else None
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


def _profile(head: bytes) -> bytes | None:
    """The ICC profile of the file's colour specification box: ISO/IEC 15444-1, I.5.3.3. Pillow 13 does not read it."""
    for name, content in _header_boxes(head):
        if name == b"colr" and content[:1] in {bytes([_RESTRICTED_ICC]), bytes([_ANY_ICC])}:
            return content[3:] if len(content) <= _MAX_PROFILE_BYTES else None
    return None


def _lab_of(head: bytes, mode: str, bits: int) -> list[int] | None:
    """A table from samples to Pillow's CIE Lab, if a picture of three colours is in Lab; None for what Pillow decodes.

    Raises:
        UnsupportedImage: its enumerated colour space is another one.
    """
    content = next((content for name, content in _header_boxes(head) if name == b"colr"), b"")
    space = int.from_bytes(content[3:7], "big")
    if len(mode) < _COLOURS or content[:1] != bytes([_ENUMERATED]) or space in _DECODED_SPACES:
        return None
    if space != _CIE_LAB or mode != "RGB":
        raise UnsupportedImage(f"JPEG 2000 with {mode} in enumerated colour space {space} is not supported")
    # Range and offset of L, a and b; the defaults are those of ISO/IEC 15444-2, M.11.7.4.1.
    middle = 1 << bits - 1
    fields = (100, 0, 170, middle, 200, (1 << bits - 2) + (1 << bits - 3))
    if len(content) >= 7 + _LAB_FIELDS.size:
        fields = _LAB_FIELDS.unpack_from(content, 7)
    full = (1 << bits) - 1
    table: list[int] = []
    for units, extent, offset in zip((_BYTE / 100, 1, 1), fields[::2], fields[1::2], strict=True):
        zero = 0 if units != 1 else 1 << _BYTE_BITS - 1
        values = ((value * full / _BYTE - offset) * extent / full * units + zero for value in range(_BYTE + 1))
        table += [min(_BYTE, max(0, round(value))) for value in values]
    return table


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
