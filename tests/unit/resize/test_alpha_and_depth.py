"""Alpha and levels of every depth look as in the original: compared with floating-point references."""

import io
import struct
import zlib

import pytest
from kit.pictures import gradient, png, saved, tiff
from kit.renditions import RAMP, WORDS, rendered, row, whole, words
from PIL import Image, ImageChops, ImageDraw, ImageMath, ImageStat

from services.resize.colour import workable
from services.resize.resampling import resample

# Alpha: an opaque disc on a transparent background that has another colour.


def disc(mode, colour, background):
    image = Image.new(mode, (256, 256), background)
    ImageDraw.Draw(image).ellipse((31, 31, 224, 224), fill=colour)
    return image


def palette_disc():
    image = Image.new("P", (256, 256), 0)
    image.putpalette([0, 0, 0, 255, 0, 0, 9, 9, 9])
    ImageDraw.Draw(image).ellipse((31, 31, 224, 224), fill=1)
    return image


def palette_and_alpha_disc():
    return Image.merge("PA", (palette_disc(), disc("L", 255, 0)))


RED, WHITE = (255, 0, 0), (255, 255, 255)
DISCS = {
    "RGBA": (saved(disc("RGBA", (*RED, 255), (0, 0, 0, 0)), "PNG"), RED),
    "RGBA of a WebP": (saved(disc("RGBA", (*RED, 255), (0, 0, 0, 0)), "WEBP", lossless=True, exact=True), RED),
    "RGBA of a TIFF": (saved(disc("RGBA", (*RED, 255), (0, 0, 0, 0)), "TIFF"), RED),
    "LA": (saved(disc("LA", (255, 255), (0, 0)), "PNG"), WHITE),
    "P and bytes": (saved(palette_disc(), "PNG", transparency=b"\0\xff\xff"), RED),
    "P and an index": (saved(palette_disc(), "PNG", transparency=0), RED),
    "P of a GIF": (saved(palette_disc(), "GIF", transparency=0), RED),
    "PA": (saved(palette_and_alpha_disc(), "TIFF"), RED),
    "RGB and a colour": (saved(disc("RGB", RED, (0, 0, 0)), "PNG", transparency=(0, 0, 0)), RED),
    "L and a level": (saved(disc("L", 255, 0), "PNG", transparency=0), WHITE),
    "1 and a level": (saved(disc("1", 1, 0), "PNG", transparency=0), WHITE),
}


@pytest.mark.parametrize(("data", "colour"), DISCS.values(), ids=DISCS)
def test_a_shrunk_edge_keeps_its_colour_and_gets_no_fringe(data, colour):
    image = rendered(data)
    assert image.mode == "RGBA"
    partly = [shown for _, shown in image.getcolors(10_000) if 0 < shown[3] < 255]
    assert len(partly) > 10, "a disc's edge is soft"
    assert all(abs(band - of) <= 2 for shown in partly for band, of in zip(shown[:3], colour, strict=True))


@pytest.mark.parametrize(("data", "colour"), DISCS.values(), ids=DISCS)
def test_a_shrunk_alpha_is_the_area_that_is_covered(data, colour):
    del colour
    alpha = rendered(data).getchannel("A")
    reference = disc("F", 255.0, 0.0).resize((64, 64), Image.Resampling.LANCZOS).point(lambda value: value + 0.5)
    off = ImageChops.difference(alpha, reference.convert("L"))
    # In bytes the overshoot of the first pass is clipped before the second, and filters differ at pixels of the edge.
    assert off.getextrema()[1] <= 16
    assert ImageStat.Stat(off).mean[0] < 0.3


def test_colours_are_weighted_by_their_alpha():
    image = gradient((256, 256), "RGBA")
    image.paste((0, 0, 255, 0), (100, 0, 140, 256))
    shrunk = rendered(saved(image, "PNG"))
    *bands, alpha = (band.convert("F") for band in image.split())
    small = [band.resize((64, 64), Image.Resampling.BICUBIC) for band in (*map(_times(alpha), bands), alpha)]
    for index in range(3):
        for x, y in ((5, 5), (20, 40), (33, 12), (60, 60), (24, 8), (36, 50)):
            weight = small[3].getpixel((x, y))
            if weight < 32:
                continue
            assert shrunk.getchannel(index).getpixel((x, y)) == pytest.approx(
                small[index].getpixel((x, y)) / weight, abs=5
            )


def _times(alpha):
    return lambda band: ImageMath.lambda_eval(lambda given: given["band"] * given["alpha"], band=band, alpha=alpha)


def test_grey_with_an_opaque_alpha_stays_grey():
    assert rendered(saved(Image.merge("LA", (gradient(mode="L"), Image.new("L", (96, 64), 255))), "PNG")).mode == "L"


@pytest.mark.parametrize(("bits", "sample"), [(1, 1), (2, 2), (4, 10), (8, 10)])
def test_a_transparent_level_is_read_at_the_depth_of_the_file(bits, sample):
    # One row in which every other pixel is transparent, and the rest 0.
    packed = int("".join(f"{value:0{bits}b}" for value in [0, sample] * 4), 2).to_bytes(bits, "big")
    image = whole(png((8, 1), bits, 0, packed, tRNS=struct.pack(">H", sample)))
    assert [alpha for *_, alpha in row(image)] == [255, 0] * 4
    assert image.getpixel((0, 0))[:3] == (0, 0, 0)


def test_a_transparent_16_bit_level_is_one_of_65536():
    samples = [0x8123, 0x8124, 0x81FF, 65_535]
    image = whole(png((4, 1), 16, 0, struct.pack(">4H", *samples), tRNS=struct.pack(">H", 0x8124)))
    assert row(image) == [(129, 129, 129, 255), (129, 129, 129, 0), (129, 129, 129, 255), (255, 255, 255, 255)]


