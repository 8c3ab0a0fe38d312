"""The qualities that a score gives to the formats of one rendition."""

from dataclasses import replace

import pytest
from kit.pictures import photograph

from services.watermark.encoding.files import CONTENT_TYPES
from services.watermark.qualities_by_score import by_score
from shared.deadline import NEVER
from shared.messages import ResizedRendition

WANTED = ResizedRendition(
    name="x", member="x", width=480, height=320, format="jpeg", quality=82, watermark=False, quality_target=70
)


@pytest.mark.parametrize("form", CONTENT_TYPES)
def test_each_format_with_a_quality_gets_one_of_the_picture_s_own(form):
    found = by_score(replace(WANTED, format=form), [photograph()], NEVER).rendition
    assert set(found.format_quality) == {form} - {"png", "gif"}


def test_all_candidates_with_a_quality_get_one():
    found = by_score(replace(WANTED, candidates=("jxl", "png", "webp")), [photograph()], NEVER).rendition
    assert set(found.format_quality) == {"jxl", "webp"}
