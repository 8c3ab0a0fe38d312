"""PNG and APNG. No AWS."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, cast

from PIL import Image, ImageChops

from services.resize.formats import apng
from services.resize.formats.memory_cost import check_memory, cost
from services.resize.formats.pillow import opened_image, without_exif_bomb, without_grey_profile
from services.resize.formats.png_chunks import has_right_pixels, without_damage
from services.resize.formats.png_facts import facts_of
from services.resize.formats.png_inflate import inflated
from services.resize.formats.png_original import GREY, PALETTE, RGBA, original
from services.resize.formats.source import Frame, OpenedImage
from services.resize.settings import Limits
from shared.deadline import Deadline, WatchedBytes

# IHDR is the first chunk, and its bit depth follows width and height. https://www.w3.org/TR/png-3/#11IHDR
_BITS_AT: Final = 24
_COLOUR_TYPE_AT: Final = 25
_GREYS: Final = (0, 4)

_BYTE_BITS: Final = 8
_WORD_BITS: Final = 16
_OPAQUE: Final = 255
_PLACEHOLDER: Final = (0, 0, 0, _OPAQUE)
_CLEAR: Final = (0, 0, 0, 0)


class PngSource(apng.ApngSource):
    """A PNG, in which one 16-bit colour may be transparent.

    Args:
        data: the file.
        image: the image as Pillow opened it.
        animation: its animation; None where it has none.
        limits: the limits that its frames must stay within.
        deadline: checked at every frame.
    """

    def __init__(
        self, data: bytes, image: Image.Image, animation: apng.Apng | None, limits: Limits, deadline: Deadline
    ) -> None:
        facts = facts_of(data, has_profile="icc_profile" in image.info)
        super().__init__(
            image,
            "PNG",
            limits,
            deadline,
            orientation=facts.orientation,
            encoding=facts.encoding,
            bits=data[_BITS_AT],
            animated=animation is not None and len(animation.frames) > 1,
            plays=0 if animation is None else animation.plays,
            lossless=True,
        )
        self._data = data
        self.animation = animation

    def frames(self) -> Iterator[Frame]:
        """The decoded frames, one at a time; see OpenedImage."""
        clear = self._image.info.get("transparency")
        is_plain = self.animation is not None or self.bits != _WORD_BITS or self._image.mode != "RGB"
        if is_plain or not isinstance(clear, tuple):
            yield from super().frames()
            return
        self._image.load()
        alpha = self._alpha(clear)
        yield Frame(image=Image.merge("RGBA", (*self._image.split(), alpha)), duration_ms=0)

    def originals(self, rendition: Image.Image) -> Iterator[bytes]:
        """The deflated pixels of a still; palette indices and levels of grey also in the rendition's colours."""
        if self.animation is not None or self.bits > _BYTE_BITS:
            return
        colour_type = self._data[_COLOUR_TYPE_AT]
        palettes: list[list[RGBA] | None] = [] if colour_type == PALETTE else [None]
        if colour_type in {GREY, PALETTE}:
            palettes.append(self._palette(rendition, is_grey=colour_type == GREY))
        for palette in palettes:
            found = original(self._data, palette, self._deadline)
            if found is not None:
                yield found

    def _palette(self, rendition: Image.Image, *, is_grey: bool) -> list[RGBA]:
        """The rendition's colour for each index in the file, up to the last; indices without a pixel are black."""
        full = 2**self.bits - 1
        pixels = (self._image.convert("L") if is_grey else self._image).tobytes()
        palette: list[RGBA] = []
        last = 0
        for number in range(full + 1):
            at = pixels.find(number * _OPAQUE // full if is_grey else number)
            y, x = divmod(at, rendition.width)
            pixel = _PLACEHOLDER if at < 0 else rendition.crop((x, y, x + 1, y + 1)).convert("RGBA").getpixel((0, 0))
            palette.append(cast("RGBA", pixel) if at < 0 or cast("RGBA", pixel)[3] else _CLEAR)
            last = last if at < 0 else number
        return palette[: last + 1]

    def _alpha(self, clear: tuple[int, ...]) -> Image.Image:
        """An alpha that is 0 where all 16 bits of the three samples match this colour: PNG 3, 11.3.1.1.

        Pillow keeps only the high bytes. Read as little-endian, it keeps the low ones of a PNG's samples.
        """
        alpha = Image.new("L", self._image.size, 0)
        with Image.open(WatchedBytes(self._data, self._deadline), formats=("PNG",)) as low:
            low.tile = [tile._replace(args="RGB;16L") for tile in low.tile]
            for image, shift in ((self._image, 8), (low, 0)):
                for band, value in zip(image.split(), clear, strict=True):
                    other = [_OPAQUE] * (_OPAQUE + 1)
                    other[value >> shift & _OPAQUE] = 0
                    alpha = ImageChops.lighter(alpha, band.point(other))
        return alpha


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open a PNG; see opener.opened."""
    data, profile = without_damage(data)
    animation = apng.read(data, deadline)
    if animation is not None:
        check_memory(cost("PNG", animation.size, "RGBA", animated=True), limits)
    still = data if animation is None else animation.still
    with _decoded(still, limits, deadline) as image:
        if profile is not None:
            image.info["icc_profile"] = profile
        if data[_COLOUR_TYPE_AT] not in _GREYS:
            without_grey_profile(image)
        yield PngSource(data, without_exif_bomb(image), animation, limits, deadline)


@contextmanager
def _decoded(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[Image.Image]:
    """A PNG's picture, decoded.

    Its EXIF may come after the pixels, so reading it decodes them; and a decode that failed once may "succeed" the
    second time, with black pixels. So the first decode is made here, where its error counts.
    """
    with _opened(data, limits, deadline) as image:
        if inflated(image):
            yield image
            return
    # Pixels have checksums in their chunks and one in their stream. Where only that is wrong, they are undamaged, and
    # browsers show them (Chromium 156).
    if has_right_pixels(data):
        with _opened(data, limits, deadline) as image:
            if inflated(image, checked=False):
                yield image
                return
    # Pillow alone decides which other damage a PNG may have, and describes it.
    with _opened(data, limits, deadline) as image:
        image.load()
        yield image


def _opened(data: bytes, limits: Limits, deadline: Deadline) -> AbstractContextManager[Image.Image]:
    return opened_image(data, "PNG", "PIL.PngImagePlugin", limits, deadline)
