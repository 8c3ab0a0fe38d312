"""The references that are on this machine."""

import shutil
import struct
import sys
from contextlib import ExitStack

import pytest
from kit.pictures import animation, gradient, saved, turned
from PIL import Image, ImageChops

from bench.compare import references
from bench.compare.formats import FORMATS
from bench.compare.pictures import difference, picture
from bench.compare.references import (
    AVIFDEC,
    CHROMIUM,
    IMAGECODECS,
    MAGICK,
    PILLOW_HEIF,
    TIFF2RGBA,
    TIFFFILE,
    NotRead,
)
from bench.environments import BUILD, CannotInstall

ORACLES = (TIFFFILE, PILLOW_HEIF, IMAGECODECS)
FINDS = {CHROMIUM: references._find_chromium, MAGICK: references._find_magick}


@pytest.fixture(scope="module", params=list(FINDS))
def reference(request):
    try:
        found = FINDS[request.param](request.param)
    except CannotInstall as error:
        pytest.skip(f"NOT RUN: {error}")
    with ExitStack() as stack:
        yield found.name, found.start(stack)


def written(folder, data):
    # A name that means something to ImageMagick.
    path = folder / "a:b[3].png"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("form", "mode"),
    [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGBA"), ("GIF", "P"), ("WEBP", "RGBA"), ("BMP", "RGB")],
)
def test_a_reference_reads_a_picture_as_it_is(reference, form, mode, tmp_path):
    image = gradient((300, 200), mode)
    data = saved(image, form)
    read = reference[1].read(written(tmp_path, data), form.lower())
    assert difference(picture([image]), read).reason is None
    assert read.size == (300, 200)


def test_a_reference_turns_a_picture_upright(reference, tmp_path):
    image = gradient((300, 200))
    exif = image.getexif()
    exif[0x0112] = 6
    data = saved(turned(image, 6), "JPEG", exif=exif, quality=95)
    assert difference(picture([image]), reference[1].read(written(tmp_path, data), "jpeg")).reason is None


def test_a_large_picture_has_its_own_size(reference, tmp_path):
    image = gradient((2000, 1000))
    read = reference[1].read(written(tmp_path, saved(image, "PNG")), "png")
    assert read.size == (2000, 1000)
    assert difference(picture([image.resize((1024, 512))]), read).reason is None


@pytest.mark.parametrize("form", ["PNG", "GIF", "WEBP"])
def test_chromium_reads_every_frame_and_others_the_first(reference, form, tmp_path):
    name, reader = reference
    data = animation(form, frames=3, size=(100, 80))
    read = reader.read(written(tmp_path, data), {"PNG": "apng"}.get(form, form.lower()))
    if name == CHROMIUM:
        assert (len(read.frames), list(read.durations_ms)) == (3, [50, 60, 70])
    else:
        assert (len(read.frames), read.counts_frames) == (1, False)


@pytest.mark.parametrize(
    ("name", "find", "form", "mode"),
    [
        (AVIFDEC, references._find_avifdec, "AVIF", "RGBA"),
        (TIFF2RGBA, references._find_tiff2rgba, "TIFF", "RGBA"),
        (TIFF2RGBA, references._find_tiff2rgba, "TIFF", "L"),
        (TIFFFILE, references._find_oracle, "TIFF", "RGBA"),
        (TIFFFILE, references._find_oracle, "TIFF", "L"),
        (IMAGECODECS, references._find_oracle, "AVIF", "RGBA"),
    ],
)
def test_a_program_that_writes_another_file_is_read_from_that(name, find, form, mode, tmp_path):
    if name in ORACLES and not (BUILD / "oracles" / ".ready").exists():
        pytest.skip("NOT RUN: only make compare installs it")
    try:
        found = find(name)
    except CannotInstall as error:
        pytest.skip(f"NOT RUN: {error}")
    image = gradient((300, 200), mode)
    with ExitStack() as stack:
        read = found.start(stack).read(written(tmp_path, saved(image, form)), form.lower())
        with pytest.raises(NotRead, match=r"\w"):
            found.start(stack).read(written(tmp_path, b"not an image"), form.lower())
    assert difference(picture([image]), read).reason is None
    assert read.counts_frames is (name == IMAGECODECS)


