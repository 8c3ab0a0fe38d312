"""Texts of metadata, made safe to pass on: one line, bounded, printable. No Pillow, no AWS."""

import re
from typing import Final

from shared.text import is_printable

MAX_CHARACTERS: Final = 200
MAX_ALT_CHARACTERS: Final = 1000
# What is longer is not cut, since it would lead elsewhere.
MAX_URL_CHARACTERS: Final = 500
_MAX_READ: Final = 65_536
_URL: Final = re.compile(r"https?://[^\s<>\"\\^`{|}]+", re.IGNORECASE)


def plain(value: object) -> str | None:
    """One line of at most MAX_CHARACTERS characters; None where there is none.

    Args:
        value: text in which each character may stand for a byte, or its bytes; anything else is ignored.
    """
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    # A name of 50 MB is not a name; what remains after this cut is still far longer than the result.
    return line(_as_meant(value[:_MAX_READ])) if isinstance(value, str) else None


def line(text: str, characters: int = MAX_CHARACTERS) -> str | None:
    """The text as one line of at most so many characters; None where there is none."""
    # A NUL separates the photographer's notice from the editor's.
    cleaned = "".join(char if is_printable(char) else " " for char in text[:_MAX_READ])
    return " ".join(cleaned.split())[:characters].strip() or None


def url(text: str) -> str | None:
    """The address of a web page; None where the text is not one, or is longer than MAX_URL_CHARACTERS."""
    found = text.strip()
    is_url = len(found) <= MAX_URL_CHARACTERS and found.isprintable() and _URL.fullmatch(found) is not None
    return found if is_url else None


def _as_meant(text: str) -> str:
    """The text as UTF-8 where its bytes are that: EXIF specifies ASCII, but cameras and programs write UTF-8.

    Pillow decodes every byte as the character with that number.
    """
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text
