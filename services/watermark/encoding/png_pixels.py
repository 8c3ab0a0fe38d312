"""Pixels to the body of a PNG's IDAT: a filter for the rows, and deflate. No AWS.

libdeflate compresses a photograph of 1024 x 768 px in 25 ms where zlib takes 50 to 90, into fewer bytes. It takes all
bytes at once, so a picture's rows are also filtered at once, by operations on whole images: all rows with the same
filter type, which a trial on a part of them chooses.
"""

import io
import zlib
from enum import Enum
from typing import Final

import deflate
from PIL import Image, ImageChops

from services.watermark.encoding.png_chunks import chunks

# libdeflate's levels are 1 to 12.
QUICK: Final = 2
MEDIUM: Final = 6
SMALL: Final = 10
_BELOW_SMALL: Final = 9
_TRIAL: Final = 1

# A trial reads one in this many bands, each of this many rows.
_BANDS: Final = 16
_BAND_ROWS: Final = 4

# Paeth costs as much as three other filters together: it is used where the file shrinks to this fraction or less.
_PAETH_FOR: Final = 0.97

_NOT_ZERO: Final = [0] + [255] * 255


class Filter(Enum):
    """How rows are filtered: all by one of the standard's types, or each by the one that Pillow chooses.

    https://www.w3.org/TR/png-3/#9Filter-types
    """

    NONE = 0
    SUB = 1
    UP = 2
    AVERAGE = 3
    PAETH = 4
    ADAPTIVE = -1


_QUICK: Final = (Filter.NONE, Filter.SUB, Filter.UP, Filter.AVERAGE)


def likely_filter(image: Image.Image) -> Filter:
    """The filter that is best for a part of the rows.

    Args:
        image: image of mode L, RGB or RGBA.
    """
    samples, step = _samples(image)
    bands, rows = _bands(samples)
    sizes = {each: _trial_bytes(bands, rows, step, each) for each in (*_QUICK, Filter.PAETH)}
    quick = min(_QUICK, key=lambda each: sizes[each])
    return Filter.PAETH if sizes[Filter.PAETH] < _PAETH_FOR * sizes[quick] else quick


def best_filter(image: Image.Image, level: int) -> Filter:
    """The filter with which an image takes the fewest bytes.

    Args:
        image: image of mode L, RGB or RGBA.
        level: level of libdeflate, 1 to 12.
    """
    return min(Filter, key=lambda each: len(compressed(image, each, level)))


def compressed(image: Image.Image, by: Filter, level: int) -> bytes:
    """Filter and compress pixels as the body of IDAT.

    Args:
        image: image of mode L, RGB or RGBA.
        by: filter of the rows.
        level: level of libdeflate, 1 to 12.
    """
    if by is Filter.ADAPTIVE:
        return _deflated(_adaptive_rows(image), level)
    filtered = _filtered(*_samples(image), by)
    return _deflated(_rows(filtered.tobytes(), image.height, by), level)


def packed(indexes: Image.Image, bits: int, level: int) -> bytes:
    """Compress indexes as the body of IDAT, unfiltered, which is best for a palette or few bits.

    https://www.w3.org/TR/png-3/#12Filter-selection

    Args:
        indexes: image of mode L; each index is below 2 to the power of `bits`.
        bits: bits of an index: 1, 2, 4 or 8.
        level: level of libdeflate, 1 to 12.
    """
    data = indexes.convert("P").tobytes("raw", "P" if bits == 8 else f"P;{bits}")  # noqa: PLR2004 - bits of a byte
    return _deflated(_rows(data, indexes.height, Filter.NONE), level)


def _samples(image: Image.Image) -> tuple[Image.Image, int]:
    """An image's samples as one band, in which a row is as long as its bytes, and the number of bytes per pixel."""
    step = len(image.getbands())
    return Image.frombuffer("L", (image.width * step, image.height), image.tobytes(), "raw", "L", 0, 1), step


