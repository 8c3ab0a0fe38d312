"""One quality for all formats: what AVIF's encoder is given."""

import io

import pytest
from kit.pictures import gradient
from PIL import Image

from services.watermark.encoding.files import encode
from services.watermark.encoding.quality import avif_quality


@pytest.mark.parametrize(("quality", "expected"), [(1, 30), (40, 46), (82, 67), (86, 74), (95, 90), (100, 100)])
def test_avif_gets_the_quality_that_looks_alike(quality, expected):
    assert avif_quality(quality) == expected


def test_a_higher_quality_is_never_a_lower_one():
    given = [avif_quality(quality) for quality in range(1, 101)]
    assert given == sorted(given)


def test_it_is_what_the_encoder_is_given():
    frame = gradient((64, 48))
    file = io.BytesIO()
    frame.save(file, "AVIF", quality=67, speed=8)
    made = encode([frame], "avif", quality=82, animation=None, copyright_fields=None)
    with Image.open(io.BytesIO(made.data)) as ours, Image.open(file) as theirs:
        assert ours.tobytes() == theirs.tobytes()
