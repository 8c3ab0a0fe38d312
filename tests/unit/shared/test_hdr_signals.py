"""sRGB colours as signals of PQ and HLG, against the arithmetic that shows them, and published values."""

import pytest

from services.resize.colour_codes import _PRIMARIES, BT_709, between, of_heif, to_xyz
from services.resize.tone_mapping import _hlg, _Map, _pq
from shared.choices import HDR_PRIMARIES, HDR_TRANSFERS, HLG, PQ
from shared.hdr_signals import WORD, Signals, linear

EVERY = [(primaries, transfer) for primaries in HDR_PRIMARIES for transfer in HDR_TRANSFERS]


@pytest.mark.parametrize("primaries", HDR_PRIMARIES)
def test_white_is_where_bt_2408_has_the_white_of_graphics(primaries):
    """58 % of PQ and 75 % of HLG: ITU-R BT.2408-7, table 1."""
    pq, hlg = (Signals(primaries=primaries, transfer=each).of_colour((255, 255, 255)) for each in (PQ, HLG))
    assert [value / WORD for value in pq] == pytest.approx([0.58] * 3, abs=0.002)
    assert [value / WORD for value in hlg] == pytest.approx([0.75] * 3, abs=0.002)


@pytest.mark.parametrize(("primaries", "transfer"), EVERY)
def test_the_light_of_a_colour_is_that_of_srgb(primaries, transfer):
    """Back to light by the arithmetic of tone mapping, which was measured beside a browser."""
    colour = (200, 90, 20)
    signals = [value / WORD for value in Signals(primaries=primaries, transfer=transfer).of_colour(colour)]
    mapped = _Map(of_heif(primaries, transfer))
    lights = [mapped.light(signal) for signal in signals]
    if transfer == HLG:
        luminance = sum(map(float.__mul__, to_xyz(_PRIMARIES[primaries])[1], lights))
        lights = [light * luminance**0.2 * 1000 / 203 for light in lights]
    back = between(_PRIMARIES[primaries], BT_709)
    assert [sum(map(float.__mul__, row, lights)) for row in back] == pytest.approx(
        [linear(value) for value in colour], abs=0.002
    )


@pytest.mark.parametrize(("primaries", "transfer"), EVERY)
def test_the_constants_are_those_of_the_chromaticities(primaries, transfer):
    signals = Signals(primaries=primaries, transfer=transfer)
    expected = between(BT_709, _PRIMARIES[primaries])
    for row, wanted in zip(signals.from_srgb, expected, strict=True):
        assert row == pytest.approx(wanted, abs=1e-5)
    assert signals.luminance == pytest.approx(to_xyz(_PRIMARIES[primaries])[1], abs=1e-5)


@pytest.mark.parametrize(("transfer", "eotf"), [(PQ, lambda signal: _pq(signal) * 203 / 10_000), (HLG, _hlg)])
def test_the_curve_is_the_inverse_of_the_one_that_is_shown(transfer, eotf):
    signals = Signals(primaries=1, transfer=transfer)
    for step in range(1, 100):
        assert signals.signal(eotf(step / 100)) == pytest.approx(step / 100, abs=1e-6)


@pytest.mark.parametrize(("primaries", "transfer"), EVERY)
def test_the_table_has_the_signal_of_each_light(primaries, transfer):
    signals = Signals(primaries=primaries, transfer=transfer)
    table = signals.table()
    assert (len(table), table[0]) == (WORD + 1, 0)
    for index in (1, 77, 20_000, WORD):
        assert table[index] == round(WORD * signals.signal(signals.brightest * (index / WORD) ** 2))
    assert list(table) == sorted(table)


@pytest.mark.parametrize("transfer", HDR_TRANSFERS)
def test_blending_comes_back_to_the_same_signal(transfer):
    values, back, most = Signals(primaries=9, transfer=transfer).blending()
    for word in (0, 5_000, 20_000, 38_000, 60_000, WORD):
        assert back[round(values[word] / most * WORD)] == pytest.approx(word, abs=40)  # less than a step of 10 bits


def test_half_of_white_over_black_has_the_light_that_srgb_shows():
    values, back, most = (signals := Signals(primaries=1, transfer=PQ)).blending()
    white = signals.of_colour((255, 255, 255))[0]
    half = back[round(values[white] / 2 / most * WORD)] / WORD
    assert _pq(half) == pytest.approx(linear(128), rel=0.05)
