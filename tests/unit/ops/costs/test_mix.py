"""The mix that the command line takes."""

import pytest

from ops.costs import mix


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("jpeg-12mp=80,png=10,webp=10", {"jpeg-12mp": 0.8, "png": 0.1, "webp": 0.1}),
        ("jpeg", {"jpeg-12mp": 1}),
        ("png,gif", {"png": 0.5, "gif": 0.5}),
        (" png=1 , webp=3 ", {"png": 0.25, "webp": 0.75}),
    ],
)
def test_shares_are_of_the_whole(text, shares):
    assert mix.parse(text) == pytest.approx(shares)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("bmp=1", "'bmp' is not a kind of image; known: jpeg, jpeg-12mp"),
        ("", "'' is not a kind"),
        ("png=1,png=2", "png is named twice"),
        ("jpeg=1,jpeg-12mp=1", "jpeg-12mp is named twice"),
        ("png=0", "png=0: the weight must be a number above 0"),
        ("png=-1", "a number above 0"),
        ("png=nan", "a number above 0"),
        ("png=inf", "a number above 0"),
        ("png=much", "a number above 0"),
        ("png=", "a number above 0"),
    ],
)
def test_a_bad_mix_is_refused_by_name(text, problem):
    with pytest.raises(ValueError, match=problem):
        mix.parse(text)
