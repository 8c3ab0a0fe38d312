"""Pixels of HDR stills at 16 bits, and what has none."""

import struct
import sys

import pytest
import pyvips
from kit.hdr import HLG_HEIC, hdr_avif, hdr_png, ramp

from services.resize.hdr.decoding import NotDecodedError, _packed, picture_of, planes_of
from shared.errors import EncoderMissing


def planes(data, form, factors=(1, 1)):
    return planes_of(picture_of(data, form), factors)


def values(plane, *points):
    return [plane.getpixel(point) for point in points]


@pytest.mark.parametrize(("data", "form"), [(hdr_avif(quality=100), "AVIF"), (hdr_png(), "PNG")])
def test_every_plane_has_its_own_channel_with_more_than_eight_bits(data, form):
    found = planes(data, form)
    assert [plane.mode for plane in found] == ["I;16"] * 3
    red, green, blue = found
    assert values(red, (0, 0), (48, 10), (95, 63)) == pytest.approx([0, 30_000, 59_375], abs=600)
    assert values(green, (0, 0), (10, 32), (95, 63)) == pytest.approx([0, 30_000, 59_062], abs=600)
    assert values(blue, (0, 0), (95, 63)) == pytest.approx([20_000] * 2, abs=600)
    assert len({red.getpixel((x, 0)) >> 6 for x in range(96)}) > 80  # 8 bits have 96 of 256 in steps of 4


def test_a_heic_is_decoded_by_its_own_decoder():
    red, green, blue = planes(HLG_HEIC, "HEIC")
    assert red.size == (64, 48)
    assert values(red, (16, 24), (48, 24)) == pytest.approx([16_384, 49_152], abs=1_500)
    assert values(green, (32, 12), (32, 36)) == pytest.approx([16_384, 49_152], abs=1_500)
    assert values(blue, (32, 24)) == pytest.approx([30_000], abs=1_500)


def test_grey_is_the_same_in_all_planes():
    grey = ramp()[0].copy(interpretation="grey16")
    data = grey.pngsave_buffer(bitdepth=16)
    red, green, blue = planes(data, "PNG")
    assert red.tobytes() == green.tobytes() == blue.tobytes()


@pytest.mark.parametrize(("alpha", "refused"), [(65_535, False), (60_000, True)])
def test_only_what_is_opaque_is_taken(alpha, refused):
    words = ramp()
    data = words.bandjoin((words[0] * 0 + alpha).cast("ushort")).pngsave_buffer(bitdepth=16)
    if refused:
        with pytest.raises(NotDecodedError, match="parts of it are transparent"):
            planes(data, "PNG")
    else:
        assert len(planes(data, "PNG")) == 3


@pytest.mark.parametrize(
    ("data", "form", "reason"),
    [
        ((ramp() / 257).cast("uchar").copy(interpretation="srgb").pngsave_buffer(), "PNG", "it has 8 bits"),
        (hdr_avif()[:200], "AVIF", "its pixels do not decode at 10 bits"),
        (HLG_HEIC[:300], "HEIC", "its pixels do not decode at 10 bits"),
    ],
)
def test_what_has_no_such_pixels_says_why(data, form, reason):
    with pytest.raises(NotDecodedError, match=reason) as caught:
        planes(data, form)
    assert "\n" not in str(caught.value)


def test_an_sdr_heic_has_none(monkeypatch):
    import pi_heif  # noqa: PLC0415

    class Plain:
        mode, size, stride, data = "RGB", (1, 1), 3, b"abc"

    monkeypatch.setattr(pi_heif, "open_heif", lambda *_, **__: Plain)
    with pytest.raises(NotDecodedError, match="it has 8 bits"):
        planes(b"", "HEIC")


@pytest.mark.parametrize(("mode", "alpha", "refused"), [("RGBA;16", 65_472, False), ("RGBA;16", 900, True)])
def test_alpha_and_rows_that_are_filled_up_are_read_of_a_heic(monkeypatch, mode, alpha, refused):
    import pi_heif  # noqa: PLC0415

    row = struct.pack("<8H", 1, 2, 3, alpha, 11, 12, 13, alpha)

    class Filled:
        size, stride = (2, 2), len(row) + 4
        data = (row + b"fill") * 2

    Filled.mode = mode
    monkeypatch.setattr(pi_heif, "open_heif", lambda *_, **__: Filled)
    if refused:
        with pytest.raises(NotDecodedError, match="parts of it are transparent"):
            planes(b"", "HEIC")
    else:
        assert [values(each, (0, 1), (1, 0)) for each in planes(b"", "HEIC")] == [[1, 11], [2, 12], [3, 13]]


@pytest.mark.parametrize(("mode", "words"), [("I;16", (7, 9)), ("LA;16", (7, 65_535, 9, 65_535))])
def test_a_grey_heic_is_the_same_in_all_planes(monkeypatch, mode, words):
    import pi_heif  # noqa: PLC0415

    class Grey:
        size, stride, data = (2, 1), 2 * len(words), struct.pack(f"<{len(words)}H", *words)

    Grey.mode = mode
    monkeypatch.setattr(pi_heif, "open_heif", lambda *_, **__: Grey)
    assert [values(each, (0, 0), (1, 0)) for each in planes(b"", "HEIC")] == [[7, 9]] * 3


def test_rows_are_taken_out_of_what_fills_them():
    assert _packed(memoryview(b"abcd..efgh.."), 6, (2, 2), 1) == b"abcdefgh"


def test_pixels_are_averaged_by_whole_ones_and_none_is_left_out():
    words = ramp((7, 5))
    red, green, _ = planes(words.copy(interpretation="rgb16").pngsave_buffer(bitdepth=16), "PNG", (3, 2))
    assert red.size == (3, 3)
    assert red.getpixel((0, 0)) == pytest.approx(words[0].crop(0, 0, 3, 2).avg(), abs=1)
    assert red.getpixel((1, 1)) == pytest.approx(words[0].crop(3, 2, 3, 2).avg(), abs=1)
    assert green.getpixel((1, 1)) == pytest.approx(words[1].crop(3, 2, 3, 2).avg(), abs=1)


def test_without_the_library_the_error_says_what_to_build(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvips", None)
    with pytest.raises(EncoderMissing, match=r"set `extras: \[avif10\]` in pipeline.yaml, build the zips"):
        planes(b"", "AVIF")


def test_libvips_remembers_nothing_of_a_picture():
    planes(hdr_png(), "PNG")
    assert pyvips.cache_get_max() == 0
