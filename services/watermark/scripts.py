"""The texts that the font can draw, and their glyphs in visual order. No Pillow, no AWS.

The font draws one glyph after the other, from left to right. So joining characters (Arabic) are replaced by the glyph
of their form, and text that runs from right to left (Hebrew and Arabic) is put in visual order.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from services.watermark.bidi import visual
from shared.errors import BadSetting

_NON_JOINER: Final = "\u200c"
# They ask for a form of the character before them, such as a coloured one: phones type them after (c) and hearts.
# https://www.unicode.org/faq/vs.html
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f]")
_TATWEEL: Final = "\u0640"
_LAM: Final = "\u0644"
# Alef, and alef with madda, with hamza above and below. Alef maksura is none of them: it is a form of yeh.
_ALEFS: Final = "\u0627\u0622\u0623\u0625"
_ARABIC_FORMS: Final = (range(0xFB50, 0xFE00), range(0xFE70, 0xFF00))


class Forms(NamedTuple):
    """The forms of an Arabic glyph by its joins; empty where it has no such form."""

    isolated: str = ""
    final: str = ""
    initial: str = ""
    medial: str = ""


def drawable(text: str, has_glyph: Callable[[str], bool]) -> str:
    r"""The text as it is drawn, glyph by glyph from left to right; "\n" begins a line.

    Args:
        text: text as it is written.
        has_glyph: whether the font has a glyph for a character.

    Raises:
        BadSetting: a character cannot be drawn; names each one, its code point and the reason.
    """
    plain = _SELECTORS.sub("", text.replace("\r\n", "\n"))
    lines = [_joined(line) for line in unicodedata.normalize("NFC", plain).split("\n")]
    refused: dict[str, list[str]] = {}
    for char in dict.fromkeys("".join(lines)):
        reason = _reason(char, has_glyph)
        if reason:
            refused.setdefault(reason, []).append(f"{char if char.isprintable() else ''} (U+{ord(char):04X})".strip())
    if not refused and not "".join(lines).strip():
        refused["it says"] = ["nothing but spaces"]
    if refused:
        reasons = "; ".join(f"{reason} {', '.join(chars)}" for reason, chars in refused.items())
        raise BadSetting(f"watermark.text is {text!r}, which cannot be drawn: {reasons}")
    return "\n".join(visual(line) for line in lines)


def _reason(char: str, has_glyph: Callable[[str], bool]) -> str | None:
    """The reason why a character cannot be drawn at its place, as a phrase before its name; None if it can."""
    category = unicodedata.category(char)
    if category[0] == "C" or category in {"Zl", "Zp"}:
        return "control character"
    if category[0] == "M":
        # A combining mark's position is in tables of the font that are not read: it would be drawn beside its glyph.
        return "combining mark that does not combine with the character before it"
    if not has_glyph(char):
        return "DejaVuSans has no glyph for"
    return None if _is_understood(char) else "character of a script whose joining is not supported"


def _is_understood(char: str) -> bool:
    """Whether drawing the character alone is right; not so for N'Ko and Syriac, whose forms have no code points."""
    if unicodedata.bidirectional(char) not in {"R", "AL"} or not unicodedata.category(char).startswith("L"):
        return True
    return (
        unicodedata.name(char).startswith("HEBREW")
        or char == _TATWEEL
        or any(ord(char) in block for block in _ARABIC_FORMS)
    )


def _joined(line: str) -> str:
    """The line with the forms that adjacent Arabic glyphs take."""
    glyphs = _with_lam_alef(line)
    shaped = []
    for index, glyph in enumerate(glyphs):
        if glyph not in _forms():
            shaped.append(glyph)
            continue
        before = glyphs[index - 1] if index else ""
        after = glyphs[index + 1] if index + 1 < len(glyphs) else ""
        forms = _forms()[glyph]
        joins_before = bool(forms.final) and (before == _TATWEEL or _joins_onward(before))
        joins_after = _joins_onward(glyph) and (after == _TATWEEL or bool(_forms().get(after, Forms()).final))
        if joins_before and joins_after:
            shaped.append(forms.medial)
        elif joins_before:
            shaped.append(forms.final)
        else:
            shaped.append(forms.initial if joins_after else forms.isolated)
    return "".join(shaped).replace(_NON_JOINER, "")


def _joins_onward(glyph: str) -> bool:
    return bool(_forms().get(glyph, Forms()).medial)


def _with_lam_alef(line: str) -> list[str]:
    """The glyphs, with lam and a following alef as one, which is mandatory."""
    glyphs: list[str] = []
    for char in line:
        if glyphs and glyphs[-1] == _LAM and _LAM + char in _forms():
            glyphs[-1] += char
        else:
            glyphs.append(char)
    return glyphs


@cache
def _forms() -> dict[str, Forms]:
    """The forms of each Arabic glyph, and of lam with each alef: Unicode lists what each form stands for.

    "<initial> 0628" is the decomposition of U+FE91 in the character database.
    """
    found: dict[str, Forms] = {}
    for code in (code for block in _ARABIC_FORMS for code in block):
        tag, *stands_for = unicodedata.decomposition(chr(code)).split() or [""]
        glyphs = "".join(chr(int(each, 16)) for each in stands_for)
        one = len(glyphs) == 1 or (len(glyphs) == 2 and glyphs[0] == _LAM and glyphs[1] in _ALEFS)  # noqa: PLR2004
        if one and tag.strip("<>") in Forms._fields:
            found[glyphs] = found.get(glyphs, Forms())._replace(**{tag.strip("<>"): chr(code)})
    return found
