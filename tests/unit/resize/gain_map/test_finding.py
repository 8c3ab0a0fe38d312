"""The gain map in a JPEG: found where the index or the first picture's end says, with values of either kind."""

import pytest
from kit.gain_maps import PIXEL, XMP, attributes, elements, iso, jpeg, multi_picture, plain, segment, ultra_hdr
from PIL import Image

from services.resize.gain_map.finding import gain_map_of
from services.resize.gain_map.values import GainMapError

HEADROOMS = ((0, 1), (3, 1))
GREY = (*HEADROOMS, (-1, 2), (3, 1), (1, 1), (1, 64), (1, 32))
COLOURS = (*HEADROOMS, *GREY[2:], (0, 1), (2, 1), (3, 4), (1, 64), (1, 64), *GREY[2:])


def refused(data, reason):
    with pytest.raises(GainMapError, match=reason):
        gain_map_of(data)


@pytest.mark.parametrize("order", ["<", ">"])
def test_it_is_found_by_the_index_in_either_byte_order(order):
    found = gain_map_of(ultra_hdr(*plain(), order=order))
    assert found.file == jpeg(plain()[1], attributes(PIXEL))
    assert found.values.maximum == (2.656715,) * 3
    assert not found.has_colours


def test_it_is_found_behind_the_first_picture_where_an_editor_left_wrong_offsets():
    assert gain_map_of(ultra_hdr(*plain(), shift=7)).values.alternate_headroom == 2.656715


def test_it_is_found_among_other_pictures():
    base, gain_map = plain()
    depth = jpeg(Image.new("L", (8, 8)), segment(0xE1, XMP + b"<x:xmpmeta/>"))
    data = multi_picture(jpeg(base), depth, jpeg(gain_map, attributes(PIXEL)), jpeg(base))
    assert gain_map_of(data).file == jpeg(gain_map, attributes(PIXEL))


@pytest.mark.parametrize(
    "data",
    [
        jpeg(plain()[0]),
        multi_picture(jpeg(plain()[0]), jpeg(plain()[0])),
        jpeg(plain()[0]) + b"not a picture",
        jpeg(plain()[0], attributes(PIXEL)),
    ],
    ids=["one picture", "two pictures", "rubbish at the end", "values of the base alone"],
)
def test_there_is_none_without_a_second_picture_that_has_values(data):
    assert gain_map_of(data) is None


def test_values_are_read_from_elements_and_sequences():
    given = PIXEL | {"GainMapMax": (1.5, "2", "+2.5e0"), "Gamma": "0.5"}
    found = gain_map_of(ultra_hdr(*plain(), elements(given)))
    assert found.values.maximum == (1.5, 2, 2.5)
    assert found.values.gamma == (0.5, 0.5, 0.5)
    assert found.has_colours


def test_values_that_xmp_leaves_out_have_their_defaults():
    found = gain_map_of(ultra_hdr(*plain(), attributes({"GainMapMax": 2, "HDRCapacityMax": 2})))
    assert found.values.base_offset == found.values.alternate_offset == (1 / 64,) * 3
    assert (found.values.minimum, found.values.gamma, found.values.base_headroom) == ((0,) * 3, (1,) * 3, 0)


def test_values_of_iso_21496_are_read():
    values = gain_map_of(ultra_hdr(*plain(), iso(GREY, flags=0x40))).values
    assert (values.minimum, values.maximum, values.gamma) == ((-0.5,) * 3, (3,) * 3, (1,) * 3)
    assert (values.base_offset, values.alternate_offset) == ((1 / 64,) * 3, (1 / 32,) * 3)
    assert (values.base_headroom, values.alternate_headroom, values.in_base_space) == (0, 3, True)


def test_values_of_iso_21496_count_before_those_of_xmp():
    found = gain_map_of(ultra_hdr(*plain(), attributes(PIXEL), iso(COLOURS, flags=0x80)))
    assert found.values.maximum == (3, 2, 3)
    assert not found.values.in_base_space
    assert found.has_colours


def test_a_colour_picture_has_colours_even_with_the_same_values_in_all_channels():
    assert gain_map_of(ultra_hdr(plain()[0], plain()[1].convert("RGB"))).has_colours


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"GainMapMax": "nan"}, "not a number"),
        ({"GainMapMax": "1_0"}, "not a number"),
        ({"GainMapMax": "99"}, "gains are not from"),
        ({"GainMapMax": "1e999"}, "gains are not from"),
        ({"GainMapMin": "2.7"}, "minimum is above"),
        ({"Gamma": "0"}, "gammas are not from"),
        ({"OffsetSDR": "1e9"}, "offsets are not from"),
        ({"HDRCapacityMin": "-1"}, "headrooms are not from"),
        ({"HDRCapacityMin": "3"}, "base is the HDR picture"),
        ({"HDRCapacityMax": "0"}, "headrooms are the same"),
        ({"BaseRenditionIsHDR": "True"}, "base is the HDR picture"),
    ],
)
def test_values_out_of_bounds_are_refused(values, reason):
    refused(ultra_hdr(*plain(), attributes(PIXEL | values)), reason)


def test_sequences_have_one_number_or_three():
    refused(ultra_hdr(*plain(), elements(PIXEL | {"Gamma": ("1", "1")})), "neither one nor three")


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (iso(GREY[:-1], flags=0x40), "damaged"),
        (iso(GREY, flags=0xC0), "damaged"),
        (iso(((0, 0), *GREY[1:]), flags=0x40), "damaged"),
        (iso(GREY, flags=0x40, versions=(1, 1)), "version 1"),
        (iso(GREY, flags=0x44), "base is the HDR picture"),
        (iso(((3, 1), (0, 1), *GREY[2:]), flags=0x40), "base is the HDR picture"),
    ],
    ids=["truncated", "two channels are missing", "a denominator of 0", "newer", "backward", "headrooms swapped"],
)
def test_damaged_values_of_iso_21496_are_refused(block, reason):
    refused(ultra_hdr(*plain(), block), reason)


def test_a_gain_map_of_inks_is_refused():
    refused(ultra_hdr(plain()[0], Image.new("CMYK", (8, 8))), "neither grey nor RGB")


def test_any_damage_of_the_file_gives_a_gain_map_or_none_or_its_own_error():
    data = ultra_hdr(*plain(), attributes(PIXEL), iso(COLOURS, flags=0xC0))
    for at in range(0, len(data), 3):
        for damaged in (data[:at], data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]):
            try:
                gain_map_of(damaged)
            except GainMapError:
                continue
