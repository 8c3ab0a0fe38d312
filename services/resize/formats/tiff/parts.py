"""Strips and tiles of a TIFF as lines of samples, decompressed a few at a time. No AWS."""

from collections.abc import Callable, Iterator

from PIL import Image

from services.resize.formats.tiff.decompression import BLOCK_BYTES, MAX_PARTS, Unpacker
from services.resize.formats.tiff.directories import Directory
from services.resize.formats.tiff.layout import Layout
from shared.light_dataclass import dataclass


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Some lines of one plane, from the left edge to the right.

    Args:
        top: first line, from 0.
        count: number of lines.
        data: the samples; every line starts at a byte.
    """

    top: int
    count: int
    data: bytes


class Parts:
    """The strips or tiles of one picture.

    Args:
        layout: layout of the samples in the file.
        directory: directory with the tags that a decompressor needs.
        check: called between blocks; may raise, as a deadline does.
    """

    def __init__(self, layout: Layout, directory: Directory, check: Callable[[], None]) -> None:
        self._unpacker = Unpacker(layout, directory, check)
        self._check = check
        self.order = directory.order
        self.layout = self._unpacker.layout

    def lines(self, plane: int = 0) -> Iterator[Lines]:
        """Yield all lines of a plane, some at a time.

        Raises:
            UnreadableImage: a part is missing, or cannot be decompressed.
        """
        layout = self.layout
        first = plane * layout.across * layout.down
        total = -(-layout.height // layout.line_rows)
        part_bytes = layout.line_bytes * layout.part_lines
        several = max(1, min(MAX_PARTS, BLOCK_BYTES // part_bytes)) if layout.across == 1 else 1
        for row in range(0, layout.down, several):
            self._check()
            top = row * layout.part_lines
            rows = min(several, layout.down - row)
            parts = range(first + row * layout.across, first + (row + rows) * layout.across)
            count = min(rows * layout.part_lines, total - top)
            if layout.across > 1:
                raster: bytes | Image.Image = self._side_by_side(parts)
            else:
                # A tile is complete even where it extends beyond the picture; the last strip is not.
                raster = self._unpacker.unpacked(parts, rows * layout.part_lines if layout.tiled else count)
            yield from self._blocks(raster, top, count)

    def _blocks(self, raster: "bytes | Image.Image", top: int, count: int) -> Iterator[Lines]:
        """These lines, some at a time, without what extends beyond the right edge."""
        stride, wide = self.layout.line_bytes * self.layout.across, self.layout.line_bytes_of(self.layout.width)
        step = max(1, BLOCK_BYTES // stride)
        for start in range(0, count, step):
            self._check()
            some = min(step, count - start)
            if isinstance(raster, bytes):
                data = raster if some == count else raster[start * stride : (start + some) * stride]
                if stride != wide:
                    data = Image.frombytes("L", (stride, some), data).crop((0, 0, wide, some)).tobytes()
            else:
                data = self._unpacker.bytes_of(raster.crop((0, start, self._across_of(raster), start + some)))
            yield Lines(top=top + start, count=some, data=data)

    def _across_of(self, raster: Image.Image) -> int:
        """Width of the picture's part of it, in bytes or in pixels, depending on the image."""
        layout = self.layout
        return layout.line_bytes_of(layout.width) if raster.mode == "L" else layout.width

    def _side_by_side(self, parts: range) -> Image.Image:
        """One row of tiles, joined side by side into an image of bytes."""
        layout = self.layout
        high, wide = layout.part_lines, layout.line_bytes
        row = Image.new("L", (wide * layout.across, high))
        several = max(1, min(MAX_PARTS, BLOCK_BYTES // (wide * high)))
        for start in range(0, len(parts), several):
            self._check()
            some = parts[start : start + several]
            raster = self._unpacker.unpacked(some, high * len(some))
            size = wide, high * len(some)
            if isinstance(raster, Image.Image) and raster.mode != "L":
                raster = self._unpacker.bytes_of(raster)
            image = raster if isinstance(raster, Image.Image) else Image.frombytes("L", size, raster)
            for index in range(len(some)):
                row.paste(image.crop((0, index * high, wide, (index + 1) * high)), ((start + index) * wide, 0))
        return row
