"""Bytes to pixels, within limits: frames as they are stored, and what the header says of them."""

import importlib
import itertools
import math
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from PIL import Image, UnidentifiedImageError

from services.resize.bounds import check_frames, check_size
from services.resize.crediting import rights_of
from services.resize.probing import probe
from services.resize.scaling import Size, swapped
from services.resize.settings import Limits
from services.resize.walking import check_tags
from services.resize.watching import NEVER, Deadline, WatchedBytes
from shared.errors import ImageTooLarge, ImageTooSlow, PipelineError, UnreadableImage
from shared.messages import Rights

if TYPE_CHECKING:
    from PIL.JpegImagePlugin import JpegImageFile

# What Pillow calls the formats of probing.READABLE, and the module that reads each. Naming them keeps every other
# decoder out; importing them keeps Pillow from importing all that it has, which it does to look for one that it lacks.
_PLUGINS: Final = {
    "JPEG": ("JPEG", "PIL.JpegImagePlugin"),  # of an MPO, too
    "PNG": ("PNG", "PIL.PngImagePlugin"),
    "GIF": ("GIF", "PIL.GifImagePlugin"),
    "WebP": ("WEBP", "PIL.WebPImagePlugin"),
    "AVIF": ("AVIF", "PIL.AvifImagePlugin"),
    "HEIC": ("HEIF", "pi_heif"),
    "TIFF": ("TIFF", "PIL.TiffImagePlugin"),
    "BMP": ("BMP", "PIL.BmpImagePlugin"),
}
_JPEG: Final = frozenset({"JPEG", "MPO"})

# A JPEG is decoded at a fraction that is larger than what is needed by this much: closer, the decoder's own shrinking,
# which is a plain average, would be most of what is seen.
DECODED_AT_LEAST: Final = 1.3

# Only these are animations; of a TIFF's pages, an MPO's pictures and an AVIF's frames the first is taken.
_ANIMATED: Final = frozenset({"PNG", "GIF", "WebP"})

_ORIENTATION_TAG: Final = 0x0112
_LAST_ORIENTATION: Final = 8
_EXIF_PREFIX: Final = b"Exif\x00\x00"

_BYTE_BITS: Final = 8
_TIFF_BITS_TAG: Final = 0x0102
# IHDR is the first chunk, and its bit depth follows width and height. https://www.w3.org/TR/png-3/#11IHDR
_PNG_BITS_AT: Final = 24

