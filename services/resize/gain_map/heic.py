"""Apple's own gain map in a HEIC of an iPhone: an auxiliary picture. No AWS."""

import io
from typing import Any, Final

from PIL import Image

from services.resize.formats.heif_reader import read
from services.resize.gain_map import apple
from services.resize.gain_map.finding import FoundGainMap
from services.resize.gain_map.values import GainMapError
from services.resize.settings import Limits
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage

_FILE: Final = "PNG"
# Around the headroom in XMP, which names it first.
_BEFORE: Final = 16
_AFTER: Final = 128
_HEADROOM: Final = b"HDRGainMapHeadroom"
_EXIF_PREFIX: Final = b"Exif\0\0"


def gain_map_of(data: bytes) -> FoundGainMap | None:
    """The gain map in a HEIC, as a PNG; None where it has none of Apple's.

    Args:
        data: the file, whose boxes were within bounds.

    Raises:
        GainMapError: there is one that cannot be used.
    """
    number = _number(data)
    if number is None:
        return None
    try:
        samples, exif = _decoded(data, number)
    except GainMapError:
        raise
    except (OSError, RuntimeError, ValueError, SyntaxError, IndexError, NotImplementedError) as error:
        raise GainMapError(f"it does not decode ({' '.join(str(error).split())})") from error
    values = apple.values_in(_packet(data), exif.removeprefix(_EXIF_PREFIX))
    file = io.BytesIO()
    samples.save(file, _FILE, compress_level=0)
    return FoundGainMap(file=file.getvalue(), values=values, has_colours=False, levels=apple.levels(values))


def _number(data: bytes) -> int | None:
    """The item of the gain map; None where there is none.

    Raises:
        GainMapError: the file exceeds a limit that its own pipeline has raised.
    """
    if apple.KIND not in data:
        return None
    try:
        items = read(data, "HEIC", Limits()).items.items()
    except (ImageTooLarge, UnreadableImage, UnsupportedImage) as error:
        raise GainMapError(f"its boxes are too large or damaged ({error})") from error
    return next((number for number, item in items if item.auxiliary.encode() == apple.KIND), None)


def _decoded(data: bytes, number: int) -> tuple[Image.Image, bytes]:
    """The gain map's samples, and the picture's EXIF.

    Raises:
        GainMapError: it is not grey, or larger than its picture. It is a ValueError.
    """
    import pi_heif  # noqa: PLC0415 - when a picture needs it

    picture: Any = pi_heif.open_heif(io.BytesIO(data))
    found = picture.get_aux_image(number)
    (width, height), mode = found.size, found.mode
    if mode != "L":
        raise GainMapError("it is not grey")
    if width * height > picture.size[0] * picture.size[1]:
        raise GainMapError("it is larger than its picture")
    samples = Image.frombuffer(mode, (width, height), found.data, "raw", mode, found.stride, 1)
    return samples, picture.info.get("exif") or b""


def _packet(data: bytes) -> bytes:
    """The part of XMP that has the headroom; empty where there is none, as before iOS 17."""
    at = data.find(_HEADROOM)
    return data[max(0, at - _BEFORE) : at + _AFTER] if at >= 0 else b""
