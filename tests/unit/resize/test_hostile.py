"""Whatever is done to a file, it is stored or fails permanently with a reason, and soon.

Set HOSTILE_EXAMPLES=20000 to run more cases than the few hundred of every run.
"""

import os
import time
import warnings
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit.pictures import animation, gradient, grain, saved
from PIL import Image

from services.resize.settings import Limits, Settings
from services.resize.step import render
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "40"))
SETTINGS = Settings(work_bucket="w", limits=Limits(pixels=4_000_000, frame_pixels=4_000_000))
MAX_CPU_SECONDS = 3
LAKE = Path(__file__).parents[3] / "ops" / "demo" / "data" / "lake.heic"


def exif():
    data = Image.Exif()
    data[0x0112] = 6
    data[0x013B] = "Ada"
    return data


@cache
def seed(name):
    """A small good file of each kind."""
    noise = grain((40, 30), 60)
    seeds = {
        "baseline.jpg": lambda: saved(gradient(), "JPEG", exif=exif()),
        "progressive.jpg": lambda: saved(noise.convert("RGB"), "JPEG", progressive=True),
        "cmyk.jpg": lambda: saved(gradient(mode="CMYK"), "JPEG"),
        "grey.png": lambda: saved(noise, "PNG"),
        "palette.png": lambda: saved(gradient().quantize(16), "PNG", transparency=3),
        "sixteen.png": lambda: saved(noise.convert("I;16"), "PNG", exif=exif()),
        "moving.png": lambda: animation("PNG", size=(24, 16)),
        "still.gif": lambda: saved(gradient().quantize(16), "GIF", transparency=1),
        "moving.gif": lambda: animation("GIF", size=(24, 16), disposal=2),
        "lossy.webp": lambda: saved(gradient(mode="RGBA"), "WEBP", exif=exif()),
        "lossless.webp": lambda: saved(gradient(), "WEBP", lossless=True),
        "moving.webp": lambda: animation("WEBP", size=(24, 16)),
        "still.avif": lambda: saved(gradient(mode="RGBA"), "AVIF", exif=exif()),
        "moving.avif": lambda: animation("AVIF", size=(24, 16)),
        "raw.tif": lambda: saved(gradient(), "TIFF", exif=exif()),
        "lzw.tif": lambda: saved(gradient(mode="RGBA"), "TIFF", compression="tiff_lzw"),
        "jpeg.tif": lambda: saved(gradient(), "TIFF", compression="jpeg"),
        "fax.tif": lambda: saved(noise.convert("1"), "TIFF", compression="group4"),
        "float.tif": lambda: saved(noise.convert("F"), "TIFF"),
        "colours.bmp": lambda: saved(gradient(), "BMP"),
        "palette.bmp": lambda: saved(gradient().quantize(16), "BMP"),
        "lake.heic": LAKE.read_bytes,
    }
    return seeds[name]()


SEEDS = (
    *("baseline.jpg", "progressive.jpg", "cmyk.jpg", "grey.png", "palette.png", "sixteen.png", "moving.png"),
    *("still.gif", "moving.gif", "lossy.webp", "lossless.webp", "moving.webp", "still.avif", "moving.avif"),
    *("raw.tif", "lzw.tif", "jpeg.tif", "fax.tif", "float.tif", "colours.bmp", "palette.bmp", "lake.heic"),
)

# Wrong values for sizes, counts and offsets.
WRONG = (0, 1, 0x7F, 0xFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@st.composite
def damages(draw):
    """A function that damages a file: flips bits, changes numbers, removes or doubles pieces, or truncates it."""
    # Most of what decoders rely on is at the beginning.
    part = draw(st.sampled_from([64, 256, 1 << 20]))
    at, length = draw(st.integers(0, part)), draw(st.sampled_from([1, 2, 4, 12, 100, 1000]))
    kind = draw(st.sampled_from(["bit", "number", "cut", "loss", "twice", "many"]))
    bit, order = draw(st.integers(0, 7)), draw(st.sampled_from(["little", "big"]))
    number = draw(st.sampled_from(WRONG)).to_bytes(4, order)

    def damage(data):
        here = at % max(1, len(data))
        piece = data[here : here + length]
        return {
            "bit": data[:here] + bytes([data[here] ^ 1 << bit] if data else []) + data[here + 1 :],
            "number": data[:here] + number + data[here + 4 :],
            "cut": data[:here],
            "loss": data[:here] + data[here + length :],
            "twice": data[:here] + piece + data[here:],
            "many": data[:here] + piece * 200 + data[here:],
        }[kind]

    return damage


def attempted(data):
    """ "stored", or the name of a permanent error; and the CPU seconds that it took."""
    begun, outcome = time.process_time(), "stored"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
            render(data, SETTINGS)
    except (ImageTooLarge, UnreadableImage, UnsupportedImage) as error:
        outcome = f"{type(error).__name__}: {error}"
    assert not outcome.endswith(": ")
    return outcome, time.process_time() - begun


@pytest.mark.parametrize("name", SEEDS)
def test_an_undamaged_file_is_stored(name):
    assert attempted(seed(name))[0] == "stored"


@pytest.mark.parametrize("name", SEEDS)
@given(done=st.lists(damages(), min_size=1, max_size=4))
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)
def test_a_damaged_file_is_stored_or_fails_permanently(name, done):
    data = seed(name)
    for damage in done:
        data = damage(data)
    assert attempted(data)[1] < MAX_CPU_SECONDS


@pytest.mark.parametrize("name", [name for name in SEEDS if name != "lake.heic"])
def test_a_file_may_end_anywhere(name):
    data = seed(name)
    for end in {*range(min(len(data), 128)), *range(0, len(data), max(1, len(data) // 64))}:
        assert attempted(data[:end])[1] < MAX_CPU_SECONDS


@pytest.mark.parametrize("name", SEEDS)
@pytest.mark.parametrize("other", ["still.gif", "baseline.jpg", "grey.png"])
def test_two_files_in_one_are_the_first(name, other):
    assert attempted(seed(name) + seed(other))[1] < MAX_CPU_SECONDS
