"""Artist and copyright in EXIF, or in a PNG's text. No AWS."""

from typing import Final

from PIL import Image

from services.resize.metadata.texts import plain
from shared.messages import Copyright

# https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf, 4.6.4
_ARTIST: Final = 0x013B
_COPYRIGHT: Final = 0x8298

# A PNG may have them in text chunks instead: https://www.w3.org/TR/png-3/#11keywords
_PNG_ARTIST: Final = "Author"
_PNG_COPYRIGHT: Final = "Copyright"


def copyright_of(image: Image.Image) -> Copyright | None:
    """Artist and copyright in the EXIF of an opened image, or in a PNG's text; None where there are none.

    Args:
        image: the image as Pillow opened it.
    """
    try:
        exif = image.getexif()
    except Exception:  # noqa: BLE001 - damaged metadata must not cost the picture
        exif = Image.Exif()
    texts = image.info if image.format == "PNG" else {}
    return copyright_in(
        plain(exif.get(_ARTIST)) or texts.get(_PNG_ARTIST), plain(exif.get(_COPYRIGHT)) or texts.get(_PNG_COPYRIGHT)
    )


def copyright_in(artist: object, notice: object) -> Copyright | None:
    """Artist and copyright from texts of a file; None where both are empty.

    Args:
        artist: text or its bytes; anything else is ignored.
        notice: the copyright notice, likewise.
    """
    artist, notice = plain(artist), plain(notice)
    return Copyright(artist=artist, copyright=notice) if artist or notice else None
