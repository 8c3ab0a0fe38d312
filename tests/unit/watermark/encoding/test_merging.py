"""Palettes for pictures of a few thousand colours."""

from itertools import product

from services.watermark.encoding.merging import merged
from services.watermark.encoding.palettes import FAR

FRAME = [(100, (red * 16, green * 16, 40)) for red, green in product(range(14), repeat=2)]
WATERMARK = [(3, (red, green, 200)) for red, green in product(range(100, 130), repeat=2)]


def test_the_colours_of_most_pixels_stay_exact():
    found = merged(FRAME + WATERMARK, 255)
    assert len(found.colours) <= 255
    assert [found.colours[found.index_of[colour]] for _, colour in FRAME] == [colour for _, colour in FRAME]


def test_the_others_are_represented_by_near_colours():
    found = merged(FRAME + WATERMARK, 255)
    for _, colour in WATERMARK:
        near = found.colours[found.index_of[colour]]
        assert max(abs(one - other) for one, other in zip(near, colour, strict=True)) <= 8


def test_how_far_it_is_off_is_the_mean_square_of_all_samples():
    found = merged(FRAME + WATERMARK, 255)
    squares = sum(
        count * sum((one - other) ** 2 for one, other in zip(colour, found.colours[index], strict=True))
        for count, colour in FRAME + WATERMARK
        for index in [found.index_of[colour]]
    )
    assert found.off == squares / (3 * sum(count for count, _ in FRAME + WATERMARK))


def test_spots_of_distinct_colours_keep_them():
    spots = [(1, colour) for colour in product((7, 129, 253), repeat=3)][:14]
    found = merged([*FRAME, *WATERMARK, *spots], 255)
    for _, colour in spots:
        near = found.colours[found.index_of[colour]]
        assert max(abs(one - other) for one, other in zip(near, colour, strict=True)) < FAR


def test_a_picture_like_a_photograph_has_no_most_frequent_colours():
    assert merged([(1, colour) for colour in product(range(0, 256, 16), repeat=3)], 255) is None
