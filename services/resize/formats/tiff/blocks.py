"""Blocks of rows, the same rows of every plane at once, from top to bottom. No AWS."""

from collections.abc import Iterator

from services.resize.formats.tiff.parts import Lines, Parts
from shared.light_dataclass import dataclass


@dataclass(frozen=True, kw_only=True)
class Block:
    """Some rows of a picture, in each of its planes.

    Args:
        top: first row, from 0.
        rows: number of rows; the last block may reach below the picture where a line holds several rows.
        planes: samples of each plane; a file that is not planar has one.
    """

    top: int
    rows: int
    planes: tuple[bytes, ...]


def blocks(parts: Parts) -> Iterator[Block]:
    """Yield all blocks of a picture, from its first row down."""
    layout = parts.layout
    wanted = layout.colours + (layout.alpha is not None) if layout.planar else 1
    streams: list[Iterator[Lines]] = [parts.lines(plane) for plane in range(wanted)]
    for lines in zip(*streams, strict=True):
        yield Block(
            top=lines[0].top * layout.line_rows,
            rows=lines[0].count * layout.line_rows,
            planes=tuple(each.data for each in lines),
        )
