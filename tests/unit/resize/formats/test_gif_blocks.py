"""The contents of a GIF's blocks."""

import struct

import pytest
from kit.animations import ANIMEXTS, application, gif, looping

from services.resize.formats.gif_blocks import read
from shared.deadline import Deadline
from shared.errors import ImageTooSlow

ONE = (0, 0, 8, 8, 1)
TWO = (2, 3, 4, 5, 2)


@pytest.mark.parametrize(
    ("blocks", "plays"),
    [
        pytest.param((ONE, TWO), 1, id="no extension: once"),
        pytest.param((looping(0), ONE, TWO), 0, id="0 is forever"),
        pytest.param((looping(3), ONE, TWO), 4, id="repeats come after the first time"),
        pytest.param((ONE, looping(0), TWO), 0, id="after the first frame"),
        pytest.param((ONE, TWO, looping(2)), 3, id="after the last frame"),
        pytest.param((looping(0, ANIMEXTS), ONE, TWO), 0, id="ANIMEXTS1.0"),
        pytest.param((looping(1), ONE, looping(4), TWO), 5, id="the last of two counts"),
        pytest.param((application(b"XMP DataXMP", b"\1\0\0"), ONE, TWO), 1, id="another application"),
        pytest.param((application(b"NETSCAPE2.0", b"\2\0\0\0\0"), ONE, TWO), 1, id="a buffer's size is not a loop"),
        pytest.param((application(b"NETSCAPE2.0", b"\1\0"), ONE, TWO), 1, id="a number cut short"),
    ],
)
def test_how_often_it_is_shown(blocks, plays):
    assert read(gif((8, 8), *blocks)).plays == plays


def test_a_frame_has_what_its_blocks_say():
    facts = read(gif((20, 30), (0, 0, 20, 30, 1), (2, 3, 4, 5, 2, {"disposal": 3, "clear": 1, "cs": 7})))
    _, frame = facts.frames
    assert facts.size == (20, 30)
    assert (frame.at, frame.size) == ((2, 3), (4, 5))
    assert (frame.disposal, frame.transparent, frame.duration_ms) == (3, 1, 70)
    assert frame.complete
    assert not facts.truncated


def test_a_control_block_is_only_for_the_next_frame():
    whole = gif((8, 8), (0, 0, 8, 8, 1, {"disposal": 2, "cs": 5}), ONE)
    control = b"!\xf9\x04" + struct.pack("<BHB", 0, 0, 0) + b"\0"
    without = whole[: whole.rindex(control)] + whole[whole.rindex(control) + len(control) :]
    assert [frame.duration_ms for frame in read(without).frames] == [50, 0]
    assert [frame.disposal for frame in read(without).frames] == [2, 0]


def test_a_file_truncated_anywhere_is_read_as_far_as_possible():
    whole = gif((8, 8), looping(0), ONE, TWO, ONE)
    counts = [len(read(whole[:end]).frames) for end in range(len(whole) + 1)]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 3)


def test_bytes_that_are_not_a_block_are_skipped():
    whole = gif((8, 8), ONE, TWO)
    assert len(read(whole[:-1] + b"\0\0\1" + whole[-1:]).frames) == 2


def test_a_long_chain_of_blocks_is_stopped():
    data = gif((8, 8), b"!\xfe" + b"\1x" * 5000 + b"\0", ONE)
    ticks = iter(range(10_000))
    with pytest.raises(ImageTooSlow):
        read(data, Deadline(4, lambda: next(ticks)))
