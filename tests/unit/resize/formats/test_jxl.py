"""JPEG XL with its decoder in a process of its own: pixels, colours, metadata, and limits of memory and time."""

import io
import itertools
import struct
import sys

import pytest
from kit.jxl import in_container, sized
from kit.pictures import gradient, saved
from PIL import Image, ImageChops
from pillow_jxl import Encoder

from services.resize.formats import jxl
from services.resize.formats.jxl_header import JxlFacts
from services.resize.formats.opener import opened
from services.resize.metadata.blocks import blocks_of
from services.resize.settings import INPUT_FORMATS, Limits
from shared.deadline import NEVER, Deadline
from shared.errors import ImageTooLarge, ImageTooSlow, UnreadableImage, UnsupportedImage

FORMATS = (*INPUT_FORMATS, "jxl")


def encoded(image, **options):
    options = {"lossless": True, "quality": 100} | options
    encoder = Encoder(mode=image.mode, num_threads=0, **options)
    return encoder(image.tobytes(), *image.size, jpeg_encode=False)


SMALL = encoded(gradient((8, 8)))


def picture(data, limits=None, deadline=NEVER):
    with opened(data, limits or Limits(), deadline, FORMATS) as source:
        (frame,) = source.frames()
        return source, frame.image.copy()


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_pixels_without_loss_are_what_was_encoded(mode):
    image = gradient((70, 50)).convert(mode)
    if "A" in mode:
        image.putalpha(gradient((70, 50)).convert("L"))
    source, found = picture(encoded(image))
    assert (source.format, source.size, source.bits, source.icc_profile) == ("JPEG XL", (70, 50), 8, None)
    assert found.mode == mode
    assert found.tobytes() == image.tobytes()


def test_a_jpeg_in_a_jpeg_xl_is_that_jpeg_with_its_orientation_and_copyright():
    exif = Image.Exif()
    exif[0x0112], exif[0x8298] = 6, "(c) Ada"
    original = saved(gradient((60, 40)), "JPEG", exif=exif)
    data = Encoder(mode="RGB", num_threads=0, lossless=True, quality=100)(original, 60, 40, jpeg_encode=True)
    source, found = picture(data)
    assert (source.format, source.size, source.orientation) == ("JPEG XL", (40, 60), 6)
    assert source.copyright_fields().copyright == "(c) Ada"
    with Image.open(io.BytesIO(original)) as expected:
        assert ImageChops.difference(found, expected.convert("RGB")).getbbox() is None


@pytest.mark.parametrize("before", [b"", bytes(4), b"\0\0\0\2--"])
def test_copyright_is_found_in_the_box_of_exif(before):
    exif = Image.Exif()
    exif[0x8298] = "(c) Ada"
    data = in_container((b"Exif", before + exif.tobytes()[6:]), (b"jxlc", encoded(gradient((8, 8)))))
    assert picture(data)[0].copyright_fields().copyright == "(c) Ada"


def test_xmp_is_found_in_its_box():
    data = in_container((b"xml ", b"<x:xmpmeta/>"), (b"jxlc", encoded(gradient((8, 8)))))
    assert blocks_of(data).xmp == b"<x:xmpmeta/>"
    assert picture(data)[0].format == "JPEG XL"


def test_it_is_read_only_where_the_settings_have_it():
    data = encoded(gradient((8, 8)))
    with pytest.raises(UnsupportedImage, match=r"a JPEG XL image, which needs extras: \[jxl\]"), opened(data, Limits()):
        pass


def test_a_function_without_the_decoder_says_what_to_write(monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_jxl", None)
    with pytest.raises(UnsupportedImage, match=r"extras: \[jxl\] in pipeline.yaml"):
        picture(SMALL)


@pytest.mark.parametrize(
    ("size", "limits", "why"),
    [
        ((3000, 2000), Limits(pixels=5_000_000), "6,000,000 pixels; the limit is 5,000,000"),
        ((9000, 10), Limits(side_px=8000), "a side may have 8,000 px"),
        ((3000, 2000), Limits(memory_mb=64), r"the limit is 64 MB \(limits.memory_mb\)"),
    ],
)
def test_limits_are_checked_before_the_decoder_begins(monkeypatch, size, limits, why):
    monkeypatch.setattr(jxl.subprocess, "Popen", None)
    with pytest.raises(ImageTooLarge, match=why):
        picture(sized(*size).put(1).done() + bytes(50), limits)


def test_a_decoder_that_needs_more_memory_than_the_limit_costs_its_own_process_alone(monkeypatch):
    monkeypatch.setattr(jxl, "check_memory", lambda *_: None)
    data = encoded(gradient((1600, 1200)), lossless=False, quality=80)
    with pytest.raises(UnreadableImage, match=r"it is damaged, or needs more than 1 MB \(limits.memory_mb\)"):
        picture(data, Limits(memory_mb=1))
    assert picture(data)[1].size == (1600, 1200)


def test_damage_is_refused():
    whole = encoded(gradient((70, 50)))
    for data in (whole[: len(whole) // 2], whole[:20] + bytes(len(whole) - 20)):
        with pytest.raises(UnreadableImage):
            picture(data)


def test_a_decoder_is_ended_when_the_time_is_over(monkeypatch):
    monkeypatch.setattr(jxl, "DECODER", "kit.endless")
    ticks = itertools.count()
    with pytest.raises(ImageTooSlow, match=r"limits.seconds"):
        picture(SMALL, deadline=Deadline(5, lambda: next(ticks)))


def test_grey_of_floats_is_rounded():
    values = [0.0, 0.25, 0.5, 0.998, 1.0]
    decoded = jxl.Decoded(is_jpeg=False, mode="F", size=(5, 1), profile=b"", data=struct.pack("=5f", *values))
    facts = JxlFacts(size=(5, 1))
    assert list(jxl._image(decoded, facts).tobytes()) == [0, 64, 128, 254, 255]