# Pillow warns of damaged metadata, which is dropped anyway.
warnings.filterwarnings("ignore", module=r"PIL\.")
# Where Pillow only warns of a size, nothing is decoded either.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One decoded frame.

    Args:
        image: the pixels as they are stored, in whatever mode the decoder gives.
        duration_ms: how long it is shown; 0 for a still.
    """

    image: Image.Image
    duration_ms: int


class Source:
    """An image that has been opened, but not yet decoded.

    Args:
        image: as Pillow opened it.
        name: its format, one of probing.READABLE.
        limits: that its frames must keep.
        bits: of a sample, as the file holds it.
        deadline: checked at every frame.
    """

    def __init__(self, image: Image.Image, name: str, limits: Limits, *, bits: int, deadline: Deadline) -> None:
        self._image = image
        self._limits = limits
        self._deadline = deadline
        self.format = "MPO" if image.format == "MPO" else name
        self.icc_profile: bytes | None = image.info.get("icc_profile")
        # Pillow turns a TIFF upright by itself, and gives its size so.
        self.orientation = 1 if name == "TIFF" else _orientation(image)
        self.size: Size = swapped(image.size, self.orientation)
        self.bits = bits
        self.animated = name in _ANIMATED and bool(getattr(image, "is_animated", False))

    @property
    def plays(self) -> int:
        """How often an animation is shown; 0 is for ever."""
        loop = self._image.info.get("loop")
        if self.format == "GIF":
            # A GIF without the extension is shown once; with it, so many times more.
            return 1 if loop is None else (int(loop) + 1 if loop else 0)
        return int(loop or 0)

    def rights(self) -> Rights | None:
        """Whose it is by its own metadata; asked before the frames, while the header is at hand."""
        return rights_of(self._image)

    def reduce(self, size: Size) -> None:
        """Let a JPEG decode at a fraction (1/2, 1/4, 1/8) that is still somewhat larger than this size.

        Args:
            size: (width, height) as people see it, in pixels.
        """
        if self._image.format in _JPEG:
            image: JpegImageFile = self._image  # type: ignore[assignment]  # an MPO is one as well
            width, height = swapped(size, self.orientation)
            image.draft(None, (ceil(width * DECODED_AT_LEAST), ceil(height * DECODED_AT_LEAST)))

    def frames(self) -> Iterator[Frame]:
        """The decoded frames, one at a time; a still has one.

        Raises:
            UnreadableImage: a frame does not decode.
            ImageTooLarge: more frames, or more pixels in all frames, than the limits allow.
        """
        if not self.animated:
            self._image.load()
            yield Frame(image=self._image, duration_ms=0)
            return
        size = self._image.size
        shown_ms, told_ms = 0.0, 0
        for image in self._each():
            # What an APNG shows for 33.3 ms and 30 times a second is told so that a second stays one.
            shown_ms += _duration_ms(image)
            duration_ms = round(shown_ms) - told_ms
            told_ms += duration_ms
            # A GIF's frame may lie outside its canvas, and Pillow's canvas grows by it: nobody sees that.
            seen = image if image.size == size else image.crop((0, 0, *size))
            yield Frame(image=seen, duration_ms=duration_ms)

    def _each(self) -> Iterator[Image.Image]:
        """Go from frame to frame as long as there is one: what a header claims is not asked."""
        image = self._image
        # An APNG may begin with a picture for programs that know no animation: it is no frame.
        first = 1 if image.info.get("default_image") else 0
        for count in itertools.count(1):
            index = first + count - 1
            try:
                self._deadline.check()
                image.seek(index)
                check_size(*image.size, self._limits)
                check_frames(count, *image.size, self._limits)
                image.load()
            except EOFError:
                return
            except (PipelineError, MemoryError):
                raise
            except Exception:
                # A damaged frame ends an APNG; where there was none before it, the picture for programs that know no
                # animation is shown: as the specification has it. https://www.w3.org/TR/png-3/#apng-frame-based-animation
                if image.format != "PNG" or index == 0:
                    raise
                if count == 1:
                    image.seek(0)
                    image.load()
                    yield image
                return
            yield image


@contextmanager
def opened(data: bytes, limits: Limits, deadline: Deadline = NEVER) -> Iterator[Source]:
    """Open an image by its bytes, within limits.

    Args:
        data: the file.
        limits: to keep.
        deadline: whoever decodes past it is stopped.

    Raises:
        UnsupportedImage: no format that we read.
        UnreadableImage: damaged or truncated.
        ImageTooLarge: a limit is exceeded.
        ImageTooSlow: the deadline is.
    """
    name = probe(data, limits)
    # A backstop to the checks here. It is one for all threads, and so are the limits of a process.
    Image.MAX_IMAGE_PIXELS = limits.pixels
    form = _registered(name)
    with _readable(limits), Image.open(WatchedBytes(data, deadline), formats=(form,)) as image:
        check_size(*image.size, limits)
        if name == "PNG":
            # Its EXIF may come after the pixels, so asking for it decodes; and a decode that failed once may "succeed"
            # the second time, with black pixels. So the first one is made here, where its error counts.
            image.load()
        # What is done with the pixels is done within this, too: a damaged palette is met by whoever looks at it first.
        yield Source(_without_bombs(image), name, limits, bits=_bits(data, image), deadline=deadline)


def _registered(name: str) -> str:
    """What Pillow calls a format. Its decoder is imported when the first image needs it: a cold start imports none."""
    form, module = _PLUGINS[name]
    plugin = importlib.import_module(module)
    if name == "HEIC":
        plugin.register_heif_opener(thumbnails=False)
    return form


@contextmanager
def _readable(limits: Limits) -> Iterator[None]:
    """Turn whatever a decoder raises into a permanent error: the same bytes give the same error again."""
    try:
        yield
    except (PipelineError, MemoryError, GeneratorExit):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        pixels = re.search(r"\d+", str(error))
        told = f"the header tells of {int(pixels[0]):,} pixels" if pixels else "the header tells of too many pixels"
        raise ImageTooLarge(f"{told}; the limit is {limits.pixels:,} (limits.pixels)") from error
    except UnidentifiedImageError as error:
        raise UnreadableImage("the header is damaged or of a kind that we do not read") from error
    except Exception as error:
        raise UnreadableImage(f"the image does not decode: {str(error) or type(error).__name__}") from error


def _without_bombs(image: Image.Image) -> Image.Image:
    """The image without EXIF that would fill the memory of whoever asks it for a tag."""
    exif = image.info.get("exif") or b""  # a HEIC without it has None
    try:
        check_tags(exif, len(_EXIF_PREFIX) if exif.startswith(_EXIF_PREFIX) else 0, "the EXIF")
    except ImageTooLarge:
        del image.info["exif"]
    return image


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none, or none that can be read."""
    try:
        value = image.getexif().get(_ORIENTATION_TAG)
    except (ImageTooSlow, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - damaged metadata must not cost the picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= _LAST_ORIENTATION else 1


def _bits(data: bytes, image: Image.Image) -> int:
    """How many bits a sample has in a PNG or a TIFF; Pillow's mode does not tell 12 from 16, or 4 from 8. Else 8."""
    if image.format == "PNG":
        return data[_PNG_BITS_AT]
    if image.format == "TIFF":
        bits = image.tag_v2.get(_TIFF_BITS_TAG, (_BYTE_BITS,))  # type: ignore[attr-defined]  # a TiffImageFile has it
        return int(bits[0])
    return _BYTE_BITS


def _duration_ms(image: Image.Image) -> float:
    value = image.info.get("duration") or 0
    return max(0.0, float(value)) if isinstance(value, int | float) and math.isfinite(value) else 0.0
