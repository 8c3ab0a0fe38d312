"""PNG and APNG. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from services.resize.deadline import Deadline
from services.resize.formats.pillow import PillowSource, is_animated, opened_image, without_exif_bomb
from services.resize.formats.png_chunks import facts_of
from services.resize.formats.source import Source
from services.resize.settings import Limits

# IHDR is the first chunk, and its bit depth follows width and height. https://www.w3.org/TR/png-3/#11IHDR
_BITS_AT: Final = 24


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[Source]:
    """Open a PNG; see opening.opened."""
    with opened_image(data, "PNG", "PIL.PngImagePlugin", limits, deadline) as image:
        # Its EXIF may come after the pixels, so asking for it decodes; and a decode that failed once may "succeed"
        # the second time, with black pixels. So the first one is made here, where its error counts.
        image.load()
        without_exif_bomb(image)
        facts = facts_of(data, has_profile="icc_profile" in image.info)
        yield PillowSource(
            image,
            "PNG",
            limits,
            deadline,
            orientation=facts.orientation,
            encoding=facts.encoding,
            bits=data[_BITS_AT],
            animated=is_animated(image),
            plays=int(image.info.get("loop") or 0),
            lossless=True,
        )
