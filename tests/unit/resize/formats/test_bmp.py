"""BMP: channels are where their masks put them, alpha included."""

import struct

import pytest
from kit.pictures import gradient, saved
from PIL import Image

from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.errors import ImageTooLarge, UnreadableImage

SIZE = (13, 7)


def picture():
    return gradient(SIZE, "RGBA")


def bmp(masks, bits, *, image=None, header=108, top_down=False, compression=3):
    """A BMP with these masks; after a 40-byte header they follow it."""
    image = image or picture()
    width, height = image.size
    rows = []
    for y in range(height):
        row = b""
        for x in range(width):
            word = 0
            for value, mask in zip(image.getpixel((x, y)), masks, strict=False):
                low = max(0, (mask & -mask).bit_length() - 1)
                word |= (value * (mask >> low) + 127) // 255 << low
            row += word.to_bytes(bits // 8, "little")
        rows.append(row + b"\0" * (-len(row) % 4))
    data = b"".join(rows if top_down else reversed(rows))
    head = struct.pack(
        "<IiiHHIIiiII", header, width, -height if top_down else height, 1, bits, compression, 0, 0, 0, 0, 0
    )
    behind = struct.pack(f"<{len(masks)}I", *masks).ljust(header - 40, b"\0")
    offset = 14 + len(head) + len(behind)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + head + behind + data


def read(data, limits=None):
    with opened(data, limits or Limits()) as source:
        (frame,) = source.frames()
        return frame.image


def within(one, other, levels):
    pairs = zip(one.tobytes(), other.tobytes(), strict=True)
    return one.mode == other.mode and one.size == other.size and all(abs(a - b) <= levels for a, b in pairs)


@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize(
    ("masks", "bits", "levels"),
    [
        pytest.param((0xF000, 0xF00, 0xF0, 0xF), 16, 9, id="4444"),
        pytest.param((0xF00, 0xF0, 0xF, 0xF000), 16, 9, id="4444 alpha first"),
        pytest.param((0xFF000000, 0xFF0000, 0xFF00, 0xFF), 32, 0, id="ABGR"),
        pytest.param((0xFF0000, 0xFF00, 0xFF, 0xFF000000), 32, 0, id="BGRA"),
        pytest.param((0xFF, 0xFF0000, 0xFF00, 0xFF000000), 32, 0, id="RBGA"),
        pytest.param((0x3F0000, 0xFC0, 0x3F, 0xFC00000), 32, 3, id="six bits each"),
    ],
)
def test_channels_are_where_their_masks_say(masks, bits, levels, top_down):
    assert within(read(bmp(masks, bits, top_down=top_down)), picture(), levels)


def test_one_bit_of_alpha_is_all_or_nothing():
    image = picture()
    image.putalpha(image.getchannel("A").point(lambda value: 255 if value > 127 else 0))
    seen = read(bmp((0x7C00, 0x3E0, 0x1F, 0x8000), 16, image=image))
    assert within(seen, image, 5)


@pytest.mark.parametrize(
    ("masks", "bits", "levels"),
    [
        pytest.param((0xF800, 0x7E0, 0x1F), 16, 8, id="565"),
        pytest.param((0x1F, 0x7E0, 0xF800), 16, 8, id="565 blue first"),
        pytest.param((0x7C00, 0x3E0, 0x1F), 16, 8, id="555"),
        pytest.param((0x3FF00000, 0xFFC00, 0x3FF), 32, 1, id="ten bits each"),
        pytest.param((0xFF00, 0xFF, 0xFF0000), 32, 0, id="bytes in another order"),
    ],
)
@pytest.mark.parametrize("header", [40, 52, 56, 108, 124])
def test_without_an_alpha_mask_there_is_no_alpha(masks, bits, levels, header):
    assert within(read(bmp(masks, bits, header=header)), picture().convert("RGB"), levels)


def test_a_short_header_may_be_followed_by_an_alpha_mask():
    seen = read(bmp((0xF000, 0xF00, 0xF0, 0xF), 16, header=40, compression=6))
    assert within(seen, picture(), 9)


def test_thirty_two_bits_without_masks_have_no_alpha():
    rows = b"".join(bytes((x, y, 9, x + y)) for y in range(6) for x in range(5))
    head = struct.pack("<IiiHHIIiiII", 40, 5, -6, 1, 32, 0, 0, 0, 0, 0, 0)
    assert read(b"BM" + struct.pack("<IHHI", 54 + len(rows), 0, 0, 54) + head + rows).mode == "RGB"


def test_a_truncated_or_too_large_file_is_an_error():
    data = bmp((0xF000, 0xF00, 0xF0, 0xF), 16)
    with pytest.raises(UnreadableImage, match="BMP is truncated"):
        read(data[:-1])
    with pytest.raises(ImageTooLarge, match=r"limits\.pixels"):
        read(data, Limits(pixels=90))


def test_a_plain_bmp_equals_pillow_s_decoding():
    assert read(saved(gradient(), "BMP")).tobytes() == gradient().tobytes()
    assert read(saved(Image.new("1", (9, 9)), "BMP")).mode == "1"
