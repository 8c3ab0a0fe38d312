"""BMP. No AWS."""

import array
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from PIL import Image

from services.resize.bounds import check_size
from services.resize.deadline import Deadline
from services.resize.formats.pillow import PillowSource, decoder_errors, opened_image
from services.resize.formats.source import Frame, Source
from services.resize.scaling import Size
from services.resize.settings import Limits
from shared.errors import UnreadableImage, UnsupportedImage

_BYTE: Final = 255
_WORD: Final = 65_535

# BITMAPINFOHEADER and its successors, after the file's header of 14 bytes; from version 3 on with a mask of alpha.
# https://learn.microsoft.com/en-us/windows/win32/api/wingdi/ns-wingdi-bitmapv5header
_MIN_HEADER_BYTES: Final = 40
_MIN_ALPHA_HEADER_BYTES: Final = 56
_BITFIELDS: Final = 3
_ALPHA_BITFIELDS: Final = 6
# What Pillow 13 decodes by itself, alpha included (BmpImagePlugin, MASK_MODES).
_DECODED: Final = frozenset(
    {
        (16, 0xF800, 0x7E0, 0x1F, 0),
        (16, 0x7C00, 0x3E0, 0x1F, 0),
        (32, 0xFF0000, 0xFF00, 0xFF, 0),
        (32, 0xFF000000, 0xFF0000, 0xFF00, 0),
        (32, 0xFF000000, 0xFF00, 0xFF, 0),
        (32, 0xFF000000, 0xFF0000, 0xFF00, 0xFF),
        (32, 0xFF, 0xFF00, 0xFF0000, 0xFF000000),
        (32, 0xFF0000, 0xFF00, 0xFF, 0xFF000000),
        (32, 0xFF000000, 0xFF00, 0xFF, 0xFF0000),
        (32, 0, 0, 0, 0),
    }
)


@dataclass(frozen=True, kw_only=True)
class Fields:
    """The pixels of a BMP whose channels are wherever its masks say.

    Args:
        size: (width, height) in pixels.
        bits: of a pixel, 16 or 32.
        masks: of red, green, blue and alpha in a pixel; 0 where there is no alpha.
        offset: of the first row, in bytes.
        top_down: whether the first row is the topmost.
    """

    size: Size
    bits: int
    masks: tuple[int, int, int, int]
    offset: int
    top_down: bool


class BmpSource(PillowSource):
    """A BMP that Pillow decodes."""

    def frames(self) -> Iterator[Frame]:
        """The picture; see Source."""
        for frame in super().frames():
            yield Frame(image=_shown(frame.image), duration_ms=frame.duration_ms)


class FieldsSource(Source):
    """A BMP whose channels are taken out of its pixels by masks.

    Args:
        data: the file.
        fields: where its channels are.
        limits: that decoding keeps.
        deadline: checked at every channel.
    """

    def __init__(self, data: bytes, fields: Fields, limits: Limits, deadline: Deadline) -> None:
        super().__init__(format="BMP", stored_size=fields.size, lossless=True)
        self._data = data
        self._fields = fields
        self._limits = limits
        self._deadline = deadline

    def frames(self) -> Iterator[Frame]:
        """The picture; see Source."""
        with decoder_errors(self._limits):
            channels: list[Image.Image] = []
            for mask in self._fields.masks:
                self._deadline.check()
                if mask or len(channels) < 3:  # noqa: PLR2004 - a colour that has no bits is dark, alpha is left out
                    channels.append(self._channel(mask))
            yield Frame(image=_shown(Image.merge("RGBA"[: len(channels)], channels)), duration_ms=0)

    def _channel(self, mask: int) -> Image.Image:
        """The bits of a mask as bytes."""
        width, height = self._fields.size
        row_bytes = (width * self._fields.bits + 31) // 32 * 4
        end = self._fields.offset + row_bytes * height
        if end > len(self._data):
            raise UnreadableImage("the BMP is truncated: its last rows are missing")
        # The 16 bits at a whole byte in which the mask is.
        first = ((mask & -mask).bit_length() - 1) // 8 if mask and self._fields.bits > 16 else 0  # noqa: PLR2004
        narrow = mask >> 8 * first
        if narrow > _WORD:
            raise UnsupportedImage(f"a BMP with a channel across three bytes is not supported (mask {mask:#010x})")
        rows = self._data[self._fields.offset + first : end] + bytes(first)
        if self._fields.bits == 32:  # noqa: PLR2004 - every second word
            words = array.array("H", rows)
            rows, row_bytes = words[::2].tobytes(), row_bytes // 2
        direction = 1 if self._fields.top_down else -1
        image = Image.frombytes("I;16", self._fields.size, rows, "raw", "I;16", row_bytes, direction).convert("I")
        low = (narrow & -narrow).bit_length() - 1
        full = narrow >> low if narrow else 1
        return image.point([((word & narrow) >> max(0, low)) * _BYTE // full for word in range(_WORD + 1)], "L")


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[Source]:
    """Open a BMP; see opening.opened."""
    fields = fields_of(data)
    if fields is not None:
        check_size(*fields.size, limits)
        yield FieldsSource(data, fields, limits, deadline)
        return
    with opened_image(data, "BMP", "PIL.BmpImagePlugin", limits, deadline) as image:
        yield BmpSource(image, "BMP", limits, deadline, lossless=True)


def fields_of(data: bytes) -> Fields | None:
    """Where the channels are; None of a file that Pillow decodes in full, or that is not of this kind."""
    if len(data) < 70:  # noqa: PLR2004 - up to the mask of alpha
        return None
    offset, header_bytes, width, height, _, bits, compression = struct.unpack_from("<IIiiHHI", data, 10)
    if header_bytes < _MIN_HEADER_BYTES or compression not in {_BITFIELDS, _ALPHA_BITFIELDS} or bits not in {16, 32}:
        return None
    red, green, blue, alpha = struct.unpack_from("<IIII", data, 54)
    if header_bytes < _MIN_ALPHA_HEADER_BYTES and compression != _ALPHA_BITFIELDS:
        alpha = 0
    if width <= 0 or height == 0 or (bits, red, green, blue, alpha) in _DECODED:
        return None
    masks = (red, green, blue, alpha)
    return Fields(size=(width, abs(height)), bits=bits, masks=masks, offset=offset, top_down=height < 0)


def _shown(image: Image.Image) -> Image.Image:
    """An alpha of zeros alone is an unused byte, as browsers take it."""
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (0, 0):
        return image.convert("RGB")
    return image
