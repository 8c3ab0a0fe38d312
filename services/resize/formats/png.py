"""PNG and APNG. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from services.resize.deadline import Deadline
from services.resize.formats import apng
from services.resize.formats.pillow import exif_orientation, opened_image, without_exif_bomb
from services.resize.formats.png_chunks import without_damage
from services.resize.formats.source import Source
from services.resize.settings import Limits

# IHDR is the first chunk, and its bit depth follows width and height. https://www.w3.org/TR/png-3/#11IHDR
_BITS_AT: Final = 24


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[Source]:
    """Open a PNG; see opening.opened."""
    data, profile = without_damage(data)
    animation = apng.read(data, deadline)
    still = data if animation is None else animation.still
    with opened_image(still, "PNG", "PIL.PngImagePlugin", limits, deadline) as image:
        if profile is not None:
            image.info["icc_profile"] = profile
        # Its EXIF may come after the pixels, so asking for it decodes; and a decode that failed once may "succeed"
        # the second time, with black pixels. So the first one is made here, where its error counts.
        image.load()
        source = apng.PngSource(
            image,
            "PNG",
            limits,
            deadline,
            orientation=exif_orientation(without_exif_bomb(image)),
            bits=data[_BITS_AT],
            animated=animation is not None and len(animation.frames) > 1,
            plays=0 if animation is None else animation.plays,
            lossless=True,
        )
        source.animation = animation
        yield source
