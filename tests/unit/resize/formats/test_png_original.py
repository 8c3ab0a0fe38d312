"""A PNG's own deflated pixels as a clean file, with nothing that they do not need."""

import random
import zlib

import pytest
from kit.pictures import frames_of, is_same, png, saved
from PIL import Image

from services.resize.formats.opener import opened
from services.resize.formats.png_chunks import chunks
from services.resize.formats.png_original import original
from services.resize.settings import Limits
from shared.deadline import NEVER, Deadline
from shared.errors import ImageTooSlow

PALETTE = [(9, 8, 7, 255), (200, 100, 50, 255)]
SIZE = (5, 3)
ROWS = b"\0\x48" + b"\0\xb0" + b"\2\x08"


def originals(data, rendition=None):
    """The originals that the format's own reader gives for a rendition; by default for the picture itself."""
    with opened(data, Limits()) as source:
        (frame,) = [frame.image for frame in source.frames()]
        return list(source.originals(frame.convert("RGBA") if rendition is None else rendition))


def names(data):
    return [chunk.name for chunk in chunks(data)]


def bilevel(idat=None, **changes):
    """A PNG with a one-bit palette, whose rows have different filters."""
    values = {"PLTE": bytes((9, 8, 7, 200, 100, 50)), "IDAT": zlib.compress(ROWS, 9) if idat is None else idat}
    return png(SIZE, 1, 3, bytes(3), **values | changes)


def test_the_deflated_pixels_are_the_same_to_the_last_byte():
    data = bilevel()
    assert original(data, PALETTE, NEVER) == data


def test_several_idats_become_one():
    first, second = bilevel(zlib.compress(ROWS, 9)[:5]), zlib.compress(ROWS, 9)[5:]
    end = first.index(b"IEND") - 4
    chunk = len(second).to_bytes(4, "big") + b"IDAT" + second + zlib.crc32(b"IDAT" + second).to_bytes(4, "big")
    assert original(first[:end] + chunk + first[end:], PALETTE, NEVER) == bilevel()


def test_no_other_chunk_comes_along():
    spare = {"tEXt": b"Comment\0secret", "eXIf": b"II*\0secret", "iTXt": b"XML:com.adobe.xmp\0\0\0\0\0secret"}
    found = original(bilevel(**spare, prVt=b"secret", sRGB=b"\0", tIME=bytes(7)), PALETTE, NEVER)
    assert names(found) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert b"secret" not in found


def test_bytes_after_the_deflated_pixels_or_the_file_are_removed():
    found = original(bilevel(zlib.compress(ROWS, 9) + b"secret") + b"secret", PALETTE, NEVER)
    assert found == bilevel()


@pytest.mark.parametrize(
    "idat",
    [
        pytest.param(zlib.compress(ROWS + b"secret"), id="more rows than there are"),
        pytest.param(zlib.compress(ROWS[:-1]), id="a byte is missing"),
        pytest.param(zlib.compress(ROWS)[:-4], id="no checksum"),
        pytest.param(zlib.compress(ROWS)[:-4] + bytes(4), id="a wrong checksum"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"no deflate", id="no deflate"),
        pytest.param(zlib.compress(bytes(40_000_000), 9), id="a bomb"),
    ],
)
def test_pixels_that_do_not_match_the_header_are_not_copied(idat):
    assert original(bilevel(idat), PALETTE, NEVER) is None


def test_a_damaged_or_unknown_critical_chunk_is_not_copied():
    assert original(bilevel().replace(b"\x09\x08\x07", b"\x09\x08\x06"), PALETTE, NEVER) is None
    assert original(bilevel(CgBI=bytes(4)), PALETTE, NEVER) is None


def test_sixteen_bits_are_not_copied():
    assert originals(png((2, 1), 16, 0, b"\1\2\3\4")) == []


def test_an_animation_is_not_copied():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    data = saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    with opened(data, Limits()) as source:
        assert list(source.originals(frames[0])) == []


@pytest.mark.parametrize("size", [(1, 1), (4, 4), (5, 9), (8, 8), (13, 3)])
def test_interlaced_pixels_are_copied(size):
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b""
    for left, top, across, down in passes:
        width, height = len(range(left, size[0], across)), len(range(top, size[1], down))
        rows += (b"\0" + bytes(range(width))) * height if width else b""
    data = png(size, 8, 0, bytes(size[0] * size[1]), 1, IDAT=zlib.compress(rows))
    assert originals(data)[0] == data


@pytest.mark.parametrize(("colour_type", "samples"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_every_kind_of_colour_is_copied(colour_type, samples):
    data = png((3, 2), 8, colour_type, bytes(range(6 * samples)))
    assert originals(data)[0] == data


def test_a_transparent_colour_stays_transparent():
    data = png((2, 1), 8, 0, b"\x05\x09", tRNS=b"\0\x05")
    assert originals(data)[0] == data


def test_a_palette_has_only_colours_that_pixels_show():
    """Unused entries, and colours beneath full transparency, could hold anything."""
    hidden = bytes((1, 2, 3, 11, 12, 13, 21, 22, 23, 31, 32, 33))
    data = png((2, 1), 8, 3, b"\0\2", PLTE=hidden, tRNS=b"\xff\x09\0\x07")
    (found,) = originals(data)
    parts = {chunk.name: found[chunk.body : chunk.end - 4] for chunk in chunks(found)}
    assert parts[b"PLTE"] == bytes((1, 2, 3, 0, 0, 0, 0, 0, 0))
    assert parts[b"tRNS"] == b"\xff\xff\0"
    assert is_same(frames_of(found)[0], frames_of(data)[0])


def test_indexes_beyond_the_palette_get_the_colours_of_the_rendition():
    data = png((2, 1), 8, 3, b"\0\2", PLTE=bytes((1, 2, 3)))
    shown = Image.new("RGB", (2, 1), (1, 2, 3))
    shown.putpixel((1, 0), (7, 7, 7))
    (found,) = originals(data, shown)
    assert is_same(frames_of(found)[0], shown)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("colour_type", [0, 3])
def test_indexes_get_the_colours_of_a_rendition(bits, colour_type):
    """So a conversion of colours does not make the file larger."""
    randomly = random.Random(bits)  # noqa: S311 - the same pixels in every run
    size = (16, 4)
    pixels = randomly.randbytes(size[0] * size[1] * bits // 8)
    palette = {"PLTE": bytes(level for number in range(2**bits) for level in (number, 9, 255 - number))}
    data = png(size, bits, colour_type, pixels, **(palette if colour_type == 3 else {}))
    shown = frames_of(data)[0].point([255 - level for level in range(256)] * 3 + list(range(256)))
    found = originals(data, shown)[-1]
    assert is_same(frames_of(found)[0], shown)
    assert found[found.index(b"IDAT") :] == data[data.index(b"IDAT") :]


def test_a_slow_copy_is_stopped():
    ticks = iter(range(9))
    with pytest.raises(ImageTooSlow):
        original(bilevel(), PALETTE, Deadline(0.5, lambda: float(next(ticks))))


def test_a_decompression_bomb_is_stopped_once_it_has_too_many_bytes():
    looks = []
    clock = Deadline(1, lambda: looks.append(None) or 0.0)
    assert original(bilevel(zlib.compress(bytes(40_000_000), 9)), PALETTE, clock) is None
    assert len(looks) == 2  # once when it was set, and once before the first MiB
