"""The format of a rendition that gets the smallest of some."""

import pytest
from kit.pictures import animation, gradient, saved
from kit.resize_step import intermediate, uploaded

from services.resize.output_formats import candidates, output_format, wanted
from services.resize.settings import Rendition, Settings

SMALLEST = Rendition(name="x", width=64, height=64, format="smallest")
JPEG_FIRST = Rendition(name="x", width=64, height=64, format="smallest", candidates=("jpeg", "webp"))
OF_SET = Rendition(name="x", formats=("smallest", "jpeg"), candidates=("avif", "webp"), set="hero")
STILLS_FIRST = Rendition(name="x", format="smallest", candidates=("jxl", "jpeg", "webp"))
JPEG_ALONE = Rendition(name="x", width=64, height=64, format="smallest", candidates=("jpeg",))


@pytest.mark.parametrize(
    ("rendition", "has", "expected"),
    [
        (SMALLEST, {"has_alpha": False}, "avif"),
        (JPEG_FIRST, {"has_alpha": False}, "jpeg"),
        (JPEG_FIRST, {"has_alpha": True}, "webp"),
        (JPEG_FIRST, {"has_alpha": False, "animated": True}, "webp"),
        (JPEG_ALONE, {"has_alpha": True}, "jpeg"),
        (STILLS_FIRST, {"has_alpha": True}, "jxl"),
        (STILLS_FIRST, {"has_alpha": False, "animated": True}, "webp"),
    ],
)
def test_the_first_candidate_that_can_hold_the_picture_stands_for_all(rendition, has, expected):
    assert output_format("PNG", rendition, **has) == expected


@pytest.mark.parametrize(
    ("rendition", "animated", "expected"),
    [
        (SMALLEST, False, [("avif", "webp", "jpeg", "png")]),
        (SMALLEST, True, [()]),
        (Rendition(name="x"), False, [()]),
        (Rendition(name="x", format="smallest", formats=("webp",), set="hero"), False, [()]),
        (OF_SET, False, [("avif", "webp"), ()]),
        (OF_SET, True, [(), ()]),
    ],
)
def test_only_a_still_whose_format_is_open_has_candidates(rendition, animated, expected):
    assert [candidates(rendition, form, animated=animated) for form in wanted(rendition)] == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (saved(gradient(), "JPEG"), ("jpeg", False, ("jpeg", "webp"))),
        (animation("GIF"), ("webp", True, ())),
    ],
    ids=["still", "animation"],
)
def test_candidates_are_handed_to_watermark(data, expected):
    message, _ = intermediate(*uploaded(data, settings=Settings(work_bucket="work", renditions=(JPEG_FIRST,))))
    (rendition,) = message.renditions
    assert (rendition.format, rendition.animated, rendition.candidates) == expected


@pytest.mark.parametrize("form", ["jpeg", "jxl"])
def test_a_format_without_animation_gets_the_first_frame_alone(form):
    settings = Settings(work_bucket="work", renditions=(Rendition(name="x", format=form),))
    message, _ = intermediate(*uploaded(animation("GIF"), settings=settings))
    (rendition,) = message.renditions
    assert (rendition.format, rendition.animated) == (form, False)
