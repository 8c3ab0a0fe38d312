"""The values of a gain map: written in both of their forms and read back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.resize.gain_map import adobe_xmp, iso_21496
from services.resize.gain_map.values import GainMapError, GainMapValues

ALIKE = GainMapValues(maximum=(3, 3, 3), alternate_headroom=3)
# As Camera Raw 17.1 writes them.
ADOBE = GainMapValues(
    minimum=(-3.835419, -1.485931, -1.444519),
    maximum=(3.8396, 3.822845, 3.947876),
    gamma=(1.114899, 0.630917, 0.610173),
    alternate_headroom=3.947876,
)

stops = st.floats(-32, 32)
three = st.tuples(stops, stops, stops)
offsets = st.tuples(*(st.floats(-1000, 1000),) * 3)
gammas = st.tuples(*(st.floats(0.01, 100),) * 3)


@st.composite
def values(draw):
    """Any values within the bounds."""
    low, high = zip(*(sorted(pair) for pair in zip(draw(three), draw(three), strict=True)), strict=True)
    base, alternate = sorted(draw(st.tuples(st.floats(0, 31), st.floats(0, 31))))
    return GainMapValues(
        minimum=low,
        maximum=high,
        gamma=draw(gammas),
        base_offset=draw(offsets),
        alternate_offset=draw(offsets),
        base_headroom=base,
        alternate_headroom=alternate + 0.001,
    )


def numbers(found):
    return [
        *(number for each in (found.minimum, found.maximum, found.gamma) for number in each),
        *(*found.base_offset, *found.alternate_offset, found.base_headroom, found.alternate_headroom),
    ]


@given(values())
def test_iso_21496_keeps_values_to_eight_digits(wanted):
    found = iso_21496.values_in(iso_21496.block_of(wanted))
    assert numbers(found) == pytest.approx(numbers(wanted), rel=1e-8, abs=1e-8)


@given(values())
def test_xmp_keeps_values_to_eight_digits(wanted):
    found = adobe_xmp.values_in(adobe_xmp.packet_of(wanted))
    assert numbers(found) == pytest.approx(numbers(wanted), rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("wanted", [ALIKE, ADOBE], ids=["one channel", "three channels"])
def test_real_values_come_back_as_they_were(wanted):
    assert iso_21496.values_in(iso_21496.block_of(wanted)) == wanted
    assert adobe_xmp.values_in(adobe_xmp.packet_of(wanted)) == wanted


def test_channels_that_are_alike_are_written_once():
    assert len(iso_21496.block_of(ALIKE)) == 61
    assert len(iso_21496.block_of(ADOBE)) == 141
    assert b"rdf:Seq" not in adobe_xmp.packet_of(ALIKE)


def test_the_space_it_applies_to_is_kept():
    other = replace(ALIKE, in_base_space=False)
    assert iso_21496.values_in(iso_21496.block_of(other)) == other


def test_the_neutral_sample_has_a_gain_of_no_stops():
    assert ALIKE.neutral == (0, 0, 0)
    assert replace(ALIKE, minimum=(-3,) * 3).neutral == (128,) * 3
    assert replace(ALIKE, minimum=(-1,) * 3, gamma=(0.5,) * 3).neutral == (128,) * 3


def test_the_neutral_sample_is_the_least_one_where_every_gain_is_above_none():
    assert replace(ALIKE, minimum=(1,) * 3).neutral == (0,) * 3
    assert replace(ALIKE, minimum=(3,) * 3).neutral == (0,) * 3


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -33.0])
def test_numbers_that_mean_nothing_are_refused(number):
    with pytest.raises(GainMapError):
        replace(ALIKE, minimum=(0.0, 0.0, number))
