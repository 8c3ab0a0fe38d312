"""JPEG 2000 is read: files and bare codestreams, at reduced size, with alpha, profile and palette."""

import struct
from contextlib import suppress

import pytest
from kit.icc import DISPLAY_P3, matrix_profile
from kit.pictures import gradient, grain, saved
from PIL import Image, ImageChops, ImageStat

from services.resize.formats.jpeg2000 import FILE
from services.resize.formats.opener import opened
from services.resize.formats.sniffing import probe
from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import render
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage


def jpeg2000(image, *, bare=False, **options):
    return saved(image, "JPEG2000", no_jp2=bare, **options)


def decoded(data, needed=None, limits=None):
    with opened(data, limits or Limits()) as source:
        if needed:
            source.reduce(needed)
        (frame,) = source.frames()
        return frame.image.copy()


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


def with_bits(image, depths):
    """A bare codestream whose samples have fewer bits: the lowest of the picture's 8, whose middle stays the middle."""
    bands = [
        band.point([(128 - (1 << bits - 1) + value) & 255 for value in range(256)])
        for band, bits in zip(image.split(), depths, strict=True)
    ]
    data = bytearray(jpeg2000(Image.merge(image.mode, bands), bare=True, irreversible=False, mct=0))
    for channel, bits in enumerate(depths):
        data[42 + 3 * channel] = bits - 1
    return bytes(data)


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


def boxed(codestream, header):
    """A JP2 file with this codestream and these boxes in its header."""
    parts = ((b"ftyp", b"jp2 \0\0\0\0jp2 "), (b"jp2h", b"".join(box(*each) for each in header)), (b"jp2c", codestream))
    return FILE + b"".join(box(*part) for part in parts)


def box(name, body):
    return struct.pack(">I", 8 + len(body)) + name + body


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


def test_indices_of_colours_are_not_averaged():
    columns = [[0, *[128] * 8, 255], [0] * 10, [0] * 10]
    indices = Image.frombytes("L", (256, 64), bytes((0, 9)) * 128 * 64)
    assert set(decoded(with_palette(indices, columns), (25, 6)).get_flattened_data()) == {(0, 0, 0), (255, 0, 0)}


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
