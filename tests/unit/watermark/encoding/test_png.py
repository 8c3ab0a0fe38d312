"""Frames are encoded to a PNG or an APNG and read back."""

import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.pictures import frames_of, gradient, grain, is_same
from PIL import Image

from services.watermark.encoding.files import encode
from shared.messages import Animation, Copyright

LEVELS = st.integers(0, 255)
GREY, PALETTE = 0, 3


def still(image, **options):
    return encode([image], "png", quality=82, animation=None, **options).data


def moving(frames, **options):
    return encode(frames, "png", quality=82, animation=Animation(durations_ms=(40,) * len(frames)), **options).data


def kind_of(data):
    """(bits, colour type), as in IHDR."""
    return data[24], data[25]


def controls(data):
    """(width, height, left, top, disposal, blend) of each frame."""
    at, found = 8, []
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"fcTL":
            found.append(struct.unpack_from(">4I4x2B", data, at + 12))
        at += 12 + length
    return found


@pytest.mark.parametrize(("colours", "bits"), [(2, 1), (3, 2), (4, 2), (5, 4), (16, 4), (17, 8), (256, 8)])
def test_few_colours_make_a_palette_of_as_few_bits_as_possible(colours, bits):
    image = Image.new("RGB", (colours, 5))
    for index in range(colours):
        image.paste((index, 255 - index, 7 * index % 256), (index, 0, index + 1, 5))
    data = still(image)
    assert kind_of(data) == (bits, PALETTE)
    assert is_same(frames_of(data)[0], image)


@given(st.lists(st.tuples(LEVELS, LEVELS, LEVELS, LEVELS), min_size=1, max_size=256))
@settings(max_examples=60, deadline=None)
def test_a_palette_keeps_every_colour_and_every_alpha(pixels):
    image = Image.new("RGBA", (len(pixels), 1))
    image.putdata(pixels)
    data = still(image)
    assert kind_of(data)[1] in {GREY, PALETTE}
    assert is_same(frames_of(data)[0], image)


