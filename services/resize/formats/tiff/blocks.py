"""Rows of a picture, of which every plane has the same, one block after the other. No AWS."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.resize.formats.tiff.parts import Lines, Parts


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some rows: of each plane, or of the only one.

    Args:
        top: first row.
        rows: how many, more than the picture has where a line holds several.
        planes: their samples.
    """

    top: int
    rows: int
    planes: tuple[bytes, ...]


def blocks(parts: Parts) -> Iterator[Block]:
    """All blocks of a picture, from its first row on."""
    layout = parts.layout
    wanted = layout.colours + (layout.alpha is not None) if layout.planar else 1
    streams: list[Iterator[Lines]] = [parts.lines(plane) for plane in range(wanted)]
    for lines in zip(*streams, strict=True):
        yield Block(
            top=lines[0].top * layout.line_rows,
            rows=lines[0].count * layout.line_rows,
            planes=tuple(each.data for each in lines),
        )
