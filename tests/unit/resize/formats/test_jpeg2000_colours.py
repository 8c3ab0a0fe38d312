"""Colours of JPEG 2000: palettes, kinds and orders of channels, and colour spaces."""

import struct

import pytest
from kit.jpeg2000 import boxed, decoded, jpeg2000, with_bits
from kit.pictures import gradient
from PIL import Image

from services.resize.settings import Settings
from services.resize.step import render
from shared.errors import UnsupportedImage


def with_palette(image, columns, *, depth=8, space=16, bits=8, mapping=(), definitions=()):
    """A file whose picture of one channel has the colours of a palette, given as one list for each column."""
    entries, size = len(columns[0]), -(-depth // 8)
    rows = b"".join(value.to_bytes(size, "big") for entry in zip(*columns, strict=True) for value in entry)
    mapping = mapping or [(0, 1, column) for column in range(len(columns))]
    header = [
        (b"ihdr", struct.pack(">IIHBBBB", image.height, image.width, 1, bits - 1, 7, 0, 0)),
        (b"colr", struct.pack(">BBBI", 1, 0, 0, space)),
        (b"pclr", struct.pack(">HB", entries, len(columns)) + bytes([depth - 1] * len(columns)) + rows),
        (b"cmap", b"".join(struct.pack(">HBB", *each) for each in mapping)),
    ]
    if definitions:
        header.append(
            (b"cdef", struct.pack(">H", len(definitions)) + b"".join(DEFINITION.pack(*each) for each in definitions))
        )
    return boxed(with_bits(image, [bits]), header)


DEFINITION = struct.Struct(">HHH")


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_indices_of_few_bits_are_those_of_the_palette(bits):
    count = 1 << bits
    palette = [(3 * index % 256, 255 - index, 7) for index in range(count)]
    indices = Image.frombytes("L", (count, 8), bytes(range(count)) * 8)
    image = decoded(with_palette(indices, list(zip(*palette, strict=True)), bits=bits)).convert("RGB")
    assert [image.getpixel((index, 3)) for index in range(count)] == palette


INDICES = Image.frombytes("L", (8, 8), bytes(range(8)) * 8)


def row(image):
    return [image.getpixel((x, 3)) for x in range(image.width)]


def test_a_palette_may_have_a_colour_twice():
    reds, greens, blues = [9, 9, 200, 9, 50, 200, 1, 2], [0] * 8, [5, 5, 7, 5, 5, 7, 1, 2]
    assert row(decoded(with_palette(INDICES, [reds, greens, blues]))) == list(zip(reds, greens, blues, strict=True))


@pytest.mark.parametrize(("depth", "white"), [(4, 15), (12, 4095), (16, 65535)])
def test_a_palette_has_colours_of_any_depth(depth, white):
    reds = [white * step // 7 for step in range(8)]
    image = decoded(with_palette(INDICES, [reds, reds[::-1], [0] * 8], depth=depth))
    shown = [value * 255 // white for value in reds]
    assert row(image) == [(red, green, 0) for red, green in zip(shown, shown[::-1], strict=True)]


def test_a_palette_may_be_of_grey():
    greys = [255, 200, 100, 50, 20, 10, 5, 0]
    assert row(decoded(with_palette(INDICES, [greys], space=17))) == greys


def test_an_index_beyond_the_palette_has_its_last_colour():
    assert row(decoded(with_palette(INDICES, [[10, 20], [0, 0], [0, 0]])))[1:] == [(20, 0, 0)] * 7


def test_columns_of_a_palette_are_mapped_and_defined_in_any_order():
    columns = [[0, 40, 80, 120, 160, 200, 240, 255], [1] * 8, [2] * 8]
    mapping = [(0, 1, 2), (0, 1, 0), (0, 1, 1)]
    assert row(decoded(with_palette(INDICES, columns, mapping=mapping))) == [(2, red, 1) for red in columns[0]]
    definitions = [(0, 0, 2), (1, 0, 3), (2, 0, 1)]
    assert row(decoded(with_palette(INDICES, columns, definitions=definitions))) == [(2, red, 1) for red in columns[0]]


@pytest.mark.parametrize("mapping", [[(0, 1, 0), (0, 0, 0), (0, 0, 0)], [(0, 1, 0)] * 3, [(0, 1, 0)]])
@pytest.mark.parametrize("within", [True, False])
def test_a_mapping_without_sense_is_that_of_the_columns_in_their_order(mapping, within):
    columns = [[0, 40, 80, 120, 160, 200, 240, 255], [1] * 8, [2] * 8]
    data = with_palette(INDICES, columns, mapping=mapping)
    if not within:  # the header ends before the mapping
        at = data.index(b"jp2h") - 4
        (length,) = struct.unpack_from(">I", data, at)
        data = data[:at] + struct.pack(">I", length - 8 - 4 * len(mapping)) + data[at + 4 :]
    assert row(decoded(data)) == [(red, 1, 2) for red in columns[0]]


def test_a_column_of_a_palette_may_be_opacity():
    columns = [[9] * 8, [8] * 8, [7] * 8, [0, 10, 20, 30, 40, 50, 60, 255]]
    definitions = [(0, 0, 1), (1, 0, 2), (2, 0, 3), (3, 1, 0)]
    for each in (definitions, ()):
        image = decoded(with_palette(INDICES, columns, definitions=each))
        assert row(image) == [(9, 8, 7, alpha) for alpha in columns[3]]


@pytest.mark.parametrize("damage", [b"\xff\xff\3", b"\0\0\3", b"\0\x08\xff", b"\0\x08\0"])
def test_a_damaged_palette_leaves_levels(damage):
    data = with_palette(INDICES, [[0] * 8] * 3)
    at = data.index(b"pclr") + 4
    assert row(decoded(data[:at] + damage + data[at + 3 :])) == list(range(8))


def defined(mode, colour, definitions, space=16):
    """A file of one colour whose channels are defined in this way."""
    header = [
        (b"ihdr", struct.pack(">IIHBBBB", 24, 32, len(mode), 7, 7, 0, 0)),
        (b"colr", struct.pack(">BBBI", 1, 0, 0, space)),
        (b"cdef", struct.pack(">H", len(definitions)) + b"".join(DEFINITION.pack(*each) for each in definitions)),
    ]
    return boxed(jpeg2000(Image.new(mode, (32, 24), colour), bare=True, irreversible=False, mct=0), header)


def test_channels_are_defined_in_any_order():
    image = decoded(defined("RGB", (10, 20, 30), [(0, 0, 3), (1, 0, 2), (2, 0, 1)]))
    assert (image.mode, image.getpixel((9, 9))) == ("RGB", (30, 20, 10))
    image = decoded(defined("RGBA", (128, 10, 20, 30), [(0, 1, 0), (1, 0, 1), (2, 0, 2), (3, 0, 3)]))
    assert (image.mode, image.getpixel((9, 9))) == ("RGBA", (10, 20, 30, 128))


def test_sycc_is_converted_once_its_channels_are_in_order():
    luma, blue, red = Image.new("RGB", (1, 1), (200, 60, 30)).convert("YCbCr").getpixel((0, 0))
    for colour, order in (((luma, blue, red), (1, 2, 3)), ((red, blue, luma), (3, 2, 1))):
        definitions = [(channel, 0, belongs) for channel, belongs in enumerate(order)]
        image = decoded(defined("RGB", colour, definitions, space=18))
        assert image.getpixel((9, 9)) == pytest.approx((200, 60, 30), abs=2)


def with_last_channel(mode, colour, kind):
    """A file whose last channel has this type in the channel definition box."""
    data = bytearray(jpeg2000(Image.new(mode, (32, 24), colour), irreversible=False, mct=0))
    at = data.index(b"cdef") + 6 + 6 * (len(mode) - 1)
    data[at + 2 : at + 4] = struct.pack(">H", kind)
    return bytes(data)


@pytest.mark.parametrize(("mode", "colour"), [("RGBA", (200, 60, 30, 40)), ("LA", (200, 40))])
@pytest.mark.parametrize("kind", [3, 65_535])
def test_a_channel_of_no_known_type_is_not_alpha(mode, colour, kind):
    """Near infrared, for example."""
    image = decoded(with_last_channel(mode, colour, kind))
    assert (image.mode, image.getpixel((9, 9))) == (mode[:-1], colour[:-1] if mode == "RGBA" else colour[0])


@pytest.mark.parametrize(
    ("mode", "stored", "shown"),
    [("RGBA", (100, 50, 25, 128), (199, 100, 50, 128)), ("LA", (100, 128), (199, 128)), ("LA", (0, 0), (0, 0))],
)
def test_colours_that_were_multiplied_by_alpha_are_divided_by_it(mode, stored, shown):
    image = decoded(with_last_channel(mode, stored, 2))
    assert image.mode == mode
    assert image.getpixel((9, 9)) == pytest.approx(shown, abs=1)


def test_indices_of_colours_are_not_averaged():
    columns = [[0, *[128] * 8, 255], [0] * 10, [0] * 10]
    indices = Image.frombytes("L", (256, 64), bytes((0, 9)) * 128 * 64)
    assert set(decoded(with_palette(indices, columns), (25, 6)).get_flattened_data()) == {(0, 0, 0), (255, 0, 0)}


def in_space(space, data, extra=b""):
    """The file in another enumerated colour space, with parameters of it."""
    at = data.index(b"colr") - 4
    box = struct.pack(">I4sBBBI", 15 + len(extra), b"colr", 1, 0, 0, space) + extra
    header = data.index(b"jp2h") - 4
    (whole,) = struct.unpack_from(">I", data, header)
    data = data[:at] + box + data[at + 15 :]
    return data[:header] + struct.pack(">I", whole + len(extra)) + data[header + 4 :]


# L*a*b* of sRGB's red (D50), and white.
LAB = [((54.3, 80.8, 69.9), (255, 0, 0)), ((100, 0, 0), (255, 255, 255))]


@pytest.mark.parametrize(("lab", "shown"), LAB)
@pytest.mark.parametrize("fields", [(100, 0, 170, 128, 200, 96), (100, 0, 255, 128, 255, 128)])
def test_cie_lab_has_the_ranges_that_the_file_states(fields, lab, shown):
    samples = [
        round(value * 255 / extent + offset)
        for value, extent, offset in zip(lab, fields[::2], fields[1::2], strict=True)
    ]
    data = jpeg2000(Image.new("RGB", (32, 24), tuple(samples)), irreversible=False, mct=0)
    stated = b"" if fields[2] == 170 else struct.pack(">6I4s", *fields, b"\0D50")
    (rendition,) = render(in_space(14, data, stated), Settings(work_bucket="w")).renditions[:1]
    assert rendition.frames[0].convert("RGB").getpixel((9, 9)) == pytest.approx(shown, abs=9)


@pytest.mark.parametrize("space", [1, 3, 20, 21, 24])
def test_other_colour_spaces_are_refused_by_name(space):
    with pytest.raises(UnsupportedImage, match=f"RGB in enumerated colour space {space} "):
        decoded(in_space(space, jpeg2000(gradient())))


@pytest.mark.parametrize("space", [16, 18])
def test_srgb_and_sycc_are_decoded(space):
    assert decoded(in_space(space, jpeg2000(gradient(), mct=0))).mode == "RGB"