def test_a_transparent_16_bit_colour_is_found_in_eight_bits():
    pixels = struct.pack(">6H", 0x8123, 0x1000, 0x4000, 0x8223, 0x1000, 0x4000)
    image = whole(png((2, 1), 16, 2, pixels, tRNS=struct.pack(">3H", 0x8123, 0x1000, 0x4000)))
    assert [alpha for *_, alpha in row(image)] == [0, 255]


def test_the_decoder_s_own_info_is_not_changed():
    data = png((8, 1), 4, 0, bytes([0x0A] * 4), tRNS=struct.pack(">H", 10))
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert workable(image, 4).mode == "RGBA"
        assert image.info["transparency"] == 10


# More than eight bits: a ramp over the whole range.


def numbers(mode, top):
    image = Image.new(mode, (RAMP, 1))
    for x in range(RAMP):
        value = top * x / (RAMP - 1)
        image.putpixel((x, 0), round(value) if mode == "I" else value)
    return saved(image, "TIFF")


def packed_12_bits():
    bits = "".join(f"{round(4095 * index / (RAMP - 1)):012b}" for index in range(RAMP))
    return int(bits, 2).to_bytes(RAMP * 12 // 8, "big")


DEEP = {
    "16-bit grey PNG": png((RAMP, 1), 16, 0, words(">")),
    "16-bit grey TIFF": saved(Image.frombytes("I;16", (RAMP, 1), words("<")), "TIFF"),
    "16-bit grey TIFF, big-endian": saved(Image.frombytes("I;16B", (RAMP, 1), words(">")), "TIFF"),
    "12-bit grey TIFF": tiff((RAMP, 1), 12, packed_12_bits()),
    "16-bit RGB PNG": png((RAMP, 1), 16, 2, b"".join(struct.pack(">H", word) * 3 for word in WORDS)),
    "16-bit RGBA PNG": png((RAMP, 1), 16, 6, b"".join(struct.pack(">H", w) * 3 + b"\xff\xff" for w in WORDS)),
    "16-bit grey PNG with alpha": png((RAMP, 1), 16, 4, b"".join(struct.pack(">H", w) + b"\xff\xff" for w in WORDS)),
    "32-bit TIFF of bytes": numbers("I", 255),
    "32-bit TIFF of 16 bits": numbers("I", 65_535),
    "32-bit TIFF of more": numbers("I", 2**31 - 1),
    "float TIFF up to 1": numbers("F", 1.0),
    "float TIFF up to 255": numbers("F", 255.0),
    "float TIFF of heights": numbers("F", 4810.0),
}


@pytest.mark.parametrize("data", DEEP.values(), ids=DEEP)
def test_more_than_eight_bits_are_scaled_and_not_clipped(data):
    ramp = row(whole(data).convert("L"))
    assert (ramp[0], ramp[-1]) == (0, 255)
    assert all(abs(level - x) <= 1 for x, level in enumerate(ramp))


@pytest.mark.parametrize("data", DEEP.values(), ids=DEEP)
def test_a_deep_ramp_shrinks_to_a_ramp(data):
    ramp = row(rendered(data).convert("L"))
    assert len(ramp) == 64
    assert ramp == sorted(ramp)
    assert ramp[0] < 4
    assert ramp[-1] > 251


def test_measurements_below_zero_use_their_whole_range():
    image = Image.new("F", (3, 1), -50.0)
    image.putpixel((1, 0), 75.0)
    image.putpixel((2, 0), 200.0)
    assert row(whole(saved(image, "TIFF"))) == [0, 128, 255]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 0.0, -3.5, 1e30])
def test_numbers_that_are_not_levels_are_harmless(value):
    assert whole(saved(Image.new("F", (8, 8), value), "TIFF")).mode == "L"


@pytest.mark.parametrize("interlaced", [False, True])
def test_all_16_bits_decide_whether_a_colour_is_transparent(interlaced):
    clear, low, high = (0x1234, 0x5678, 0x9ABC), (0x1234, 0x5678, 0x9ABD), (0x1234, 0x5778, 0x9ABC)
    pixels = b"".join(struct.pack(">3H", *colour) for colour in (clear, low, high))
    data = png((3, 1), 16, 2, pixels, tRNS=struct.pack(">3H", *clear))
    if interlaced:  # of a row of three, the second pixel is in the sixth pass, the third in the fourth
        rows = b"".join(b"\0" + struct.pack(">3H", *colour) for colour in (clear, high, low))
        data = png((3, 1), 16, 2, b"x", interlace=1, tRNS=struct.pack(">3H", *clear), IDAT=zlib.compress(rows))
    image = whole(data)
    assert row(image.getchannel("A")) == [0, 255, 255]
    assert image.getpixel((1, 0))[:3] == (0x12, 0x56, 0x9A)


def test_all_16_bits_decide_whether_a_grey_is_transparent():
    data = png((3, 1), 16, 0, struct.pack(">3H", 0x1234, 0x1235, 0x1334), tRNS=struct.pack(">H", 0x1234))
    assert row(whole(data).getchannel("A")) == [0, 255, 255]


def test_black_and_white_shrinks_to_greys():
    image = disc("1", 1, 0)
    shrunk = rendered(saved(image, "PNG"))
    assert shrunk.mode == "L"
    assert shrunk.tobytes() == resample(image.convert("L"), (64, 64), (0, 0, 256, 256)).tobytes()
    assert len(shrunk.getcolors()) > 10, "its edge is soft"
