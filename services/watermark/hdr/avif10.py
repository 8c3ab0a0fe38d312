"""HDR pixels as an AVIF of 10 bits, by a library that only the zip of `extras: [avif10]` has. No AWS."""

from collections.abc import Mapping
from typing import Any, Final

from services.watermark.hdr.avif_container import Colours, avif_file, taken_out
from services.watermark.hdr.pixels import HdrPicture
from shared.libvips import vips

_BITS: Final = 10
# The encoder takes the upper bits of 16: half of a level is added, so that it rounds.
_HALF: Final = 32
_WORD: Final = 65_535
# libvips counts the other way: this is speed 8 of libaom, as for other AVIFs.
_EFFORT: Final = 1
_EXIF_PREFIX: Final = b"Exif\0\0"


def avif10(picture: HdrPicture, metadata: Mapping[str, Any], *, quality: int) -> bytes:
    """Encode a picture.

    Args:
        picture: its pixels.
        metadata: EXIF and XMP as bytes, by these names; empty for none.
        quality: 1 to 100, as libaom's other callers count it.

    Raises:
        EncoderMissing: the library is not installed.
    """
    library = vips()
    words = (picture.words + _HALF).clamp(min=0, max=_WORD).cast("ushort").copy(interpretation="rgb16")
    written = words.heifsave_buffer(
        compression="av1",
        bitdepth=_BITS,
        Q=quality,
        effort=_EFFORT,
        subsample_mode="on",
        keep=library.enums.ForeignKeep.NONE,
    )
    exif = metadata.get("exif")
    colours = Colours(primaries=picture.primaries, transfer=picture.transfer, max_cll=picture.max_cll)
    return avif_file(
        taken_out(written),
        (words.width, words.height),
        colours,
        exif=None if exif is None else exif.removeprefix(_EXIF_PREFIX),
        xmp=metadata.get("xmp"),
    )
