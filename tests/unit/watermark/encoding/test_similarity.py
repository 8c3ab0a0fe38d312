"""The estimate of SSIMULACRA2, beside what the Python package ssimulacra2 0.3.0 gives for the same files."""

import pytest
from kit.pictures import decoded, drawing, photograph, saved

from services.watermark.encoding.similarity import Reference

PHOTOGRAPH = {50: 63.6, 75: 79.9, 90: 88.6}
DRAWING = {50: 56.9, 75: 72.8, 90: 83.4}


@pytest.mark.parametrize(("quality", "score"), PHOTOGRAPH.items())
def test_a_photograph_has_about_its_score(quality, score):
    picture = photograph()
    found = Reference(picture).score(decoded(saved(picture, "JPEG", quality=quality)))
    assert found == pytest.approx(score, abs=2)


@pytest.mark.parametrize(("quality", "score"), DRAWING.items())
def test_a_drawing_has_no_more_than_its_score(quality, score):
    picture = drawing()
    found = Reference(picture).score(decoded(saved(picture, "JPEG", quality=quality)))
    assert score - 7 < found < score + 1


@pytest.mark.parametrize("size", [(480, 320), (17, 300), (8, 8), (1, 1)])
def test_the_same_picture_has_a_hundred(size):
    picture = photograph().resize(size)
    # The variance of a flat area is not quite zero in floating point.
    assert Reference(picture).score(picture.copy()) == pytest.approx(100, abs=0.5)


def test_colours_count_as_lightness_does():
    picture = photograph()
    grey = picture.convert("L").convert("RGB")
    assert Reference(picture).score(grey) < 30
