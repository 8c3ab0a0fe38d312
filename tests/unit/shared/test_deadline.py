"""A deadline that decoders meet as they read."""

import pytest
from kit.pictures import animation, gradient, saved

from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.deadline import NEVER, Deadline, WatchedBytes
from shared.errors import ImageTooSlow

FORMS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP")


class Clock:
    """Time that passes by itself, so much at every look."""

    def __init__(self, step=0.0):
        self.now = 0.0
        self.step = step

    def __call__(self):
        self.now += self.step
        return self.now


def test_until_the_deadline_all_is_read():
    clock = Clock()
    file = WatchedBytes(b"abcdef", Deadline(5, clock))
    clock.now = 5
    assert (file.read(2), file.read()) == (b"ab", b"cdef")


def test_past_the_deadline_nothing_is_read():
    clock = Clock()
    file = WatchedBytes(b"abcdef", Deadline(5, clock))
    clock.now = 5.1
    with pytest.raises(ImageTooSlow, match=r"longer than 5 s, the limit \(limits.seconds\)"):
        file.read(1)


def test_never_is_never():
    assert WatchedBytes(b"a", NEVER).read() == b"a"


@pytest.mark.parametrize("form", FORMS)
def test_every_decoder_is_stopped_as_it_opens_a_file(form):
    data, clock = saved(gradient(), form), Clock()
    deadline = Deadline(1, clock)
    clock.now = 2
    with pytest.raises(ImageTooSlow), opened(data, Limits(), deadline):
        pass


@pytest.mark.parametrize("form", ["JPEG", "GIF", "BMP"])
def test_a_decoder_that_reads_as_it_goes_is_stopped_in_the_middle(form):
    data = saved(gradient((900, 600)), form)
    clock = Clock()
    deadline = Deadline(1, clock)
    with opened(data, Limits(), deadline) as source:
        clock.now = 2
        with pytest.raises(ImageTooSlow):
            list(source.frames())


def test_a_png_is_stopped_before_its_last_block():
    data = saved(gradient((900, 600)), "PNG")
    reads = Clock(1)
    with opened(data, Limits(), Deadline(10_000, reads)):
        pass
    with pytest.raises(ImageTooSlow), opened(data, Limits(), Deadline(reads.now - 5, Clock(1))):
        pass


def test_an_apng_that_takes_too_long_does_not_just_end():
    clock = Clock()
    with opened(animation("PNG"), Limits(), Deadline(1, clock)) as source:
        frames = source.frames()
        next(frames)
        clock.now = 2
        with pytest.raises(ImageTooSlow):
            next(frames)
