"""Apple's own gain map: its headroom from XMP or the maker note, and its samples as the stops that they mean."""

import io
import struct

import pytest
from kit.gain_maps import XMP, jpeg, multi_picture, plain, segment
from PIL import Image

from services.resize.gain_map import apple
from services.resize.gain_map.finding import gain_map_of
from services.resize.gain_map.values import GainMapError
from services.resize.settings import Rendition, Settings
from services.resize.step import render

KIND = "<apdi:AuxiliaryImageType>urn:com:apple:photo:2020:aux:hdrgainmap</apdi:AuxiliaryImageType>"
OF_IOS_17 = f"{KIND}<HDRGainMap:HDRGainMapHeadroom>4.532783</HDRGainMap:HDRGainMapHeadroom>".encode()
OLDER = KIND.encode()


def directory(order, *tags):
    """A directory of (tag, type, count, value)."""
    return struct.pack(order + "H", len(tags)) + b"".join(struct.pack(order + "HHII", *tag) for tag in tags) + bytes(4)


def exif(numbers, order=">", apple_note=b"Apple iOS\0\0\1MM"):
    """EXIF with an Apple maker note of signed fractions.

    Args:
        numbers: (numerator, denominator) by tag.
        order: byte order of the EXIF; the note's is always big-endian.
        apple_note: what the note begins with.
    """
    begin = 8 + 2 * (2 + 12 + 4)
    fractions = len(apple_note) + 2 + 12 * len(numbers) + 4
    tags = ((tag, 10, 1, fractions + 8 * index) for index, tag in enumerate(numbers))
    note = apple_note + directory(">", *tags) + b"".join(struct.pack(">ii", *each) for each in numbers.values())
    header = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "I", 8)
    return header + directory(order, (0x8769, 4, 1, 26)) + directory(order, (0x927C, 7, len(note), begin)) + note


def stops(packet, data=b""):
    return apple.values_in(packet, data).alternate_headroom


def test_xmp_has_the_headroom_as_a_factor():
    assert 2 ** stops(OF_IOS_17) == pytest.approx(4.532783)
    assert stops(OF_IOS_17, exif({33: (1, 1)})) == stops(OF_IOS_17)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("numbers", "wanted"),
    [
        ({33: (0, 1), 48: (1, 100)}, 1.6),
        ({33: (0, 1), 48: (1, 1)}, 1.5),
        ({33: (1, 1), 48: (1, 100)}, 2.3),
        ({33: (1, 1), 48: (1, 1)}, 2.0),
        ({33: (3, 2)}, 3.0),
        ({48: (0, 1)}, 1.8),
    ],
)
def test_the_maker_note_has_it_in_two_numbers(numbers, wanted, order):
    assert stops(OLDER, exif(numbers, order)) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no headroom"),
        (b"MM\0*", "damaged"),
        (exif({33: (1, 1)})[:-4], "damaged"),
        (exif({33: (1, 0)}), "damaged"),
        (exif({33: (1, 1)}, apple_note=b"Nikon\0\0\0\0\0\0\1MM"), "no headroom"),
        (exif({48: (20, 1)}), "headrooms are the same"),
    ],
    ids=["none", "no directory", "truncated", "a denominator of 0", "another maker", "no stops"],
)
def test_without_a_headroom_it_is_not_used(data, reason):
    with pytest.raises(GainMapError, match=reason):
        stops(OLDER, data)


def test_samples_become_the_stops_that_they_mean():
    values = apple.values_in(OLDER, exif({33: (1, 1)}))
    levels = apple.levels(values)
    assert (levels[0], levels[255]) == (0, 255)
    assert sorted(levels) == levels
    # A sample of 0.5 is 0.26 in linear light, by ITU-R BT.709: HDR = base * (1 + 7 * 0.26).
    assert 2 ** (3 * levels[128] / 255) == pytest.approx(1 + 7 * 0.2615, abs=0.03)


def test_it_is_found_in_a_jpeg_with_the_picture_s_exif():
    further = jpeg(plain()[1], segment(0xE1, XMP + OLDER))
    base = jpeg(plain()[0], segment(0xE1, b"Exif\0\0" + exif({33: (1, 1)})))
    found = gain_map_of(multi_picture(base, further))
    assert found.values.maximum == (3, 3, 3)
    assert found.levels == apple.levels(found.values)
    assert not found.has_colours


def test_its_levels_are_in_the_output():
    further = jpeg(Image.new("L", (32, 24), 128), segment(0xE1, XMP + OF_IOS_17))
    settings = Settings(
        work_bucket="work", hdr="keep", renditions=(Rendition(name="a", width=32, height=32, format="jpeg"),)
    )
    kept = render(multi_picture(jpeg(plain()[0]), further), settings).renditions[0].gain_map.jpeg
    found = gain_map_of(multi_picture(jpeg(plain()[0]), kept))
    assert found.levels is None
    levels = apple.levels(apple.values_in(OF_IOS_17, b""))
    assert Image.open(io.BytesIO(kept)).getpixel((4, 4)) == pytest.approx(levels[128], abs=2)
