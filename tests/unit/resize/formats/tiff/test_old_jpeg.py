"""Old-style JPEG gives the JPEG that it contains, in one strip or in many."""

import io

import pytest
from kit import tiffs
from kit.pictures import gradient, saved
from kit.tiffs import directory
from PIL import Image

from services.resize.formats.opener import opened
from services.resize.settings import Limits


def test_old_style_jpeg_is_the_jpeg_that_it_holds():
    coded = saved(gradient((64, 48)), "JPEG", quality=95, subsampling=0)
    page = directory(64, 48, 3, 6, [coded], compression=6, t513=(4, [8]), t514=(4, [len(coded)]))
    with opened(tiffs.file(page), Limits()) as source:
        (frame,) = source.frames()
        assert frame.image.tobytes() == Image.open(io.BytesIO(coded)).tobytes()


def test_the_strips_of_an_old_style_jpeg_are_joined():
    image = gradient((64, 48))
    coded = saved(image, "JPEG", quality=95, subsampling=0, restart_marker_rows=1)
    scan = coded.index(b"\xff\xda")
    start = scan + 2 + int.from_bytes(coded[scan + 2 : scan + 4], "big")
    strips, at = [], start
    for index in range(6):
        end = coded.index(b"\xff\xd9" if index == 5 else bytes([0xFF, 0xD0 + index]), at)
        strips.append(coded[at:end])
        at = end + 2
    # Programs write the scan header only into the first strip; the restart interval is not stated.
    head = coded[:scan].replace(coded[coded.index(b"\xff\xdd") :][:6], b"")
    strips[0] = coded[scan:start] + strips[0]
    cut = 8 + sum(map(len, strips))
    moved = tiffs.file(directory(64, 48, 3, 6, [*strips, head], rows=8, compression=6, t513=(4, [cut])))
    with opened(moved, Limits()) as source:
        (frame,) = source.frames()
        assert frame.image.tobytes() == Image.open(io.BytesIO(coded)).tobytes()


def test_old_style_jpeg_uses_the_black_and_white_of_its_file():
    coded = saved(Image.new("RGB", (16, 16), (126, 126, 126)), "JPEG", quality=95, subsampling=0)
    video = (5, [(each, 1) for each in (16, 235, 128, 240, 128, 240)])
    page = directory(16, 16, 3, 6, [coded], compression=6, t513=(4, [8]), t514=(4, [len(coded)]), t532=video)
    with opened(tiffs.file(page), Limits()) as source:
        (frame,) = source.frames()
        assert frame.image.getpixel((3, 3)) == pytest.approx(((126 - 16) * 255 / 219,) * 3, abs=1)