def test_a_frame_is_reduced_by_chromium_as_it_is_here(reference, tmp_path):
    name, reader = reference
    if name != CHROMIUM:
        pytest.skip("others give pixels")
    # Stripes of single pixels, which two ways to reduce make different greys of.
    stripes = Image.new("RGB", (100, 90))
    stripes.putdata([(255 * ((x + y) % 2),) * 3 for y in range(90) for x in range(100)])
    images = [stripes, ImageChops.invert(stripes)]
    data = saved(images[0], "PNG", save_all=True, append_images=images[1:], duration=100)
    found = difference(picture(images, durations_ms=[100, 100]), reader.read(written(tmp_path, data), "apng"))
    assert found.reason is None
    assert found.levels < 0.6


def test_avifdec_reads_every_frame_of_a_sequence(tmp_path):
    try:
        found = references._find_avifdec(AVIFDEC)
    except CannotInstall as error:
        pytest.skip(f"NOT RUN: {error}")
    images = [Image.new("RGB", (64, 64), colour) for colour in ("red", "green", "blue")]
    data = saved(images[0], "AVIF", save_all=True, append_images=images[1:], quality=90)
    with ExitStack() as stack:
        read = found.start(stack).read(written(tmp_path, data), "avif")
    assert (difference(picture(images), read).reason, read.counts_frames) == (None, True)


def test_chromium_maps_the_tones_of_hdr_as_on_a_page(reference, tmp_path):
    name, reader = reference
    if name != CHROMIUM:
        pytest.skip("others do not map tones")
    data = bytearray(saved(Image.new("RGB", (64, 64), (160, 160, 160)), "AVIF", quality=90))
    codes, channels = data.index(b"colrnclx") + 8, data.index(b"pixi")
    data[codes : codes + 4] = struct.pack(">HH", 9, 16)
    data[channels : channels + 12] = b"clli" + struct.pack(">HH", 400, 0) + bytes(4)
    (frame,) = reader.read(written(tmp_path, bytes(data)), "avif").frames
    # An ImageBitmap of it is as if it had a peak of 1,000 cd/m2: 213.
    assert frame.getpixel((30, 30))[0] == pytest.approx(249, abs=2)


def test_an_unread_file_has_a_reason(reference, tmp_path):
    with pytest.raises(NotRead, match=r"\w"):
        reference[1].read(written(tmp_path, b"not an image"), "png")
    # And the next file is read again.
    assert reference[1].read(written(tmp_path, saved(gradient(), "PNG")), "png").size == (96, 64)


def test_a_file_that_is_cut_short_is_not_read(reference, tmp_path):
    data = saved(gradient((300, 200)), "JPEG")
    with pytest.raises(NotRead, match=r"\w"):
        reference[1].read(written(tmp_path, data[: len(data) // 2]), "jpeg")


def test_a_program_of_the_same_name_is_not_imagemagick(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "which", lambda name: sys.executable)
    with pytest.raises(CannotInstall, match="ImageMagick is not installed"):
        references._find_magick(MAGICK)


def test_a_missing_program_is_named(monkeypatch):
    def nothing(_):
        raise CannotInstall("no packages here")

    monkeypatch.setattr(references, "python_of", nothing)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    found, missing = references.present()
    assert found == []
    assert missing["avifdec"] == "avifdec is not installed"
    assert set(missing) == {"Chromium", "sharp", "ImageMagick", "avifdec", "heif-dec", "tiff2rgba", *ORACLES}


def test_every_format_has_somebody_to_ask():
    assert set(references.ASKED) == set(FORMATS)
