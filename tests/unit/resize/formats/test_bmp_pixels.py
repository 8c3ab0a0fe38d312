"""BMPs whose pixels are decoded without Pillow."""

import struct
from itertools import count

import pytest
from kit.icc import ADOBE_RGB, matrix_profile
from kit.pictures import gradient, saved
from PIL import Image, ImageChops

from services.resize.formats import bmp_pixels
from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.deadline import NEVER, Deadline
from shared.errors import ImageTooLarge, ImageTooSlow, UnreadableImage

SIZE = (33, 21)
# By name: header, bits, compression, masks of red, green, blue and alpha.
FIELDS = {
    "444": (40, 16, 3, (0xF00, 0xF0, 0xF, 0)),
    "555": (40, 16, 3, (0x7C00, 0x3E0, 0x1F, 0)),
    "565": (56, 16, 3, (0xF800, 0x7E0, 0x1F, 0)),
    "4444": (56, 16, 3, (0xF00, 0xF0, 0xF, 0xF000)),
    "1555": (124, 16, 3, (0x7C00, 0x3E0, 0x1F, 0x8000)),
    "3103": (40, 16, 3, (0x38, 0xFFC0, 0x7, 0)),
    "bgr": (40, 32, 3, (0xFF000000, 0xFF0, 0xFF0000, 0)),
    "10-10-10-2": (124, 32, 3, (0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000)),
    "11-11-10": (40, 32, 3, (0xFFE00000, 0x1FFC00, 0x3FF, 0)),
    "wide": (108, 32, 3, (0xFFFFFC00, 0x300, 0xC0, 0x3F)),
    "alpha fields": (40, 32, 6, (0xFF000000, 0xFF00, 0xFF, 0xFF0000)),
    "alpha without fields": (124, 32, 0, (0xFF0000, 0xFF00, 0xFF, 0xFF000000)),
}


def level(value, mask):
    return round(((value & mask) >> low(mask)) * 255 / (mask >> low(mask))) if mask else 0


def low(mask):
    return (mask & -mask).bit_length() - 1


def value_of(colour, masks):
    """The bits of a pixel, each field as near to its level as possible."""
    parts = zip(colour, masks, strict=True)
    return sum(round(one * (mask >> low(mask)) / 255) << low(mask) for one, mask in parts if mask)


