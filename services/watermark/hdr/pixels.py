"""HDR pixels that resize passed on, and the watermark on them. No AWS."""

from dataclasses import replace
from typing import Any, Final

from PIL import Image

from services.watermark.blending import Placed
from services.watermark.placement import Size
from shared.errors import IntermediateObjectMissing
from shared.hdr_signals import WORD, Signals, linear
from shared.libvips import vips
from shared.light_dataclass import dataclass
from shared.messages import HdrPixels

_CHANNELS: Final = 3
_WORD_BYTES: Final = 2
_BYTE: Final = 255


@dataclass(frozen=True, kw_only=True)
class HdrPicture:
    """A picture in PQ or HLG.

    Args:
        words: image of libvips: three bands of 16 bits.
        primaries: ColourPrimaries of ITU-T H.273.
        transfer: TransferCharacteristics of H.273.
        max_cll: luminance of the brightest pixel, as the source states it, in cd/m2; None where it states none.
    """

    words: Any
    primaries: int
    transfer: int
    max_cll: int | None = None


def picture_of(data: bytes, pixels: HdrPixels, size: Size) -> HdrPicture:
    """The picture that resize left.

    Args:
        data: the member's bytes.
        pixels: what resize says of it.
        size: (width, height) of the rendition, in pixels.

    Raises:
        IntermediateObjectMissing: the member is not of this size.
        EncoderMissing: the library is not installed.
    """
    plane = size[0] * size[1] * _WORD_BYTES
    if len(data) != _CHANNELS * plane:
        raise IntermediateObjectMissing(
            f"the HDR pixels have {len(data):,} bytes; {size[0]} x {size[1]} px have {_CHANNELS * plane:,}"
        )
    library = vips()
    parts = (memoryview(data)[at : at + plane] for at in range(0, len(data), plane))
    red, *others = (library.Image.new_from_memory(part, *size, 1, "ushort") for part in parts)
    return HdrPicture(
        words=red.bandjoin(others), primaries=pixels.primaries, transfer=pixels.transfer, max_cll=pixels.max_cll
    )


def watermarked(picture: HdrPicture, placed: Placed) -> HdrPicture:
    """The picture with the watermark on it: its white is the white of text and graphics in HDR, 203 cd/m2.

    Args:
        picture: the picture.
        placed: the watermark where it is on the same picture in SDR.
    """
    words = picture.words
    size = words.width, words.height
    overlay = _overlay(placed, size)
    box = overlay.getbbox()
    if box is None:
        return picture
    left, top, right, bottom = box
    overlay = overlay.crop(box)
    signals = Signals(primaries=picture.primaries, transfer=picture.transfer)
    values, back, most = signals.blending()
    array = vips().Image.new_from_array
    colours, beneath = (
        each.maplut(array([list(values)]))
        for each in (_signals(overlay.convert("RGB"), signals), words.crop(left, top, right - left, bottom - top))
    )
    blended = beneath + (colours - beneath) * (_image(overlay.getchannel("A")) / _BYTE)
    at = (blended * (WORD / most)).rint().cast("ushort")
    return replace(picture, words=words.insert(at.maplut(array([list(back)]).cast("ushort")), left, top))


def _overlay(placed: Placed, size: Size) -> Image.Image:
    """The whole watermark as RGBA: strips of rotated tiles lie one over the other, transparent where nothing shows."""
    overlay = Image.new("RGBA", size)
    for (x, y), piece in placed.pieces():
        drawn = piece.ink.convert("RGBA")
        if piece.mask is not None:
            drawn.putalpha(piece.mask)
        left, top = max(0, x), max(0, y)
        right, bottom = min(x + drawn.width, size[0]), min(y + drawn.height, size[1])
        if left < right and top < bottom:
            overlay.alpha_composite(drawn.crop((left - x, top - y, right - x, bottom - y)), (left, top))
    return overlay


def _signals(image: Image.Image, signals: Signals) -> Any:  # noqa: ANN401
    """An RGB image as signals of 16 bits."""
    library = vips()
    lights = library.Image.new_from_array([[linear(value) for value in range(_BYTE + 1)]])
    light = _image(image).maplut(lights).recomb([list(row) for row in signals.from_srgb]) * signals.white
    if signals.exponent:
        luminance = light.recomb([list(signals.luminance)])
        light = light * (luminance > 0).ifthenelse(luminance**signals.exponent, 1.0)
    root = (light / signals.brightest).clamp(min=0.0, max=1.0) ** 0.5
    table = library.Image.new_from_array([list(signals.table())]).cast("ushort")
    return (root * WORD).rint().cast("ushort").maplut(table)


def _image(image: Image.Image) -> Any:  # noqa: ANN401
    return vips().Image.new_from_memory(image.tobytes(), *image.size, len(image.getbands()), "uchar")
