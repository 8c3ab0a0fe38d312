"""Text of an uploader's choice, as people may safely be shown it."""

from typing import Final

# Joiners within words of Arabic, Persian and Sinhala, and within emoji: they hide and move nothing.
_JOINERS: Final = frozenset("\u200c\u200d")


def is_printable(text: str) -> bool:
    """Whether a text has only what can be shown on one line: printable characters, and joiners within words."""
    return all(char.isprintable() or char in _JOINERS for char in text)


def visible(text: str) -> str:
    r"""The text with what would end the line, move the cursor or turn the line around written as \x1b or \u202e.

    Such are control characters (C0 and C1), line separators, bidirectional controls and halves of characters.
    """
    return "".join(char if is_printable(char) else char.encode("unicode_escape").decode("ascii") for char in text)
