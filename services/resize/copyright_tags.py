"""Who owns a picture, by its own metadata: only artist and copyright. No AWS."""

from typing import Final

from PIL import Image

from shared.messages import Copyright

MAX_CHARACTERS: Final = 200
_MAX_READ: Final = 65_536

# https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf, 4.6.4
_ARTIST: Final = 0x013B
_COPYRIGHT: Final = 0x8298

# A PNG may have them in text chunks instead: https://www.w3.org/TR/png-3/#11keywords
_PNG_ARTIST: Final = "Author"
_PNG_COPYRIGHT: Final = "Copyright"


def copyright_of(image: Image.Image) -> Copyright | None:
    """Artist and copyright in the metadata of an opened image; None where there are none.

    EXIF is read in every format that has it, and a PNG's text. XMP is not: it would take an XML parser.

    Args:
        image: the image as Pillow opened it.
    """
    try:
        exif = image.getexif()
    except Exception:  # noqa: BLE001 - damaged metadata must not cost the picture
        exif = Image.Exif()
    texts = image.info if image.format == "PNG" else {}
    return copyright_in(
        _plain(exif.get(_ARTIST)) or texts.get(_PNG_ARTIST), _plain(exif.get(_COPYRIGHT)) or texts.get(_PNG_COPYRIGHT)
    )


def copyright_in(artist: object, notice: object) -> Copyright | None:
    """Artist and copyright from texts of a file; None where both are empty.

    Args:
        artist: text or its bytes; anything else is ignored.
        notice: the copyright notice, likewise.
    """
    artist, notice = _plain(artist), _plain(notice)
    return Copyright(artist=artist, copyright=notice) if artist or notice else None


def _plain(value: object) -> str | None:
    """One line of at most MAX_CHARACTERS characters; None where there is none."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    # A name of 50 MB is not a name; what remains after this cut is still far longer than the result.
    value = value[:_MAX_READ]
    # A NUL separates the photographer's notice from the editor's.
    cleaned = "".join(char if char.isprintable() else " " for char in _as_meant(value))
    return " ".join(cleaned.split())[:MAX_CHARACTERS].strip() or None


def _as_meant(text: str) -> str:
    """The text as UTF-8 where its bytes are that: EXIF specifies ASCII, but cameras and programs write UTF-8.

    Pillow decodes every byte as the character with that number.
    """
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
