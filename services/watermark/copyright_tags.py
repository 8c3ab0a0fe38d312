"""Writes the owner of a picture into the file: EXIF with only artist and copyright. No AWS."""

from typing import Final

from PIL import Image

from shared.messages import Copyright

# https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf, 4.6.4
_ARTIST: Final = 0x013B
_COPYRIGHT: Final = 0x8298


def exif(copyright_fields: Copyright) -> bytes:
    """The EXIF block, for formats with EXIF."""
    block = Image.Exif()
    for tag, text in ((_ARTIST, copyright_fields.artist), (_COPYRIGHT, copyright_fields.copyright)):
        if text is not None:
            # UTF-8, as programs write and read it; Pillow would replace non-ASCII characters with "?".
            block[tag] = text.encode()
    return block.tobytes()


def comment(copyright_fields: Copyright) -> bytes:
    """Artist and copyright as text, for a format that has only a comment."""
    return "\n".join(
        text for text in (copyright_fields.copyright, copyright_fields.artist) if text is not None
    ).encode()
