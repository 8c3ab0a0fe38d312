"""A PNG whose pixels ISA-L inflates decodes as with Pillow alone, undamaged or damaged."""

import gc
import io
import random
import struct
import weakref
import zlib

import pytest
from kit.pictures import png
from PIL import Image

from services.resize.formats import png as png_format
from services.resize.formats.png_inflate import inflated
from services.resize.settings import Limits
from shared.deadline import NEVER
from shared.errors import PipelineError, UnreadableImage

SIZE = (120, 90)


def samples(count):
    """Bytes of which some repeat, as those of pictures do."""
    chance = random.Random(40)  # noqa: S311 - the same in every run
    values, lengths = chance.randbytes(count), chance.choices(range(1, 9), k=count)
    return b"".join(value.to_bytes() * length for value, length in zip(values, lengths, strict=True))[:count]


def rows(size, bits, channels):
    """Filtered rows, with each filter."""
    row = (size[0] * bits * channels + 7) // 8
    filtered = samples(row * size[1])
    return b"".join(bytes([y % 5]) + filtered[y * row : (y + 1) * row] for y in range(size[1]))


def stream(size=SIZE, bits=8, channels=3):
    return zlib.compress(rows(size, bits, channels))


def rgb(idat, size=SIZE):
    return png(size, 8, 2, b"\0" * size[1], IDAT=idat)


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def split(data, length):
    """The same PNG with its IDAT in several."""
    at = data.index(b"IDAT") - 4
    (count,) = struct.unpack_from(">I", data, at)
    body, rest = data[at + 8 : at + 8 + count], data[at + 12 + count :]
    parts = (body[start : start + length] for start in range(0, count, length))
    return data[:at] + b"".join(chunk(b"IDAT", part) for part in parts) + rest


def outcome(data):
    """The decoded pixels, or the error."""
    try:
        with png_format.open_source(data, Limits(), NEVER) as source:
            (frame,) = source.frames()
            return frame.image.mode, frame.image.size, frame.image.tobytes()
    except PipelineError as error:
        return repr(error)


def outcomes(data, monkeypatch):
    """That with ISA-L, and that with Pillow alone."""
    with_isa_l = outcome(data)
    with monkeypatch.context() as patched:
        patched.setattr(png_format, "inflated", lambda *_, **__: False)
        return with_isa_l, outcome(data)


@pytest.mark.parametrize(
    ("bits", "colour_type", "channels"),
    [(1, 0, 1), (2, 0, 1), (4, 0, 1), (8, 0, 1), (16, 0, 1), (8, 2, 3), (16, 2, 3), (8, 4, 2), (8, 6, 4), (16, 6, 4)],
)
@pytest.mark.parametrize("idat_bytes", [1, 1000, 10**9])
def test_every_kind_of_pixels_decodes_as_by_pillow(bits, colour_type, channels, idat_bytes, monkeypatch):
    data = png(SIZE, bits, colour_type, b"\0" * SIZE[1], IDAT=stream(SIZE, bits, channels))
    one, other = outcomes(split(data, idat_bytes), monkeypatch)
    assert one == other
    assert not isinstance(one, str), one


