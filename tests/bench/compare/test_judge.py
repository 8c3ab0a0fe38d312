"""The judgement of a file that several readers have read."""

import pytest
from PIL import Image

from bench.compare.judge import AGREED, BEYOND_A_LIMIT, DIFFERS, REFUSED, UNREAD, judge
from bench.compare.pictures import picture
from bench.compare.readings import Reading


def read(name, *levels, counts_frames=True):
    frames = [Image.new("L", (70, 70), level) for level in levels]
    durations = [40] * len(levels) if len(levels) > 1 else []
    return Reading(reader=name, picture=picture(frames, durations_ms=durations, counts_frames=counts_frames))


def unread(name, error="unread"):
    return Reading(reader=name, error=error, reason="so")


@pytest.mark.parametrize(
    ("ours", "references", "outcome"),
    [
        (read("ours", 10), [read("a", 10)], AGREED),
        (read("ours", 10), [read("a", 90), read("b", 10)], AGREED),
        (read("ours", 10), [unread("a"), read("b", 10)], AGREED),
        (read("ours", 10), [read("a", 90), unread("b")], DIFFERS),
        (unread("ours", "UnsupportedImage"), [unread("a"), read("b", 10)], REFUSED),
        (unread("ours", "ImageTooLarge"), [read("a", 10)], BEYOND_A_LIMIT),
        (unread("ours", "UnsupportedImage"), [unread("a")], UNREAD),
        (read("ours", 10), [unread("a")], UNREAD),
        (read("ours", 10), [], UNREAD),
        # An animation of which we made a still, and one reference reads stills alone.
        (read("ours", 10), [read("a", 10, 20), read("b", 10, counts_frames=False)], DIFFERS),
        (read("ours", 10), [read("b", 10, counts_frames=False)], AGREED),
    ],
)
def test_the_outcome_of_a_file(ours, references, outcome):
    assert judge(ours, references).outcome == outcome


def test_no_further_reference_reads_once_one_agrees():
    def asked():
        yield read("a", 90)
        yield read("b", 10)
        pytest.fail("asked a third")

    verdict = judge(read("ours", 10), asked())
    assert [each.reader for each in verdict.references] == ["a", "b"]
    assert verdict.closest.reader == "b"


def test_a_difference_is_shown_beside_the_reference_that_is_closest():
    verdict = judge(read("ours", 10), [read("a", 90), read("b", 30), read("c", 60)])
    assert verdict.closest.reader == "b"
    assert verdict.differences["b"].levels == 20


def test_an_animation_is_one_when_a_reference_counts_more_than_one_frame():
    assert judge(read("ours", 10), [read("a", 10, 20)]).animated
    assert not judge(read("ours", 10, 20), [read("a", 10)]).animated
