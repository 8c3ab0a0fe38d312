"""A picture that is not the requested one is distinguished from one that is."""

import pytest
from kit.bench_runs import judged, likeness
from kit.pictures import gradient, saved

from bench import quality
from bench.contestants import SHARP
from bench.quality import Quality


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"size": (1024, 770)}, "it is 1024 x 770 px, not 1024 x 768"),
        ({"size": (4000, 3000)}, "it is 4000 x 3000 px, not 1024 x 768"),
        ({"frames": 2}, "it has 2 frames, not 1"),
        ({"psnr": 12.0}, "it is another picture: 12.0 dB"),
        ({"logo_levels": 0.3}, "it has no logo: its corner changes by 0.3 levels"),
        ({"logo_psnr": 15.0}, "its logo is another one: 15.0 dB"),
    ],
)
def test_another_picture_is_reported_with_its_fault(changes, why):
    assert quality.fault(judged(), likeness(**changes)) == why


def test_a_side_may_be_a_pixel_off():
    assert quality.fault(judged(), likeness(size=(1023, 769))) is None


def test_the_unfit_are_named_by_picture():
    pictures = {"a": judged(**{SHARP: likeness(logo_levels=0.0)}), "b": judged(**{SHARP: likeness()})}
    assert list(Quality(pictures=pictures, hand_off_loss=0).unfit()) == [("a", SHARP)]


def test_passing_pixels_on_loses_nothing():
    assert quality.hand_off_loss(saved(gradient((320, 240)), "JPEG")) == 0


def test_a_hand_off_that_loses_is_seen(monkeypatch):
    packed = quality.pack
    monkeypatch.setattr(
        quality,
        "pack",
        lambda frames, *, animated: packed(
            [frame.point(lambda value: value ^ 3) for frame in frames], animated=animated
        ),
    )
    assert quality.hand_off_loss(saved(gradient((320, 240)), "JPEG")) == 3
