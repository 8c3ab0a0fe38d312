"""JPEG 2000 is read: files and bare codestreams, at reduced size, with alpha, profile and palette."""

import struct
from contextlib import suppress

import pytest
from kit.icc import DISPLAY_P3, matrix_profile
from kit.jpeg2000 import boxed, decoded, jpeg2000, with_bits
from kit.pictures import gradient, grain
from PIL import Image, ImageChops, ImageStat

from services.resize.formats.opener import opened
from services.resize.formats.sniffing import probe
from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import render
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage


def apart(one, other):
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGBA"), other.convert("RGBA"))).mean)


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
def test_a_picture_is_read_without_loss(mode, bare):
    image = gradient(mode="RGBA").convert(mode)
    data = jpeg2000(image, bare=bare)
    assert probe(data, Limits()) == "JPEG 2000"
    assert decoded(data).tobytes() == image.tobytes()


def test_sixteen_bits_are_scaled():
    image = Image.new("I;16", (32, 32), 0x8000)
    with opened(jpeg2000(image), Limits()) as source:
        assert source.bits == 16
    (page,) = render(jpeg2000(image), Settings(work_bucket="w")).renditions[:1]
    assert abs(page.frames[0].getpixel((9, 9)) - 128) <= 1


@pytest.mark.parametrize("bits", range(1, 9))
def test_samples_of_few_bits_reach_from_black_to_white(bits):
    white = (1 << bits) - 1
    ramp = Image.frombytes("L", (white + 1, 4), bytes(range(white + 1)) * 4)
    assert decoded(with_bits(ramp, [bits])).tobytes() == bytes(round(x * 255 / white) for x in range(white + 1)) * 4


@pytest.mark.parametrize(("mode", "depths"), [("RGBA", [5, 6, 5, 1]), ("RGB", [5, 6, 5]), ("LA", [8, 1])])
def test_each_channel_has_bits_of_its_own(mode, depths):
    for part in (0, 1):
        image = Image.new(mode, (16, 8), tuple(part * ((1 << bits) - 1) for bits in depths))
        assert decoded(with_bits(image, depths)).getextrema() == ((255 * part,) * 2,) * len(depths)


@pytest.mark.parametrize("origin", [(20, 10), (16, 9), (17, 8)])
def test_a_picture_that_begins_beside_the_origin_of_its_grid_is_shrunk(origin):
    image = gradient((320, 240))
    data = jpeg2000(image, tile_offset=(16, 8), tile_size=(64, 64), offset=origin)
    assert decoded(data, (32, 24)).tobytes() == image.tobytes()
    # At the origin it is decoded at a fraction.
    assert decoded(jpeg2000(image, tile_size=(64, 64)), (32, 24)).size == (80, 60)


def with_steps(data, across, down, less=0):
    """The codestream with samples that are some points of the grid apart; the grid ends some points earlier."""
    data = bytearray(data)
    sizes = struct.unpack_from(">8I", data, 8)
    for at, size in enumerate(sizes):
        struct.pack_into(">I", data, 8 + 4 * at, size * (down if at % 2 else across) - (less if at < 2 else 0))
    for channel in range(data[41]):
        data[43 + 3 * channel : 45 + 3 * channel] = bytes((across, down))
    return bytes(data)


@pytest.mark.parametrize("tiles", [{}, {"tile_size": (64, 64)}])
@pytest.mark.parametrize(("step", "less"), [(2, 0), (2, 1), (3, 1), (3, 2)])
def test_samples_that_are_apart_on_their_grid_are_a_picture_of_their_own_size(step, less, tiles):
    image = gradient((320, 240))
    data = jpeg2000(image, bare=True, **tiles)
    apart_on_grid = with_steps(data, step, step, less)
    assert decoded(apart_on_grid).tobytes() == image.tobytes()
    assert decoded(apart_on_grid, (32, 24)).tobytes() == decoded(data, (32, 24)).tobytes()


def test_the_header_of_a_file_follows_its_samples():
    image = gradient((320, 240))
    header = [
        (b"ihdr", struct.pack(">IIHBBBB", 479, 639, 3, 7, 7, 0, 0)),
        (b"colr", struct.pack(">BBBI", 1, 0, 0, 16)),
    ]
    file = boxed(with_steps(jpeg2000(image, bare=True), 2, 2, 1), header)
    assert decoded(file).tobytes() == image.tobytes()


@pytest.mark.parametrize("steps", [(2, 1), (1, 2)])
def test_samples_that_are_not_square_are_refused_by_name(steps):
    with pytest.raises(UnsupportedImage, match="not square"):
        decoded(with_steps(jpeg2000(gradient(), bare=True), *steps))


def test_subsampled_channels_are_refused_by_name():
    data = bytearray(with_steps(jpeg2000(gradient(), bare=True), 2, 2))
    data[43:45] = b"\1\1"
    with pytest.raises(UnsupportedImage, match="subsampled channels"):
        decoded(bytes(data))


