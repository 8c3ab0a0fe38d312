"""Animated AVIFs stay animated."""

import pytest
from kit.pictures import gradient, saved
from PIL import Image

from services.resize.formats.avif_sequence import plays
from services.resize.formats.heif_facts import Sequence
from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.errors import ImageTooLarge

COLOURS = (200, 40, 40), (40, 170, 60), (40, 70, 200)


def moving(**options):
    pictures = [Image.new("RGB", (64, 48), colour) for colour in COLOURS]
    return saved(pictures[0], "AVIF", save_all=True, append_images=pictures[1:], quality=80, **options)


def test_every_frame_is_decoded():
    with opened(moving(duration=[50, 70, 90]), Limits()) as source:
        frames = [(frame.image.getpixel((32, 24)), frame.duration_ms) for frame in source.frames()]
        assert source.animated
    assert [duration for _, duration in frames] == [50, 70, 90]
    for (seen, _), colour in zip(frames, COLOURS, strict=True):
        assert all(abs(a - b) <= 6 for a, b in zip(seen, colour, strict=True))


def test_a_still_is_not_an_animation():
    with opened(saved(gradient(), "AVIF"), Limits()) as source:
        assert (source.animated, len(list(source.frames()))) == (False, 1)


def test_durations_of_fractional_milliseconds_add_up():
    data = bytearray(moving(duration=100))
    at = data.index(b"mdhd") + 4  # version, times of 64 bits, then the timescale
    scale = at + (20 if data[at] else 12)
    old = int.from_bytes(data[scale : scale + 4], "big")
    data[scale : scale + 4] = (old * 3).to_bytes(4, "big")
    with opened(bytes(data), Limits()) as source:
        durations = [frame.duration_ms for frame in source.frames()]
    assert (len(durations), sum(durations)) == (3, 100)


@pytest.mark.parametrize(("stated", "shown"), [(None, 0), (0, 0), (1, 1), (7, 7), (10**15, 0)])
def test_how_often_it_is_shown(stated, shown):
    track = Sequence(codec="av01", size=(8, 8), samples=2, timescale=10, duration_ticks=2, plays=stated)
    assert plays(track) == shown


def test_too_many_frames_are_refused():
    with (
        opened(moving(duration=50), Limits(frames=2)) as source,
        pytest.raises(ImageTooLarge, match="more than 2 frames"),
    ):
        list(source.frames())
