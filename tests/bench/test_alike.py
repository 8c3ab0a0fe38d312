"""The measurement of qualities that look alike."""

import pytest
from kit.pictures import photograph

from bench import alike
from bench.alike import Point, at_score, contenders, measured, table


def point(quality, score, size_bytes=100.0, cpu_ms=1.0):
    return Point(quality=quality, score=score, size_bytes=size_bytes, cpu_ms=cpu_ms)


LINE = [point(40, 50.0, 100), point(60, 70.0, 200), point(80, 80.0, 400)]


@pytest.mark.parametrize(
    ("score", "quality", "size_bytes"), [(50, 40, 100), (60, 50, 150), (75, 70, 300), (80, 80, 400)]
)
def test_a_score_between_two_files_is_on_the_line_through_them(score, quality, size_bytes):
    found = at_score(LINE, score)
    assert (found.quality, found.size_bytes, found.score) == (quality, size_bytes, score)


@pytest.mark.parametrize("score", [49, 81])
def test_a_score_that_no_file_reaches_is_left_out(score):
    assert at_score(LINE, score) is None


def test_a_picture_is_encoded_by_every_encoder_at_each_quality(tmp_path, monkeypatch):
    monkeypatch.setattr(alike, "QUALITIES", {"webp": (50, 80), "avif": (50, 80), "jxl": (50, 80)})
    photograph((90, 60)).save(tmp_path / "a.png")
    scores = iter(range(100))
    found = measured(tmp_path / "a.png", 64, lambda reference, file: float(next(scores)), [*contenders()])
    assert found.keys() == contenders().keys() >= {"jpeg", "webp", "avif", "jxl-3", "jxl-7"}
    for name, points in found.items():
        assert [each.quality for each in points] == list(contenders()[name][0])
        assert points[0].size_bytes < points[-1].size_bytes
    assert found["jpeg"][0].score == 0


def test_bytes_are_ratios_to_the_jpeg_of_the_same_score():
    qualities = len(alike.JPEG_QUALITIES)
    jpeg = [point(quality, 60.0, 200) for quality in alike.JPEG_QUALITIES]
    lines = table([{name: jpeg if name == "jpeg" else LINE for name in contenders()}] * 2).splitlines()
    assert len(lines) == 2 + qualities * (len(contenders()) - 1)
    assert lines[2] == "| 40 | webp | 50, 50, 50 | 0.75, 0.75, 0.75 | 1, 1, 1 | 2 |"
