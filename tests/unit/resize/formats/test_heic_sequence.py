"""What is said of a HEIC of which one picture is taken."""

import pytest

from services.resize.formats.heic import _first_of
from services.resize.formats.heif_boxes import HeifFacts, Sequence


def track(samples):
    return Sequence(codec="hvc1", size=(8, 8), samples=samples, timescale=10, duration_ticks=10, plays=None)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        pytest.param({"images": 1}, (), id="a still"),
        pytest.param({"images": 3}, ("first of 3 pictures",), id="a burst"),
        pytest.param(
            {"images": 1, "sequence": track(8)}, ("the still picture of a sequence of 8 frames",), id="moving"
        ),
        pytest.param({"images": 1, "sequence": track(1)}, (), id="a track of one frame"),
    ],
)
def test_what_is_taken_is_said(facts, said):
    assert _first_of(HeifFacts(brands=("heic",), **facts)) == said