def test_a_picture_of_more_than_one_block_decodes_as_by_pillow(monkeypatch):
    for size in ((4, 65535 // 13), (400, 300), (21_845, 1)):
        one, other = outcomes(rgb(stream(size), size), monkeypatch)
        assert one == other
        assert not isinstance(one, str), one


def test_an_interlaced_picture_decodes_as_by_pillow(monkeypatch):
    passes = ((15, 12), (15, 12), (30, 11), (30, 23), (60, 22), (60, 45), (120, 45))
    idat = zlib.compress(b"".join(rows(size, 8, 3) for size in passes))
    one, other = outcomes(png(SIZE, 8, 2, b"\0" * SIZE[1], interlace=1, IDAT=idat), monkeypatch)
    assert one == other
    assert not isinstance(one, str), one


def test_isa_l_inflates_the_pixels(monkeypatch):
    """Pillow alone would decode them too: what fails here is that."""
    data = rgb(stream())
    with Image.open(io.BytesIO(data)) as image:
        assert inflated(image)
        with Image.open(io.BytesIO(data)) as other:
            assert image.tobytes() == other.tobytes()
    monkeypatch.setattr("services.resize.formats.png_inflate.isal_zlib.decompressobj", lambda **_: pytest.fail("ISA-L"))
    with pytest.raises(pytest.fail.Exception), Image.open(io.BytesIO(data)) as image:
        inflated(image)


@pytest.mark.parametrize("side", [147, 148, 500, 2000])
def test_isa_l_inflates_a_flat_picture_to_its_end(side):
    """A few bytes become many blocks, some of them after all bytes were read."""
    with Image.open(io.BytesIO(png((side, side), 8, 2, bytes(side * side * 3)))) as image:
        assert inflated(image)


def test_a_damaged_picture_is_opened_again():
    with Image.open(io.BytesIO(rgb(stream()[:1000]))) as image:
        assert not inflated(image)


def test_an_image_is_freed_at_once():
    """Not at the next garbage collection: a second picture would be in memory until then."""
    gc.disable()
    try:
        with Image.open(io.BytesIO(rgb(stream()))) as image:
            assert inflated(image)
            held = weakref.ref(image)
        del image
        assert held() is None
    finally:
        gc.enable()


def test_damage_anywhere_ends_as_by_pillow_but_for_the_checksum(monkeypatch):
    whole, chance = stream(), random.Random(41)  # noqa: S311 - the same in every run
    for _ in range(400):
        at, bit = chance.randrange(len(whole)), chance.randrange(8)
        damaged = bytearray(whole)
        damaged[at] ^= 1 << bit
        one, other = outcomes(rgb(bytes(damaged)), monkeypatch)
        if one != other:
            other = outcome(rgb(zlib.compress(zlib.decompress(damaged[2:], wbits=-15))))
        assert one == other, f"bit {bit} of byte {at}"


@pytest.mark.parametrize("kept", [0, 1, 2, 3, 10, 1000, -100, -6, -5, -4, -3, -1])
def test_a_truncated_stream_ends_as_by_pillow(kept, monkeypatch):
    one, other = outcomes(rgb(stream()[:kept]), monkeypatch)
    assert one == other


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_truncated_file_ends_as_by_pillow(kept, monkeypatch):
    data = split(rgb(stream()), 1000)
    one, other = outcomes(data[: int(len(data) * kept)], monkeypatch)
    assert one == other
    assert isinstance(one, str)


@pytest.mark.parametrize(
    "idat",
    [
        pytest.param(stream() + b"more", id="bytes after the stream"),
        pytest.param(stream((120, 91)), id="a row too many"),
        pytest.param(b"", id="no bytes"),
        pytest.param(b"\x78\xbb" + stream()[2:], id="a dictionary"),
        pytest.param(b"\x18\x19" + stream()[2:], id="a window of 512 bytes"),
        pytest.param(b"\x79\x01" + stream()[2:], id="another method"),
        pytest.param(stream()[2:-4], id="no header"),
        pytest.param(zlib.compress(bytes(40_000_000), 9), id="a bomb"),
    ],
)
def test_a_strange_stream_ends_as_by_pillow(idat, monkeypatch):
    one, other = outcomes(rgb(idat), monkeypatch)
    assert one == other


@pytest.mark.parametrize("whole", [89, 45, 1, 0])
@pytest.mark.parametrize("missing", [0, 1, 200])
def test_missing_pixels_fail_the_picture_also_at_the_end_of_a_row(whole, missing):
    """Pillow alone would show the missing rows black where the last one is whole."""
    kept = rows(SIZE, 8, 3)[: max(0, whole * (1 + 3 * SIZE[0]) - missing)]
    with (
        pytest.raises(UnreadableImage, match="truncated"),
        png_format.open_source(rgb(zlib.compress(kept)), Limits(), NEVER),
    ):
        pass


def test_missing_passes_of_an_interlaced_picture_fail_it():
    data = png(SIZE, 8, 2, b"\0" * SIZE[1], interlace=1, IDAT=zlib.compress(rows((15, 12), 8, 3)))
    with pytest.raises(UnreadableImage), png_format.open_source(data, Limits(), NEVER):
        pass


@pytest.mark.parametrize("checksum", [b"\1\2\3\4", b"\1\2", b""])
def test_a_wrong_checksum_does_not_cost_the_pixels(checksum):
    """Browsers show them too (Chromium 156)."""
    seen = outcome(rgb(stream()[:-4] + checksum))
    assert seen == outcome(rgb(stream()))
    assert not isinstance(seen, str), seen


def test_damage_in_the_pixels_that_both_checksums_report_fails_them():
    damaged = bytearray(rgb(zlib.compress(rows(SIZE, 8, 3), 0)))
    damaged[200] ^= 1
    assert "damaged" in outcome(bytes(damaged))


def test_rows_missing_before_a_wrong_checksum_fail_the_picture():
    assert "truncated" in outcome(rgb(stream((120, 89))[:-4] + b"\1\2\3\4"))