@pytest.mark.parametrize(("step", "bits"), [(255, 1), (85, 2), (17, 4), (1, 8)])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_grey_stays_grey_in_as_few_bits_as_its_levels_need(mode, step, bits):
    image = Image.linear_gradient("L").point([level // step * step for level in range(256)])
    data = still(image.convert(mode))
    assert kind_of(data) == (bits, GREY)
    with Image.open(io.BytesIO(data)) as read:
        assert is_same(read.convert("L").convert("RGBA"), image.convert("RGBA"))


@pytest.mark.parametrize("width", [1, 2, 3, 5, 7, 8, 9])
def test_rows_of_any_width_end_at_a_byte(width):
    image = Image.new("L", (width, 4))
    image.paste(255, (width // 2, 1, width, 3))
    assert is_same(frames_of(still(image))[0], image.convert("RGBA"))


def test_a_sorted_palette_is_filtered_where_that_is_smaller():
    """A ramp increases by one from pixel to pixel, which only a filter makes small."""
    image = Image.new("L", (250, 250))
    image.putdata([(3 * x * x + x * y + 7 * y * y) // 99 % 200 for y in range(250) for x in range(250)])
    colours = Image.merge("RGB", (image, Image.new("L", image.size, 9), Image.new("L", image.size, 9)))
    data = still(colours)
    assert kind_of(data) == (8, PALETTE)
    assert is_same(frames_of(data)[0], colours)
    assert len(data) < 0.8 * len(zlib.compress(image.tobytes(), 9))


def test_an_unsorted_palette_is_not_filtered():
    noise = grain((200, 200), 40).point(lambda level: level // 8 * 8)
    colours = Image.merge("RGB", (noise, Image.new("L", noise.size, 9), Image.new("L", noise.size, 9)))
    assert len(still(colours)) < 1.02 * len(zlib.compress(noise.tobytes(), 9)) + 200


def test_more_colours_than_a_palette_holds_stay_as_they_are():
    image = gradient((300, 200))
    data = still(image)
    assert kind_of(data) == (8, 2)
    assert is_same(frames_of(data)[0], image)


def test_transparent_pixels_take_no_colours():
    image = gradient((300, 200), "RGBA")
    image.putalpha(0)
    image.paste((9, 8, 7, 255), (10, 10, 20, 20))
    assert kind_of(still(image)) == (1, PALETTE)


@pytest.mark.parametrize("image", [Image.new("L", (9, 9), 255), Image.new("RGB", (9, 9), (9, 0, 3)), gradient()])
def test_copyright_is_written_in_every_kind(image):
    data = still(image, copyright_fields=Copyright(copyright="(c) Ada"))
    with Image.open(io.BytesIO(data)) as read:
        assert read.getexif()[0x8298] == "(c) Ada"


def test_an_animation_of_few_colours_has_a_palette():
    frames = []
    for index in range(6):
        frame = Image.new("RGBA", (64, 48), (250, 250, 240, 255))
        frame.paste((200, 30, 30, 255), (index * 8, 8, index * 8 + 12, 30))
        frames.append(frame)
    data = moving(frames)
    assert kind_of(data) == (2, PALETTE)
    assert all(map(is_same, frames_of(data), frames))


def test_a_palette_of_an_animation_keeps_translucent_colours():
    frames = []
    for index in range(4):
        frame = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
        frame.paste((200, 30, 30, 40 + 50 * index), (5 + index, 5, 30, 30))
        frames.append(frame)
    data = moving(frames, copyright_fields=Copyright(artist="Ada"))
    assert kind_of(data)[1] == PALETTE
    assert all(map(is_same, frames_of(data), frames))


@pytest.mark.parametrize("levels", [8, 256])  # with a palette, and without
def test_unchanged_pixels_between_two_corners_are_drawn_over(levels):
    background = grain((200, 150), 90).point([each * levels // 256 * (256 // levels) for each in range(256)])
    bands = [background, background.rotate(180), background.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    background = Image.merge("RGB", bands if levels > 8 else bands[:1] * 3).convert("RGBA")
    frames = [background]
    for index in range(1, 8):
        frame = background.copy()
        frame.paste((index * 20, 0, 0, 255), (0, 0, 5, 5))
        frame.paste((0, index * 20, 0, 255), (195, 145, 200, 150))
        frames.append(frame)
    data = moving(frames)
    assert all(map(is_same, frames_of(data), frames))
    assert {blend for *_, blend in controls(data)[1:]} == {1}
    assert len(data) < 1.3 * len(moving(frames[:2]))


def test_an_animation_without_alpha_has_none():
    frames = [gradient().rotate(90 * turn).convert("RGBA") for turn in range(3)]
    assert kind_of(moving(frames)) == (8, 2)


def test_flat_art_with_many_colours_is_written_smaller():
    image = Image.new("RGB", (640, 480), (255, 255, 255))
    for index in range(300):
        image.paste((index % 256, index // 2, 77), (index * 2, index, index * 2 + 30, index + 12))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=3)
    assert len(still(image)) < 0.9 * len(buffer.getvalue())


@pytest.mark.parametrize("colours", [255, 256, 257])
def test_frames_that_fill_a_palette_and_change_in_places_are_kept(colours):
    size = (64, 48)
    shades = [(level, level, level) for level in range(256)] + [(9, 0, 0)]
    values = [shades[(7 * place) % colours] for place in range(size[0] * size[1])]
    frames = []
    for step in range(4):
        # Places in a box that is mostly unchanged: drawn over, it would be the smaller.
        changed = dict.fromkeys(range(step, len(values), 211), shades[step])
        frame = Image.new("RGB", size)
        frame.putdata([changed.get(place, value) for place, value in enumerate(values)])
        frames.append(frame)
    data = moving(frames)
    assert (kind_of(data)[1] == PALETTE) is (colours <= 256)
    assert all(is_same(shown, frame.convert("RGBA")) for shown, frame in zip(frames_of(data), frames, strict=True))
