"""One quality for all formats: what each encoder is given."""

import io

import pytest
from kit.pictures import gradient
from PIL import Image

from services.watermark.encoding.files import encode
from services.watermark.encoding.quality import encoder_qualities, encoder_quality, hdr_quality
from shared.choices import HLG, PQ


@pytest.mark.parametrize(
    ("form", "quality", "expected"),
    [
        *(("avif", *each) for each in [(1, 30), (40, 45), (82, 68), (86, 74), (95, 89), (100, 100)]),
        *(("webp", *each) for each in [(1, 1), (40, 46), (70, 76), (82, 84), (90, 91), (100, 100)]),
        *(("jxl", *each) for each in [(1, 1), (40, 42), (70, 70), (82, 81), (90, 87), (99, 99), (100, 100)]),
        ("jpeg", 82, 82),
    ],
)
def test_a_format_gets_the_quality_that_looks_alike(form, quality, expected):
    assert encoder_quality(form, quality) == expected


@pytest.mark.parametrize("form", ["webp", "avif", "jxl"])
def test_a_higher_quality_is_never_a_lower_one(form):
    given = [encoder_quality(form, quality) for quality in range(1, 101)]
    assert given == sorted(given)


def test_a_format_with_a_quality_of_its_own_gets_it_as_it_is():
    assert encoder_qualities(82, {"avif": 60, "jpeg": 50}) == {"jpeg": 50, "webp": 84, "avif": 60, "jxl": 81}


@pytest.mark.parametrize(
    ("form", "own", "given"),
    [
        ("avif", {}, {"quality": 68, "speed": 8}),
        ("avif", {"avif": 50}, {"quality": 50, "speed": 8}),
        ("webp", {}, {"quality": 84, "method": 2}),
        ("webp", {"webp": 50}, {"quality": 50, "method": 2}),
        ("jpeg", {"webp": 50}, {"quality": 82, "optimize": True}),
    ],
)
def test_it_is_what_the_encoder_is_given(form, own, given):
    frame = gradient((64, 48))
    file = io.BytesIO()
    frame.save(file, form, **given)
    made = encode([frame], form, quality=82, format_quality=own, animation=None, copyright_fields=None)
    with Image.open(io.BytesIO(made.data)) as ours, Image.open(file) as theirs:
        assert ours.tobytes() == theirs.tobytes()


@pytest.mark.parametrize(("sdr", "pq", "hlg"), [(45, 60, 49), (68, 83, 74), (81, 91, 84), (100, 100, 100), (1, 1, 1)])
def test_an_avif_in_hdr_gets_a_higher_quality(sdr, pq, hlg):
    assert (hdr_quality(sdr, PQ), hdr_quality(sdr, HLG)) == (pq, hlg)


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_the_quality_in_hdr_grows_with_that_in_sdr(transfer):
    found = [hdr_quality(each, transfer) for each in range(1, 101)]
    assert found == sorted(found)
    assert min(found) == 1
    assert max(found) == 100
