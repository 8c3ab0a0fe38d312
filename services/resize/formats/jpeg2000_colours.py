"""The picture that the channels of a JPEG 2000 make, by its palette, its definitions and its colour space. No AWS."""

import struct
from collections.abc import Sequence
from typing import Final

from PIL import Image

from services.resize.formats import jpeg2000_boxes as kinds
from services.resize.formats.jpeg2000_boxes import Boxes
from shared.errors import UnsupportedImage

# Enumerated colour spaces: ISO/IEC 15444-1, table I.10, and 15444-2, table M.25. Pillow 13 decodes bilevel, CMYK, sRGB,
# grey and sYCC as what they are, and takes all others for sRGB.
_DECODED_SPACES: Final = frozenset({0, 12, 15, 16, 17, 18})
SRGB: Final = 16
GREY: Final = 17
SYCC: Final = 18
_CIE_LAB: Final = 14
_LAB_FIELDS: Final = struct.Struct(">6I")
_COLOURS: Final = 3
_BYTE_BITS: Final = 8
_BYTE: Final = 255
# With so many channels and no definition of them, the last is alpha for Pillow.
_WITH_ALPHA: Final = frozenset({2, 4})


def check_space(boxes: Boxes, mode: str) -> None:
    """Refuse a colour space that is neither decoded by Pillow nor converted here.

    Args:
        boxes: what the file says.
        mode: the mode in which Pillow decodes it.

    Raises:
        UnsupportedImage: such a space.
    """
    if boxes.profile is not None or boxes.space is None or mode not in {"RGB", "RGBA", "CMYK"}:
        return
    if boxes.space not in _DECODED_SPACES and not (boxes.space == _CIE_LAB and mode == "RGB"):
        raise UnsupportedImage(f"JPEG 2000 with {mode} in enumerated colour space {boxes.space} is not supported")


def is_reordered(boxes: Boxes) -> bool:
    """Whether the colours are in another order than that of the channels."""
    order = [belongs for _, (kind, belongs) in sorted(boxes.kinds.items()) if kind == kinds.COLOUR]
    return order != sorted(order)


def may_be_halved(boxes: Boxes, mode: str) -> bool:
    """Whether means of samples are those of colours: not of indices, nor of colours that alpha was to weigh.

    Args:
        boxes: what the file says.
        mode: the mode in which Pillow decodes it.
    """
    has_alpha = mode in {"LA", "RGBA"} and not boxes.kinds
    return not (boxes.columns or has_alpha or any(kind == kinds.OPACITY for kind, _ in boxes.kinds.values()))


def picture(image: Image.Image, depths: Sequence[int], boxes: Boxes, *, ycc: bool) -> Image.Image:
    """The picture, in mode L, LA, RGB, RGBA, CMYK, LAB or I;16.

    Args:
        image: the samples as Pillow decoded them; it shifts those of fewer than 8 bits to the left.
        depths: bits of a sample of each component.
        boxes: what the file says.
        ycc: whether Pillow took sYCC for RGB.
    """
    bands = image.split()
    if image.mode.startswith("I") or len(bands) != len(depths):
        return image
    if boxes.mapping and max(component for component, _, _ in boxes.mapping) < len(bands):
        channels = [_mapped(bands, depths, boxes, each) for each in boxes.mapping]
    else:
        channels = [_scaled(band, bits) for band, bits in zip(bands, depths, strict=True)]
    if image.mode == "CMYK":
        return Image.merge("CMYK", channels)
    colours, alpha, premultiplied = _sorted(channels, boxes)
    if ycc and len(colours) == _COLOURS:
        colours = list(Image.merge("YCbCr", colours).convert("RGB").split())
    if boxes.space == _CIE_LAB and boxes.profile is None and len(colours) == _COLOURS:
        tables = _lab(boxes.fields, max(depths))
        return Image.merge("LAB", [band.point(table) for band, table in zip(colours, tables, strict=True)])
    mode = "RGB" if len(colours) == _COLOURS else "L"
    if alpha is None:
        return Image.merge(mode, colours)
    merged = Image.merge(mode + "A", [*colours, alpha])
    return Image.frombytes(mode + "a", merged.size, merged.tobytes()).convert(merged.mode) if premultiplied else merged


def _mapped(
    bands: Sequence[Image.Image], depths: Sequence[int], boxes: Boxes, mapping: tuple[int, int, int]
) -> Image.Image:
    component, kind, column = mapping
    if kind != kinds.BY_PALETTE:
        return _scaled(bands[component], depths[component])
    shift = max(0, _BYTE_BITS - depths[component])
    return bands[component].point([boxes.columns[column][value >> shift] for value in range(_BYTE + 1)])


def _scaled(band: Image.Image, bits: int) -> Image.Image:
    shift = max(0, _BYTE_BITS - bits)
    white = _BYTE >> shift << shift
    return (
        band.point([min(_BYTE, (value * _BYTE + white // 2) // white) for value in range(_BYTE + 1)]) if shift else band
    )


def _sorted(channels: list[Image.Image], boxes: Boxes) -> tuple[list[Image.Image], Image.Image | None, bool]:
    """One colour or three, in their order, and alpha, and whether the colours were multiplied by it."""
    defined = {number: (kinds.COLOUR, number + 1) for number in range(len(channels))}
    if len(channels) in _WITH_ALPHA:
        defined[len(channels) - 1] = (kinds.OPACITY, 0)
    defined |= {number: kind for number, kind in boxes.kinds.items() if number < len(channels)}
    order = sorted((belongs, number) for number, (kind, belongs) in defined.items() if kind == kinds.COLOUR)
    colours = [channels[number] for _, number in order] or channels[:1]
    opacity = {kinds.OPACITY, kinds.PREMULTIPLIED_OPACITY}
    alpha = next((number for number, (kind, _) in defined.items() if kind in opacity), None)
    return (
        colours[: _COLOURS if len(colours) >= _COLOURS else 1],
        None if alpha is None else channels[alpha],
        alpha is not None and defined[alpha][0] == kinds.PREMULTIPLIED_OPACITY,
    )


def _lab(fields: bytes, bits: int) -> list[list[int]]:
    """A table from samples to Pillow's CIE Lab for each channel.

    Args:
        fields: range and offset of L, a and b; the defaults are those of ISO/IEC 15444-2, M.11.7.4.1.
        bits: bits of a sample.
    """
    middle, full = 1 << bits - 1, (1 << bits) - 1
    values = (100, 0, 170, middle, 200, (1 << bits - 2) + (1 << bits - 3))
    if len(fields) >= _LAB_FIELDS.size:
        values = _LAB_FIELDS.unpack_from(fields)
    tables = []
    for scale, zero, extent, offset in zip((_BYTE / 100, 1, 1), (0, 128, 128), values[::2], values[1::2], strict=True):
        exact = ((value * full / _BYTE - offset) * extent / full * scale + zero for value in range(_BYTE + 1))
        tables.append([min(_BYTE, max(0, round(value))) for value in exact])
    return tables