def bmp(pixels, header, bits, compression, masks=None, *, top_down=False, palette=b"", colours=0, profile=b""):
    """A BMP with rows of these pixel values."""
    width, height = len(pixels[0]), len(pixels)
    stride = (width * bits + 31) // 32 * 4
    rows = []
    for row in pixels if top_down else reversed(pixels):
        packed = bytearray(stride)
        for x, value in enumerate(row):
            if bits >= 8:
                packed[x * bits // 8 : (x + 1) * bits // 8] = value.to_bytes(bits // 8, "little")
            else:
                packed[x * bits // 8] |= value << 8 - bits - x * bits % 8
        rows.append(bytes(packed))
    info = struct.pack("<iiHHIIiiII", width, -height if top_down else height, 1, bits, compression, 0, 0, 0, colours, 0)
    after = struct.pack("<4I", *masks) if masks else b""
    if header == 40:
        after = after[: {3: 12, 6: 16}.get(compression, 0)]
    begin = 14 + max(header, 40 + len(after)) + len(palette)
    if header == 124:
        at = begin - 14 + sum(map(len, rows))
        after = (
            after
            + (b"DEBM" if profile else b"BGRs")
            + bytes(124 - 40 - 20 - 12)
            + struct.pack("<III", at, len(profile), 0)
        )
    body = (struct.pack("<I", header) + info + after).ljust(begin - 14 - len(palette), b"\0") + palette + b"".join(rows)
    return b"BM" + struct.pack("<IHHI", 14 + len(body), 0, 0, begin) + body + profile


def read(data, limits=None, deadline=NEVER):
    with opened(data, limits or Limits(), deadline) as source:
        (frame,) = source.frames()
        return frame.image.copy()


@pytest.fixture
def picture():
    return gradient(SIZE, "RGBA")


def values(picture, masks):
    width, height = picture.size
    return [[value_of(picture.getpixel((x, y)), masks) for x in range(width)] for y in range(height)]


def shown(rows, masks):
    result = Image.new("RGBA" if masks[3] else "RGB", (len(rows[0]), len(rows)))
    result.putdata([tuple(level(value, mask) for mask in masks[: len(result.mode)]) for row in rows for value in row])
    return result


@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize("name", FIELDS)
def test_fields_of_any_masks_are_read_exactly(name, top_down, picture, monkeypatch):
    monkeypatch.setattr(bmp_pixels, "_STRIP_BYTES", 500)
    header, bits, compression, masks = FIELDS[name]
    rows = values(picture, masks)
    read_as = read(bmp(rows, header, bits, compression, masks, top_down=top_down))
    wanted = shown(rows, masks)
    assert (read_as.mode, read_as.size) == (wanted.mode, wanted.size)
    # The lowest bits of a field wider than 16 bits are ignored: the level is as near.
    assert max(high for _, high in ImageChops.difference(read_as, wanted).getextrema()) <= (name == "wide")


def test_an_alpha_of_zero_is_padding_unless_the_file_asks_for_fields(picture):
    picture.putalpha(0)
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    assert read(bmp(values(picture, masks), 124, 32, 0, masks)).mode == "RGB"
    assert read(bmp(values(picture, masks), 124, 32, 3, masks)).getextrema()[3] == (0, 0)


def test_a_file_of_32_bits_without_fields_has_no_alpha(picture):
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    assert read(bmp(values(picture, masks), 40, 32, 0)).mode == "RGB"


@pytest.mark.parametrize("top_down", [False, True])
def test_two_bits_are_indices_into_a_palette(top_down):
    rows = [[(x + y) % 4 for x in range(7)] for y in range(5)]
    palette = bytes((0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 9, 9, 9, 0))
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (9, 9, 9)]
    image = read(bmp(rows, 40, 2, 0, palette=palette, colours=4, top_down=top_down)).convert("RGB")
    assert [[image.getpixel((x, y)) for x in range(7)] for y in range(5)] == [
        [colours[at] for at in row] for row in rows
    ]


def test_a_header_of_sixteen_bytes_is_read(picture):
    whole = saved(picture.convert("RGB"), "BMP")
    short = whole[:10] + struct.pack("<II", 14 + 16, 16) + whole[18:30] + whole[54:]
    assert ImageChops.difference(read(short), picture.convert("RGB")).getbbox() is None


def test_more_colours_than_bits_can_count_are_ignored():
    palette = b"".join(bytes((index % 256, 255 - index % 256, 7, 0)) for index in range(300))
    image = read(bmp([[0, 100, 255]], 40, 8, 0, palette=palette, colours=300)).convert("RGB")
    assert [image.getpixel((x, 0)) for x in range(3)] == [(7, 255, 0), (7, 155, 100), (7, 0, 255)]


@pytest.mark.parametrize("bits", [24, 32])
def test_a_profile_in_the_file_is_passed_on(bits, picture):
    profile = matrix_profile(ADOBE_RGB)
    masks = (0xFF0000, 0xFF00, 0xFF, 0)
    data = bmp(
        values(picture, masks), 124, bits, 3 if bits == 32 else 0, masks if bits == 32 else (0,) * 4, profile=profile
    )
    with opened(data, Limits()) as source:
        assert source.icc_profile == profile


def test_a_profile_outside_the_file_is_ignored(picture):
    masks = (0xFF0000, 0xFF00, 0xFF, 0)
    data = bytearray(bmp(values(picture, masks), 124, 32, 3, masks, profile=b"x" * 200))
    data[130:134] = struct.pack("<I", 201)
    with opened(bytes(data), Limits()) as source:
        assert source.icc_profile is None


def test_missing_pixels_are_an_error():
    data = bmp([[1] * 40] * 40, 40, 16, 3, FIELDS["444"][3])
    with pytest.raises(UnreadableImage, match="the BMP is truncated: pixels are missing"):
        read(data[:-1])


def test_masks_with_holes_are_an_error():
    with pytest.raises(UnreadableImage, match="the masks of the BMP are damaged"):
        read(bmp([[1]], 40, 16, 3, (0xF0F, 0xF0, 0x0, 0)))


def test_the_limits_hold_before_anything_is_allocated():
    data = bmp([[1]], 40, 16, 3, FIELDS["444"][3])
    data = data[:18] + struct.pack("<ii", 2**31 - 1, 2**31 - 1) + data[26:]
    with pytest.raises(ImageTooLarge, match=r"limits\.pixels"):
        read(data)


def test_the_deadline_holds_between_strips(monkeypatch):
    monkeypatch.setattr(bmp_pixels, "_STRIP_BYTES", 4)
    ticks = count()
    with pytest.raises(ImageTooSlow):
        read(bmp([[1]] * 50, 40, 16, 3, FIELDS["444"][3]), deadline=Deadline(20, lambda: next(ticks)))


def test_a_truncated_header_is_an_error():
    data = bmp([[1]], 40, 16, 3, FIELDS["444"][3])
    for length in range(2, 66):
        with pytest.raises(UnreadableImage):
            read(data[:length])
