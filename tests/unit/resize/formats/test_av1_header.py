"""Colour codes are found in the sequence headers of encoders, and never in damaged ones."""

import pytest
from kit.pictures import saved
from PIL import Image

from services.resize.formats.av1_header import Codes, codes_of
from services.resize.formats.heif_picture import encoding_of
from services.resize.formats.heif_reader import read
from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import render


class Bits:
    """(value, width) pairs as bytes."""

    def __init__(self, *fields):
        text = "".join(f"{value:0{width}b}" for value, width in fields if width)
        self.data = int(text.ljust(-len(text) % 8 + len(text), "0"), 2).to_bytes(-(-len(text) // 8), "big")


COLOURS = ((1, 1), (9, 8), (16, 8), (9, 8), (0, 2))
SIZE = ((5, 4), (5, 4), (63, 6), (47, 6))
STILL = ((0, 3), (1, 1), (1, 1), (4, 5), *SIZE, (0, 3), (0, 3), (1, 1), (0, 1), *COLOURS)
# With timing, a decoder model, two operating points (one with a tier), frame ids, order hints and tools.
VIDEO = (
    *((2, 3), (0, 1), (0, 1)),
    *((1, 1), (1, 32), (30, 32), (1, 1), (0b00110, 5), (1, 1), (9, 5), (1, 32), (3, 5), (4, 5)),
    *((1, 1), (1, 5)),
    *((0, 12), (9, 5), (1, 1), (1, 1), (5, 10), (6, 10), (1, 1), (1, 1), (3, 4)),
    *((0, 12), (4, 5), (0, 1), (0, 1)),
    *SIZE,
    *((1, 1), (2, 4), (1, 3), (0, 3)),
    *((0, 4), (1, 1), (3, 2), (0, 1), (1, 1), (0, 1), (1, 1), (6, 3)),
    *((0, 3), (1, 1), (1, 1), (0, 1)),
    *COLOURS,
)


def obu(kind, data, sized=True):
    return bytes([kind << 3 | (2 if sized else 0)]) + (bytes([len(data)]) if sized else b"") + data


@pytest.mark.parametrize("fields", [STILL, VIDEO], ids=["still", "video"])
@pytest.mark.parametrize("before", [b"", obu(2, b""), obu(2, b"") + obu(5, b"metadata")])
@pytest.mark.parametrize("sized", [True, False])
def test_codes_are_found_after_everything_that_may_precede_them(fields, before, sized):
    assert codes_of(before + obu(1, Bits(*fields).data, sized)) == Codes(9, 16, 9)


def test_a_header_may_have_no_codes():
    fields = (*STILL[: -len(COLOURS)], (0, 1), (0, 30))
    assert codes_of(obu(1, Bits(*fields).data)) is None


@pytest.mark.parametrize(
    "data", [b"", b"\x0a", b"\x0a\xff", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff", bytes(100), b"\xff" * 100]
)
def test_a_damaged_header_has_no_codes(data):
    assert codes_of(data) is None


def test_a_truncated_header_has_no_codes():
    whole = obu(1, Bits(*VIDEO).data)
    # Only bits after the codes may be missing from the last byte.
    assert all(codes_of(whole[:length]) is None for length in range(len(whole) - 1))


def without_box(data, codes):
    """The AVIF without a readable colr box, and with other codes in its AV1 data."""
    offset, _ = read(data, "AVIF", Limits()).coded.extents[0]
    head = int.from_bytes(data[offset : offset + 32], "big")
    pattern, wide = 0x010D06, (codes[0] << 16) | (codes[1] << 8) | 6
    shift = next(shift for shift in range(232, 0, -1) if head >> shift & 0xFFFFFF == pattern)
    patched = head ^ (pattern ^ wide) << shift
    data = data[:offset] + patched.to_bytes(32, "big") + data[offset + 32 :]
    return data.replace(b"colrnclx", b"freenclx")


@pytest.mark.parametrize(("codes", "shown"), [((9, 16), 187), ((9, 18), 120), ((1, 13), 148)])
def test_an_avif_without_codes_in_its_boxes_has_those_of_its_av1(codes, shown):
    data = without_box(saved(Image.new("RGB", (64, 48), (148, 148, 148)), "AVIF", quality=95), codes)
    made = render(data, Settings(work_bucket="w", renditions=(Rendition(name="x", width=64, height=64),)))
    assert made.renditions[0].frames[0].getpixel((9, 9)) == pytest.approx((shown, shown, shown), abs=4)
    encoding = encoding_of(read(data, "AVIF", Limits()), data, has_profile=False)
    assert (encoding is None) == (codes == (1, 13))