def test_tiles_that_begin_between_samples_are_refused_by_name():
    data = bytearray(with_steps(jpeg2000(gradient((320, 240)), bare=True, tile_size=(64, 64)), 2, 2))
    struct.pack_into(">II", data, 24, 129, 128)
    with pytest.raises(UnsupportedImage, match="between two samples"):
        decoded(bytes(data))


def test_it_is_decoded_at_a_fraction():
    image = gradient((1600, 1200))
    data = jpeg2000(image, num_resolutions=5)
    assert decoded(data, (150, 112)).size == (200, 150)
    assert decoded(data, (1200, 900)).size == (1600, 1200)
    assert apart(decoded(data, (150, 112)), image.resize((200, 150))) < 3


@pytest.mark.parametrize("width", range(801, 809))
def test_a_size_that_does_not_halve_evenly_is_decoded_at_a_fraction(width):
    image = gradient((width, 605))
    small = decoded(jpeg2000(image), (width // 11, 55))
    assert small.size == (-(-width // 8), 76)
    assert apart(small, image.resize(small.size)) < 3


def test_a_rendition_much_smaller_than_another_is_made_of_the_same_fraction():
    """Pillow's number of halvings has the name of a method, which a large step of resampling calls."""
    renditions = (Rendition(name="large", width=260, height=300, fit="cover"), Rendition(name="small", width=33))
    made = render(jpeg2000(gradient((1304, 908))), Settings(work_bucket="w", renditions=renditions)).renditions
    assert [each.frames[0].size for each in made] == [(260, 300), (33, 23)]


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_is_transparent_gives_no_colour_to_its_neighbours(mode, bare):
    image = Image.new("RGBA", (320, 240), (0, 255, 0, 0))
    image.paste((200, 60, 60, 255), (80, 64, 237, 181))
    assert decoded(jpeg2000(image.convert(mode), bare=bare), (32, 24)).tobytes() == image.convert(mode).tobytes()


def test_a_file_without_resolution_levels_is_decoded_in_full():
    assert decoded(jpeg2000(gradient((640, 480)), num_resolutions=1), (20, 15)).size == (640, 480)


def with_profile(data, profile):
    """The file with a restricted profile in place of its enumerated colours."""
    at = data.index(b"colr") - 4
    (length,) = struct.unpack_from(">I", data, at)
    box = struct.pack(">I4sBBB", 11 + len(profile), b"colr", 2, 0, 0) + profile
    header = data.index(b"jp2h") - 4
    (whole,) = struct.unpack_from(">I", data, header)
    data = data[:at] + box + data[at + length :]
    return data[:header] + struct.pack(">I", whole - length + len(box)) + data[header + 4 :]


def test_its_profile_is_applied():
    profile = matrix_profile(DISPLAY_P3)
    with opened(with_profile(jpeg2000(gradient()), profile), Limits()) as source:
        assert source.icc_profile == profile
    with opened(jpeg2000(gradient()), Limits()) as source:
        assert source.icc_profile is None


@pytest.mark.parametrize("bare", [False, True])
def test_it_is_kept_as_jpeg_or_with_alpha_as_png(bare):
    picture = render(jpeg2000(gradient(mode="RGBA"), bare=bare), Settings(work_bucket="w"))
    assert picture.format == "JPEG 2000"
    assert picture.renditions[0].frames[0].mode == "RGBA"


@pytest.mark.parametrize("limits", [Limits(pixels=6143), Limits(side_px=95)])
def test_limits_are_enforced(limits):
    with pytest.raises(ImageTooLarge):
        decoded(jpeg2000(gradient()), limits=limits)


def test_memory_and_tiles_are_bounded():
    data = jpeg2000(Image.new("RGB", (1600, 1600)), num_resolutions=1)
    with pytest.raises(ImageTooLarge, match=r"decoding needs about \d+ MB \(1600 x 1600 px, 3 channels\).*memory_mb"):
        decoded(data, limits=Limits(memory_mb=32))
    at = data.index(b"\xff\x4f\xff\x51")
    tiny = data[: at + 24] + struct.pack(">II", 1, 1) + data[at + 32 :]
    with pytest.raises(ImageTooLarge, match=r"2,560,000 tiles; the limit is 16,384"):
        decoded(tiny)


def test_half_a_file_is_unreadable():
    data = jpeg2000(grain((300, 200), 80).convert("RGB"))
    for end in (13, 40, 90, 150, len(data) // 2):
        with pytest.raises(UnreadableImage):
            decoded(data[:end])


def test_no_byte_of_its_header_breaks_the_reader():
    data = jpeg2000(gradient((32, 24)))
    for at in range(12, data.index(b"\xff\x93")):
        for value in (0, 1, 0x7F, 0xFF):
            with suppress(UnreadableImage, UnsupportedImage, ImageTooLarge):
                decoded(data[:at] + bytes([value]) + data[at + 1 :], limits=Limits(pixels=100_000, memory_mb=64))
