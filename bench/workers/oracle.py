"""One TIFF, HEIC or AVIF to PNG by tifffile, pillow-heif or imagecodecs, in their own environment.

`oracle.py SOURCE TARGET`; the frames of an AVIF are written to TARGET with -0000 and so on before its suffix.

The numbers of a TIFF's first page are scaled as TIFF 6.0 defines them: unsigned ones by their bits, WhiteIsZero
inverted, and an unspecified extra sample is not alpha. Signed and floating-point numbers have no such scale: from 0 to
1 they count as fractions of white, from 0 to 255 as levels, and others are not supported.
"""

import logging
import sys
from pathlib import Path

import imagecodecs
import numpy as np
import pillow_heif
import tifffile
from PIL import Image, ImageOps

_GREYS = (tifffile.PHOTOMETRIC.MINISWHITE, tifffile.PHOTOMETRIC.MINISBLACK)
_COLOURS = (tifffile.PHOTOMETRIC.RGB, tifffile.PHOTOMETRIC.YCBCR)
_ALPHAS = (tifffile.EXTRASAMPLE.ASSOCALPHA, tifffile.EXTRASAMPLE.UNASSALPHA)
_ORIENTATION = 274
_WHITE = 255
_PLANES = 3  # dimensions of an array with several samples per pixel


class _Strict(logging.Handler):
    """Ends the program: tifffile logs damage, and returns zeros for missing pixels."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.exit(record.getMessage())


def main(source: str, target: str) -> None:
    """Write the picture; exit with 1 and a reason if there is none."""
    if Path(source).suffix == ".avif":
        _avif(source, Path(target))
        return
    image = _tiff(source) if Path(source).suffix == ".tiff" else _heif(source)
    image.save(target, icc_profile=image.info.get("icc_profile"), compress_level=1)


def _avif(source: str, target: Path) -> None:
    """Every frame, without rotation, crop and profile: a file with these is not supported."""
    data = Path(source).read_bytes()
    if any(name in data for name in (b"irot", b"imir", b"clap", b"prof", b"rICC", b"tmap")):
        sys.exit("AVIFs with rotation, crop or profile are not supported")
    numbers = imagecodecs.avif_decode(data, numthreads=1)
    if numbers.dtype != np.uint8:
        sys.exit("AVIFs of more than 8 bits are not supported")
    for index, frame in enumerate(numbers if numbers.ndim > _PLANES else [numbers]):
        Image.fromarray(frame).save(target.with_name(f"{target.stem}-{index:04}.png"), compress_level=1)


def _heif(source: str) -> Image.Image:
    pillow_heif.register_heif_opener()
    with Image.open(source) as image:
        image.load()
        return image


def _tiff(source: str) -> Image.Image:
    logging.getLogger("tifffile").addHandler(_Strict())
    with tifffile.TiffFile(source) as file:
        page = file.pages[0]
        if page.photometric not in (*_GREYS, *_COLOURS):
            sys.exit(f"{page.photometric.name} is not supported")
        count = 1 if page.photometric in _GREYS else 3
        numbers = page.asarray()
        if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and numbers.ndim == _PLANES:
            numbers = np.moveaxis(numbers, 0, -1)
        levels = _levels(numbers.reshape(page.imagelength, page.imagewidth, -1), page.bitspersample)
        shown = levels[..., :count]
        if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
            shown = _WHITE - shown
        shown = np.repeat(shown, 3, axis=2) if count == 1 else shown
        if page.extrasamples and page.extrasamples[0] in _ALPHAS:
            alpha = levels[..., count : count + 1]
            if page.extrasamples[0] == tifffile.EXTRASAMPLE.ASSOCALPHA:
                shown = np.clip(shown * _WHITE / np.maximum(alpha, 1e-6), 0, _WHITE)
            shown = np.concatenate([shown, alpha], axis=2)
        image = Image.fromarray(np.round(shown).astype(np.uint8))
        tag = page.tags.get(_ORIENTATION)
        image.getexif()[_ORIENTATION] = int(tag.value) if tag is not None else 1
        turned = ImageOps.exif_transpose(image)
        profile = page.tags.get("InterColorProfile")
        if profile is not None:
            turned.info["icc_profile"] = bytes(profile.value)
        return turned


def _levels(numbers: np.ndarray, bits: int) -> np.ndarray:
    """Numbers as levels from 0 to 255."""
    if numbers.dtype.kind == "u":
        return numbers.astype(np.float64) * (_WHITE / (2**bits - 1))
    if numbers.dtype.kind == "b":
        return numbers * float(_WHITE)
    low, high = float(numbers.min()), float(numbers.max())
    if low < 0 or high > _WHITE:
        sys.exit(f"numbers from {low:g} to {high:g} have no common interpretation")
    return numbers.astype(np.float64) * (_WHITE if high <= 1 and numbers.dtype.kind == "f" else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
