"""Strips and tiles of every compression are joined, within bounds."""

import pytest
from kit import tiffs
from kit.pictures import gradient, saved
from kit.tiff_pixels import H, W, near, seen, words
from kit.tiffs import deflated, directory
from PIL import Image

from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import ImageTooLarge, ImageTooSlow, UnreadableImage


@pytest.mark.parametrize("pack", [1, 8])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("planar", [1, 2])
def test_tiles_that_extend_beyond_the_edge(planar, bits, pack):
    image = gradient((40, 37))
    parts = []
    for band in image.split() if planar == 2 else (image,):
        for top in (0, 16, 32):
            for left in (0, 16, 32):
                part = words(list(band.crop((left, top, left + 16, top + 16)).tobytes()), bits)
                parts.append(deflated(part) if pack == 8 else part)
    page = directory(40, 37, 3, 2, parts, bits=bits, tile=16, compression=pack, t284=(3, [planar]))
    assert seen(tiffs.file(page)).tobytes() == image.tobytes()


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "zstd", "lzma", "tiff_adobe_deflate", "jpeg", None])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK"])
def test_what_pillow_writes_is_read(mode, compression):
    image = Image.new(
        mode, (70, 50), (200, 100, 50, 255)[: len(Image.new(mode, (1, 1)).getbands())] if mode != "L" else 90
    )
    with opened(saved(image, "TIFF", compression=compression), Limits()) as source:
        (frame,) = source.frames()
        got = frame.image.convert(mode)
        assert got.size == image.size
        near(
            got.getpixel((33, 21)) if mode != "L" else [got.getpixel((33, 21))],
            image.getpixel((1, 1)) if mode != "L" else [90],
            3,
        )
        assert source.lossless is (compression != "jpeg")


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt", "packbits", None])
def test_a_page_of_black_and_white_stays_so(compression):
    image = gradient((100, 60)).convert("1")
    with opened(saved(image, "TIFF", compression=compression), Limits()) as source:
        (frame,) = source.frames()
        assert (frame.image.mode, frame.image.tobytes()) == ("1", image.tobytes())


@pytest.mark.parametrize("pack", [1, 8, 5, 32773])
def test_a_truncated_file_is_unreadable(pack):
    image = gradient((64, 64))
    names = {1: None, 8: "tiff_adobe_deflate", 5: "tiff_lzw", 32773: "packbits"}
    data = bytearray(saved(image, "TIFF", compression=names[pack]))
    # Some have the strips at the end and others the directory: only the counts are reduced.
    with pytest.raises(UnreadableImage), opened(bytes(data[: len(data) * 2 // 3]), Limits()) as source:
        list(source.frames())


def test_a_tile_that_is_too_large_uncompressed_is_refused_before_decompression():
    page = directory(W, H, 4, 2, [bytes(99)], bits=32, compression=8, tile=1 << 20)
    with pytest.raises(ImageTooLarge, match="strip or tile"), opened(tiffs.file(page), Limits()):
        pass


def test_the_deadline_ends_many_strips():
    now = iter(range(100_000))
    page = directory(1, 4096, 1, 1, [bytes(1)] * 4096, rows=1, compression=8)
    with (
        pytest.raises(ImageTooSlow),
        opened(tiffs.file(*[page] * 20), Limits(), Deadline(5, lambda: float(next(now)))) as source,
    ):
        list(source.frames())


def test_strips_that_are_shorter_than_their_rows_are_truncated():
    planes = [bytes([level]) * (20 * 10) for level in (200, 100, 50)]
    whole = directory(20, 10, 3, 2, planes, t284=(3, [2]))
    assert seen(tiffs.file(whole)).convert("RGB").getpixel((3, 3)) == (200, 100, 50)
    short = directory(20, 10, 3, 2, [plane[:60] for plane in planes], t284=(3, [2]))
    with pytest.raises(UnreadableImage, match="strip or tile 0 has 60 of 200 bytes"):
        seen(tiffs.file(short))
