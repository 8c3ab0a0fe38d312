"""BMP. No AWS."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from services.resize.formats.bmp_header import RGB, header_of, with_full_header
from services.resize.formats.bmp_pixels import BmpSource
from services.resize.formats.bmp_rle import RLE4, RLE8, RLE24
from services.resize.formats.pillow import PillowSource, decoder_errors, opened_image
from services.resize.formats.source import OpenedImage
from services.resize.settings import Limits
from shared.deadline import Deadline

# Two bits of a pixel, and run-length codes, by (bits, compression).
_READ_HERE: Final = frozenset({(2, RGB), (4, RLE4), (8, RLE8), (24, RLE24)})


@contextmanager
def open_source(data: bytes, limits: Limits, deadline: Deadline) -> Iterator[OpenedImage]:
    """Open a BMP; see opener.opened.

    Pillow 13 reads few of the masks that fields can have, ignores alpha in 16 bits and profiles, and refuses two bits
    and OS/2's runs of 24-bit colours. Of other run-length codes it gives skipped pixels the first colour.
    """
    header = header_of(data)
    if header is not None and (any(header.masks or ()) or (header.bits, header.compression) in _READ_HERE):
        with decoder_errors(limits):
            yield BmpSource(data, header, limits, deadline)
        return
    with opened_image(with_full_header(data), "BMP", "PIL.BmpImagePlugin", limits, deadline) as image:
        if header is not None and header.icc_profile:
            image.info["icc_profile"] = header.icc_profile
        yield PillowSource(image, "BMP", limits, deadline, lossless=True)
