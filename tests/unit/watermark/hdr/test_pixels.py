"""HDR pixels from resize, and the watermark on them: where it is, how bright, and that all else stays."""

import builtins
import struct
import sys

import pytest
import pyvips
from kit.hdr import BT_2020, HLG, PQ, ramp
from PIL import Image

from services.resize.tone_mapping import _pq
from services.watermark import blending
from services.watermark.blending import Placed
from services.watermark.drawn_watermark import DrawnWatermark
from services.watermark.hdr.avif10 import avif10
from services.watermark.hdr.pixels import HdrPicture, picture_of, watermarked
from services.watermark.settings import Watermark as WatermarkSettings
from services.watermark.stamps import Piece, Stamp
from shared.errors import EncoderMissing, IntermediateObjectMissing
from shared.hdr_signals import WORD, Signals
from shared.libvips import vips
from shared.messages import HdrPixels

SIZE = (40, 30)


def picture(word=20_000, transfer=PQ):
    words = ramp(SIZE) * 0 + word
    return HdrPicture(words=words.cast("ushort"), primaries=BT_2020, transfer=transfer)


def placed(colour, alpha=255, mode="RGB", points=((5, 6),)):
    ink = Image.new(mode, (8, 4), colour)
    mask = Image.new("L", (8, 4), alpha)
    if mode == "RGBA":
        ink.putalpha(mask)
    return Placed(
        stamp=Stamp(size=(8, 4), pieces=(Piece(at=(1, 1), ink=ink, mask=None if mode == "RGBA" else mask),)),
        points=points,
    )


def at(made, x, y):
    return tuple(round(value) for value in made.words(x, y))


def test_the_planes_of_resize_become_bands():
    data = b"".join(struct.pack("<6H", *range(start, start + 6)) for start in (0, 100, 60_000))
    made = picture_of(data, HdrPixels(member="m", primaries=9, transfer=16, max_cll=500), (3, 2))
    assert (made.words.width, made.words.height, made.words.bands, made.max_cll) == (3, 2, 3, 500)
    assert at(made, 2, 1) == (5, 105, 60_005)


@pytest.mark.parametrize("size", [(3, 3), (2, 2)])
def test_pixels_of_another_size_are_not_taken(size):
    with pytest.raises(IntermediateObjectMissing, match=r"the HDR pixels have 36 bytes; \d x \d px have \d\d"):
        picture_of(bytes(36), HdrPixels(member="m", primaries=9, transfer=16), size)


@pytest.mark.parametrize("transfer", [PQ, HLG])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_an_opaque_colour_has_its_own_signals_and_all_else_stays(transfer, mode):
    made = watermarked(picture(transfer=transfer), placed((200, 90, 20), mode=mode))
    wanted = Signals(primaries=BT_2020, transfer=transfer).of_colour((200, 90, 20))
    for x, y in ((6, 7), (13, 10)):
        assert at(made, x, y) == pytest.approx(wanted, abs=64)
    for x, y in ((5, 7), (6, 6), (14, 10), (13, 11), (0, 0), (39, 29)):
        assert at(made, x, y) == (20_000,) * 3


def test_half_transparent_white_on_black_is_as_bright_as_in_srgb():
    made = watermarked(picture(0), placed((255, 255, 255), alpha=128))
    light = [_pq(value / WORD) for value in at(made, 8, 8)]  # 1 is the white of graphics
    assert light == pytest.approx([0.219] * 3, abs=0.01)  # sRGB shows 128 with 0.216


def test_highlights_keep_their_brightness_beneath_a_faint_watermark():
    made = watermarked(picture(50_000), placed((0, 0, 0), alpha=13))
    assert 47_000 < at(made, 8, 8)[0] < 50_000


def test_tiles_are_all_there_and_cut_at_the_edges():
    made = watermarked(picture(0), placed((255, 255, 255), points=((-5, -3), (20, 10), (36, 28))))
    white = Signals(primaries=BT_2020, transfer=PQ).of_colour((255, 255, 255))
    for x, y in ((0, 0), (22, 12), (39, 29)):
        assert at(made, x, y) == pytest.approx(white, abs=64)
    assert at(made, 15, 15) == (0, 0, 0)


def test_tiles_whose_boxes_lie_one_over_the_other_keep_their_ink():
    """Strips of rotated tiles are transparent where a neighbour's text shows."""
    left = Image.new("L", (8, 4))
    left.paste(255, (0, 0, 4, 4))
    pieces = tuple(
        Piece(at=(0, 0), ink=Image.new("RGB", (8, 4), (255, 255, 255)), mask=each)
        for each in (left, left.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    )
    made = watermarked(picture(0), Placed(stamp=Stamp(size=(8, 4), pieces=pieces), points=((5, 6),)))
    white = Signals(primaries=BT_2020, transfer=PQ).of_colour((255, 255, 255))
    for x in (5, 8, 9, 12):
        assert at(made, x, 7) == pytest.approx(white, abs=64)


def test_rotated_tiles_cover_what_they_cover_in_sdr():
    text = "© Example Photography Agency International, all rights reserved 2026"
    drawn = DrawnWatermark(WatermarkSettings(text=text, tile=True, angle_degrees=30, opacity=1, scale=0.1))
    sdr = [Image.new("RGB", (600, 400), (120, 120, 120))]
    mark = blending.placed(sdr, drawn)
    words = (ramp((600, 400)) * 0 + 30_000).cast("ushort")
    made = watermarked(HdrPicture(words=words, primaries=BT_2020, transfer=PQ), mark)
    blending.blend(sdr, mark)
    in_sdr = sum(1 for pixel in sdr[0].getchannel("G").tobytes() if abs(pixel - 120) > 12)
    in_hdr = ((made.words[1].cast("int") - 30_000).abs() > 800).avg() / 255 * 600 * 400
    assert in_hdr == pytest.approx(in_sdr, rel=0.05)


def test_a_watermark_without_ink_changes_nothing():
    plain = picture()
    assert watermarked(plain, placed((0, 0, 0), alpha=0)) is plain


def test_a_grey_ink_is_grey():
    made = watermarked(picture(0), placed(255, mode="L"))
    assert at(made, 8, 8) == pytest.approx(Signals(primaries=BT_2020, transfer=PQ).of_colour((255,) * 3), abs=64)


@pytest.mark.parametrize("error", [OSError("cannot load library 'libvips.so.42'"), Exception("unable to init")])
def test_a_library_that_does_not_load_is_missing(monkeypatch, error):
    def fails(name, *_):
        if name == "pyvips":
            raise error
        return imported(name, *_)

    imported = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", fails)
    with pytest.raises(EncoderMissing, match="10-bit AVIF needs a library"):
        vips()


def test_without_the_library_the_error_says_what_to_build(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyvips", None)
    with pytest.raises(EncoderMissing, match=r"set `extras: \[avif10\]` in pipeline.yaml, build the zips"):
        picture_of(bytes(6), HdrPixels(member="m", primaries=9, transfer=16), (1, 1))


def test_samples_are_rounded_to_ten_bits():
    """Not cut: 63 of 64 steps would be lost downwards."""
    made = [
        pyvips.Image.new_from_buffer(avif10(picture(word), {}, quality=100), "")(9, 9)[1] for word in (19_990, 20_010)
    ]
    assert made == [19_968, 20_032]
