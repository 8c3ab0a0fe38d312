"""Contact sheets: sources and outputs side by side, up to 48 on a page."""

import io
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from ops.demo.report import Result
from ops.preview.picture_pool import PicturePool
from ops.show import visible
from services.resize.settings import Limits
from services.watermark.drawn_text import FONT
from shared.errors import PipelineError
from shared.notices import human_size
from shared.notifications import ImageStored, StoredRendition

PER_PAGE: Final = 48

_COLUMNS: Final = 3
_CELL: Final = (730, 282)
_CELL_WITHOUT_PICTURES: Final = 138
_MARGIN: Final = 24
_PICTURE: Final = (270, 200)
_THUMB: Final = (116, 116)
_GAP: Final = 14

PAPER: Final = (250, 249, 246)
_CARD: Final = (255, 255, 255)
INK: Final = (38, 38, 44)
FAINT: Final = (120, 120, 128)
_ALARM: Final = (176, 32, 32)
_SQUARES: Final = ((255, 255, 255), (226, 226, 230))
_SQUARE: Final = 10
_NARROWEST_GLYPH: Final = 2  # px; to begin near the cut that is looked for
_GLYPHS_MISSING: Final = "\U0010ffff"


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Fonts and decoders for drawing cards.

    Args:
        name: Font for an image's key.
        text: Font for outcomes.
        small: Font for captions.
        pictures: Decodes sources and outputs.
    """

    name: ImageFont.FreeTypeFont
    text: ImageFont.FreeTypeFont
    small: ImageFont.FreeTypeFont
    pictures: PicturePool


def write(results: Sequence[Result], outputs: Mapping[str, Path], folder: Path) -> list[Path]:
    """Write contact-sheet.png, then contact-sheet-2.png and so on for more images, in their order."""
    pages = [results[start : start + PER_PAGE] for start in range(0, len(results), PER_PAGE)]
    paths = []
    with closing(PicturePool(children=1)) as pool:
        tools = Tools(name=font(17), text=font(14), small=font(12), pictures=pool)
        for number, page in enumerate(pages, start=1):
            path = folder / ("contact-sheet.png" if number == 1 else f"contact-sheet-{number}.png")
            _page(page, outputs, tools).save(path, compress_level=3)
            paths.append(path)
    return paths


def _page(results: Sequence[Result], outputs: Mapping[str, Path], tools: Tools) -> Image.Image:
    rows = [results[start : start + _COLUMNS] for start in range(0, len(results), _COLUMNS)]
    heights = [_CELL[1] if any(map(_has_pictures, row)) else _CELL_WITHOUT_PICTURES for row in rows]
    width = _MARGIN + min(_COLUMNS, len(results)) * (_CELL[0] + _MARGIN)
    page = Image.new("RGB", (width, _MARGIN + sum(height + _MARGIN for height in heights)), PAPER)
    y = _MARGIN
    for row, height in zip(rows, heights, strict=True):
        for column, result in enumerate(row):
            page.paste(_card(result, outputs, tools, height), (_MARGIN + column * (_CELL[0] + _MARGIN), y))
        y += height + _MARGIN
    return page


def _has_pictures(result: Result) -> bool:
    """Whether the pipeline has decoded the image: no other file is decoded here."""
    return result.outcome == "stored" and isinstance(result.notice, ImageStored)


def _card(result: Result, outputs: Mapping[str, Path], tools: Tools, height: int) -> Image.Image:
    card = Image.new("RGB", (_CELL[0], height), _CARD)
    draw = ImageDraw.Draw(card)
    draw.rectangle((0, 0, _CELL[0] - 1, height - 1), outline=(226, 224, 218))
    name = _fitting(_readable(result.uploaded.key, tools.name), tools.name, _CELL[0] - 2 * _GAP)
    draw.text((_GAP, _GAP - 2), name, font=tools.name, fill=INK)
    top = _GAP + 30
    notice = result.notice
    if _has_pictures(result) and isinstance(notice, ImageStored):
        before = f"{notice.source_format} {notice.source_width} x {notice.source_height}"
        caption = f"{before}, {human_size(result.uploaded.size_bytes)}"
        _picture(card, result.path, (_GAP, top), box=_PICTURE, caption=caption, tools=tools)
        at = _GAP + _PICTURE[0] + _GAP
        for output in notice.outputs[:1]:
            path = outputs.get(output.key)
            _picture(card, path, (at, top), box=_PICTURE, caption=_described(output), tools=tools)
        at += _PICTURE[0] + _GAP
        for output in notice.outputs[1:2]:
            path = outputs.get(output.key)
            caption = f"{output.width} x {output.height}, {human_size(output.size_bytes)}"
            _picture(card, path, (at, top), box=_THUMB, caption=caption, tools=tools)
    else:
        draw.text((_GAP, top), f"{result.outcome}", font=tools.text, fill=_ALARM)
        error = f"{result.row.error}: " if result.row is not None and result.row.error else ""
        for line in _wrapped(error + _readable(result.reason, tools.text), tools.text, _CELL[0] - 2 * _GAP)[:3]:
            top += 24
            draw.text((_GAP, top), line, font=tools.text, fill=_ALARM)
    return card


def _described(output: StoredRendition) -> str:
    frames = f", {output.frames} frames" if output.frames > 1 else ""
    return f"{output.width} x {output.height}, {human_size(output.size_bytes)}{frames}"


def _picture(
    card: Image.Image, path: Path | None, at: tuple[int, int], *, box: tuple[int, int], caption: str, tools: Tools
) -> None:
    draw = ImageDraw.Draw(card)
    try:
        if path is None:
            raise FileNotFoundError("it was not fetched")
        with Image.open(io.BytesIO(tools.pictures.small(path.read_bytes(), box, Limits()))) as webp:
            image = on_checkerboard(webp)
    except (PipelineError, OSError, ValueError) as error:
        draw.rectangle((*at, at[0] + box[0], at[1] + box[1]), fill=(236, 236, 238))
        draw.text((at[0] + 6, at[1] + 6), _fitting(str(error), tools.small, box[0] - 12), font=tools.small, fill=_ALARM)
    else:
        card.paste(image, (at[0] + (box[0] - image.width) // 2, at[1] + (box[1] - image.height) // 2))
    line = _fitting(caption, tools.small, box[0] + 8)
    draw.text((at[0], at[1] + box[1] + 6), line, font=tools.small, fill=FAINT)


def on_checkerboard(picture: Image.Image) -> Image.Image:
    """A picture on a background that shows through its transparent pixels."""
    board = Image.new("RGB", picture.size, _SQUARES[0])
    draw = ImageDraw.Draw(board)
    for y in range(0, picture.height, _SQUARE):
        for x in range(y // _SQUARE % 2 * _SQUARE, picture.width, 2 * _SQUARE):
            draw.rectangle((x, y, x + _SQUARE - 1, y + _SQUARE - 1), fill=_SQUARES[1])
    rgba = picture.convert("RGBA")
    board.paste(rgba, mask=rgba.getchannel("A"))
    return board


def font(size: int) -> ImageFont.FreeTypeFont:
    """The sheets' font."""
    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)


def _readable(text: str, font: ImageFont.FreeTypeFont) -> str:
    """Replace each character that the font lacks by its code point."""
    missing = bytes(font.getmask(_GLYPHS_MISSING))
    return "".join(
        char if char.isspace() or bytes(font.getmask(char)) != missing else f"[{ord(char):X}]" for char in visible(text)
    )


def _fitting(text: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """Cut a text in its middle if it is wider than the width."""
    if font.getlength(text) <= width:
        return text
    keep = min(len(text), width // _NARROWEST_GLYPH)
    while keep > 1 and font.getlength(text[: keep // 2] + "…" + text[-(keep // 2) :]) > width:
        keep -= 2
    return text[: keep // 2] + "…" + text[-(keep // 2) :]


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(_fitting(word, font, width))
    return lines
