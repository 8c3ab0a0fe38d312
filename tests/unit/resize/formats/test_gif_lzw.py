"""Codes of a GIF that begin with 10 to 12 bits decode to the original pixels."""

import pytest
from kit.animations import gif
from kit.pictures import gradient, grain

from services.resize.formats.gif_lzw import indexes
from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import ImageTooSlow, UnreadableImage

SIZE = (90, 61)
PIXELS = gradient(SIZE).convert("RGB").getchannel("R").point(lambda value: value ^ value << 3 & 255).tobytes()
PALETTE = bytes(range(256)) * 3


def blocks(data):
    return b"".join(bytes([len(data[at : at + 255])]) + data[at : at + 255] for at in range(0, len(data), 255)) + b"\0"


def packed(pixels, bits):
    """Codes in sub-blocks; once 4096 codes are used, the table stays as it is."""
    clear = 1 << bits
    table, width, bits_out = {bytes([each]): each for each in range(256)}, bits + 1, []
    count, run = clear + 2, b""
    out = [(clear, width)]
    for pixel in pixels:
        longer = run + bytes([pixel])
        if longer in table:
            run = longer
            continue
        out.append((table[run], width))
        if count < 4096:
            table[longer] = count
            count += 1
            width = min(12, width + (count > 1 << width))
        run = bytes([pixel])
    out += [(table[run], width), (clear + 1, width)]
    bits_out = "".join(f"{code:0{wide}b}"[::-1] for code, wide in out)
    return blocks(bytes(int(bits_out[at : at + 8][::-1], 2) for at in range(0, len(bits_out), 8)))


@pytest.mark.parametrize("bits", [9, 10, 11])
def test_every_pixel_is_decoded(bits):
    assert indexes(packed(PIXELS, bits), bits, SIZE, lambda: None, interlaced=False) == PIXELS


def test_a_table_that_is_full_stays_as_it_is():
    noise = grain((150, 100), 90).tobytes()
    assert indexes(packed(noise, 9), 9, (150, 100), lambda: None, interlaced=False) == noise


def test_a_frame_of_such_codes_is_shown():
    data = bytes([11]) + packed(PIXELS, 11)
    with opened(gif(SIZE, (0, 0, *SIZE, 0, {"data": data}), palette=PALETTE), Limits()) as source:
        (frame,) = source.frames()
    assert frame.image.convert("L").size == SIZE
    assert len(set(frame.image.convert("RGB").tobytes())) > 3


def test_interlaced_rows_are_put_in_order():
    rows = [PIXELS[at : at + 90] for at in range(0, len(PIXELS), 90)]
    stored = b"".join([*rows[0::8], *rows[4::8], *rows[2::4], *rows[1::2]])
    assert indexes(packed(stored, 9), 9, SIZE, lambda: None, interlaced=True) == PIXELS


@pytest.mark.parametrize("data", [packed(PIXELS[:-1], 11), packed(PIXELS, 11)[:200], blocks(b"\x00\x18\x90")])
def test_missing_pixels_and_impossible_codes_are_unreadable(data):
    file = gif(SIZE, (0, 0, *SIZE, 0, {"data": bytes([11]) + data}))
    with pytest.raises(UnreadableImage, match=r"damaged or missing|truncated"), opened(file, Limits()) as source:
        list(source.frames())


def test_an_index_beyond_any_palette_is_an_error():
    with pytest.raises(ValueError, match="beyond any palette"):
        indexes(blocks((1000).to_bytes(2, "little")), 11, (1, 1), lambda: None, interlaced=False)


def test_the_deadline_ends_many_codes():
    now = iter(range(100))
    noise = grain((200, 150), 90).tobytes()
    deadline = Deadline(2, lambda: float(next(now)))
    with pytest.raises(ImageTooSlow):
        indexes(packed(noise, 9), 9, (200, 150), deadline.check, interlaced=False)
