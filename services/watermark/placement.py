"""Where the watermark sits. Arithmetic only: no Pillow, no AWS."""

from collections.abc import Iterator

from shared.choices import Position

Size = tuple[int, int]
Point = tuple[int, int]

# Between two tiles, relative to the mark.
TILE_GAP = 0.75


def room(image: Size, scale: float, margin_px: int) -> Size:
    """The box that the mark may fill, in pixels: `scale` of the width, and within the margins.

    Args:
        image: (width, height) of the image, in pixels.
        scale: the mark's width relative to the image's.
        margin_px: to each edge.
    """
    width = min(image[0] * scale, image[0] - 2 * margin_px)
    return max(1, int(width)), max(1, image[1] - 2 * margin_px)


def fitted(natural: Size, box: Size) -> Size:
    """The mark's size in a box, its shape kept: it fills the width, or else the height.

    Args:
        natural: (width, height) of the mark as it was made, in pixels.
        box: (width, height) of the room for it, in pixels.
    """
    scale = min(box[0] / natural[0], box[1] / natural[1])
    return max(1, min(box[0], round(natural[0] * scale))), max(1, min(box[1], round(natural[1] * scale)))


def margin_px(image: Size, margin: float) -> int:
    """The margin in pixels; it leaves room for a mark.

    Args:
        image: (width, height) of the image, in pixels.
        margin: relative to the shorter side.
    """
    return min(round(min(image) * margin), (min(image) - 1) // 2)


def corner(image: Size, mark: Size, position: Position, margin: int) -> Point:
    """The upper left corner of the mark, in pixels; the mark lies within the image.

    Args:
        image: (width, height) of the image, in pixels.
        mark: (width, height) of the mark, in pixels, no larger than the image.
        position: one of nine.
        margin: to the edges, in pixels.
    """
    row, column = position.split("-")
    free_x, free_y = image[0] - mark[0], image[1] - mark[1]
    x = {"left": margin, "center": free_x // 2, "right": free_x - margin}[column]
    y = {"top": margin, "middle": free_y // 2, "bottom": free_y - margin}[row]
    return min(max(0, x), max(0, free_x)), min(max(0, y), max(0, free_y))


def tiles(image: Size, mark: Size) -> Iterator[Point]:
    """The upper left corners of a mark that is repeated: every other row is shifted, the edges may cut it.

    Args:
        image: (width, height) of the image, in pixels.
        mark: (width, height) of the mark, in pixels.
    """
    step_x, step_y = round(mark[0] * (1 + TILE_GAP)), round(mark[1] * (1 + 2 * TILE_GAP))
    step_x, step_y = max(1, step_x), max(1, step_y)
    for row, y in enumerate(range(-(mark[1] // 2), image[1], step_y)):
        for x in range(-(row % 2) * (step_x // 2), image[0], step_x):
            if x + mark[0] > 0 and y + mark[1] > 0:
                yield x, y