def _bands(samples: Image.Image) -> tuple[Image.Image, int]:
    """Rows from all over the picture in bands, each below the row above it, which filters use; and a band's rows.

    All rows are one band if they are few.
    """
    apart = _BANDS * _BAND_ROWS
    if samples.height < 2 * apart:
        tops, rows = range(1), samples.height
    else:
        tops, rows = range(1, samples.height - _BAND_ROWS, apart), _BAND_ROWS
    bands = Image.new("L", (samples.width, len(tops) * (1 + rows)))
    for index, top in enumerate(tops):
        bands.paste(samples.crop((0, top - 1, samples.width, top + rows)), (0, index * (1 + rows)))
    return bands, rows


def _trial_bytes(bands: Image.Image, rows: int, step: int, by: Filter) -> int:
    """The compressed size of bands, without the row above each."""
    data, width = _filtered(bands, step, by).tobytes(), bands.width
    within = (data[at + width : at + (1 + rows) * width] for at in range(0, len(data), (1 + rows) * width))
    return len(deflate.zlib_compress(_rows(b"".join(within), bands.height // (1 + rows) * rows, by), _TRIAL))


def _filtered(samples: Image.Image, step: int, by: Filter) -> Image.Image:
    """The difference that a filter leaves of each sample."""
    if by is Filter.NONE:
        return samples
    if by is Filter.UP:
        return ImageChops.subtract_modulo(samples, _moved(samples, 0, 1))
    left = _moved(samples, step, 0)
    if by is Filter.SUB:
        return ImageChops.subtract_modulo(samples, left)
    above = _moved(samples, 0, 1)
    if by is Filter.AVERAGE:
        # The mean is rounded down, as in the standard.
        return ImageChops.subtract_modulo(samples, ImageChops.add(left, above, scale=2))
    return ImageChops.subtract_modulo(samples, _paeth(left, above, _moved(samples, step, 1)))


def _paeth(left: Image.Image, above: Image.Image, corner: Image.Image) -> Image.Image:
    """Of each sample's three neighbours, the one nearest to left + above - corner.

    That is the corner if it is between the other two and nearer to their middle than to either; otherwise it is the one
    of the left and the upper neighbour that is further from the corner.
    """
    to_left, to_above = ImageChops.difference(above, corner), ImageChops.difference(left, corner)
    nearest = left.copy()
    nearest.paste(above, mask=ImageChops.subtract(to_left, to_above).point(_NOT_ZERO))
    less, more = ImageChops.darker(to_left, to_above), ImageChops.lighter(to_left, to_above)
    central = ImageChops.subtract(ImageChops.add(less, less), more)
    between = ImageChops.darker(
        ImageChops.subtract(corner, ImageChops.darker(left, above)),
        ImageChops.subtract(ImageChops.lighter(left, above), corner),
    )
    nearest.paste(corner, mask=ImageChops.darker(between, central).point(_NOT_ZERO))
    return nearest


def _moved(samples: Image.Image, across: int, down: int) -> Image.Image:
    """Each sample's neighbour to the left or above; zero at the edge."""
    moved = Image.new("L", samples.size)
    moved.paste(samples, (across, down))
    return moved


def _adaptive_rows(image: Image.Image) -> bytes:
    """All rows, filtered as Pillow does."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=0)
    return zlib.decompress(b"".join(body for kind, body in chunks(buffer.getvalue()) if kind == b"IDAT"))


def _rows(data: bytes, height: int, by: Filter) -> bytes:
    """All rows, each after its filter type."""
    row = len(data) // height
    mark = bytes([by.value])
    return b"".join(mark + data[at : at + row] for at in range(0, len(data), row))


def _deflated(rows: bytes, level: int) -> bytes:
    """Rows as a zlib stream.

    libdeflate 1.25 writes equal rows larger at levels 10 and 11 than at 9, up to 1.77 times:
    findings/libdeflate-level-ten-above-nine.sh.
    """
    levels = (_BELOW_SMALL, SMALL) if level == SMALL else (level,)
    return min((bytes(deflate.zlib_compress(rows, each)) for each in levels), key=len)
