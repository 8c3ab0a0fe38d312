"""Every kind of TIFF comes out as the colours that it was made of."""

import io
import struct

import pytest
import tiffs
from pictures import gradient, saved
from PIL import Image
from tiffs import deflated, differences, directory, packed_bits

from services.resize.colour import to_srgb, workable
from services.resize.deadline import Deadline
from services.resize.formats.opening import opened
from services.resize.settings import Limits
from services.resize.shrinking import upright
from shared.errors import ImageTooLarge, ImageTooSlow, UnreadableImage, UnsupportedImage

# Two rows of three pixels: each place has a value of its own.
W, H = 3, 2
GREYS = (0, 255, 80, 200, 30, 128)
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 100, 50))
ALPHAS = (255, 255, 128, 128, 255, 64)
LETTERS = {8: "B", 16: "H", 32: "I", 64: "Q"}


def seen(data):
    """What a person sees of it: the upright image in sRGB, at its own size."""
    with opened(data, Limits()) as source:
        (frame,) = source.frames()
        return upright(to_srgb(workable(frame.image, source.bits), source.icc_profile), source.orientation)


def greys(data):
    return list(seen(data).convert("L").tobytes())


def colours(data):
    return [tuple(pixel) for pixel in zip(*[iter(seen(data).convert("RGB").tobytes())] * 3, strict=True)]


def near(got, wanted, within=2):
    flat = [value for each in got for value in (each if isinstance(each, tuple) else (each,))]
    want = [value for each in wanted for value in (each if isinstance(each, tuple) else (each,))]
    assert flat == pytest.approx(want, abs=within)


def words(values, bits=16, order="<"):
    """8-bit values as samples of so many bits, all of which are used."""
    full = 2**bits - 1
    return b"".join((value * full // 255).to_bytes(bits // 8, "little" if order == "<" else "big") for value in values)


def grey_of(values, photometric=1, *, bits=16, order="<", big=False, **tags):
    return tiffs.file(
        directory(W, H, 1, photometric, [words(values, bits, order)], bits=bits, **tags), order=order, big=big
    )


def flat(pixels):
    return [value for pixel in pixels for value in pixel]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("bits", [8, 16, 24, 32, 64])
@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("photometric", [0, 1])
def test_grey_of_any_depth_order_and_meaning(photometric, big, bits, order):
    values = [255 - value for value in GREYS] if photometric == 0 else GREYS
    near(greys(grey_of(values, photometric, bits=bits, order=order, big=big)), GREYS)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("bits", [8, 16, 32])
@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize("pack", [1, 8])
def test_colours_of_any_depth_order_and_arrangement(pack, planar, bits, order):
    planes = [[each[channel] for each in COLOURS] for channel in range(3)] if planar == 2 else [flat(COLOURS)]
    parts = [words(plane, bits, order) for plane in planes]
    parts = [deflated(part) for part in parts] if pack == 8 else parts
    page = directory(W, H, 3, 2, parts, bits=bits, compression=pack, t284=(3, [planar]))
    near(colours(tiffs.file(page, order=order)), COLOURS)


@pytest.mark.parametrize("bits", [2, 3, 4, 6, 7, 9, 10, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("order", "<>")
def test_packed_bits(order, bits):
    full = 2**bits - 1
    values = [round(value * full / 255) for value in GREYS]
    page = directory(W, H, 1, 1, [packed_bits(values, bits, W)], bits=bits)
    near(greys(tiffs.file(page, order=order)), [value * 255 / full for value in values], within=1)


@pytest.mark.parametrize("bits", [2, 4, 10, 12])
def test_packed_bits_of_colours(bits):
    full = 2**bits - 1
    values = [round(value * full / 255) for value in flat(COLOURS)]
    near([*flat(colours(tiffs.file(directory(W, H, 3, 2, [packed_bits(values, bits, 3 * W)], bits=bits))))],
         [value * 255 / full for value in values])  # fmt: skip


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(
    ("bits", "samples"), [(8, 1), (8, 2), (8, 3), (8, 4), (8, 5), (16, 1), (16, 2), (16, 3), (16, 4), (32, 3)]
)
def test_differences_are_undone(samples, bits, order):
    photometric = 2 if samples > 2 else 1
    pixels = [
        (*colour[: 3 if samples > 2 else 1], *[alpha] * (samples - (3 if samples > 2 else 1)))
        for colour, alpha in zip(COLOURS, ALPHAS, strict=True)
    ]
    full = 2**bits - 1
    steps = differences([value * full // 255 for value in flat(pixels)], W, samples, bits)
    part = deflated(struct.pack(f"{order}{len(steps)}{LETTERS[bits]}", *steps))
    extra = {"t338": (3, [2, 0][: samples % 3 or 1])} if samples in {2, 4, 5} else {}
    data = tiffs.file(
        directory(W, H, samples, photometric, [part], bits=bits, compression=8, t317=(3, [2]), **extra), order=order
    )
    if extra:
        assert list(seen(data).getchannel("A").tobytes()) == list(ALPHAS)
    if samples > 2:
        near(colours(data), COLOURS)
    else:
        near(greys(data), [colour[0] for colour in COLOURS])


@pytest.mark.parametrize("order", "<>")
def test_differences_of_floating_point_numbers_are_undone(order):
    rows = b""
    for start in (0, W):
        line = struct.pack(f">{W}f", *(value / 255 for value in GREYS[start : start + W]))
        planes = b"".join(line[byte::4] for byte in range(4))
        rows += bytes((planes[at] - (planes[at - 1] if at else 0)) & 255 for at in range(len(planes)))
    page = directory(W, H, 1, 1, [deflated(rows)], bits=32, compression=8, t317=(3, [3]), t339=(3, [3]))
    near(greys(tiffs.file(page, order=order)), GREYS)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("letter", "bits"), [("e", 16), ("f", 32), ("d", 64)])
def test_floating_point_colours(letter, bits, order):
    part = struct.pack(f"{order}{3 * W * H}{letter}", *(value / 255 for value in flat(COLOURS)))
    near(colours(tiffs.file(directory(W, H, 3, 2, [part], bits=bits, t339=(3, [3] * 3)), order=order)), COLOURS)


def test_light_above_white_is_white_and_darkens_nothing():
    values = [value / 255 for value in flat(COLOURS)]
    values[0] = 10.0
    part = struct.pack(f"<{len(values)}f", *(min(value, 0.4) if value <= 1 else value for value in values))
    got = colours(tiffs.file(directory(W, H, 3, 2, [part], bits=32, t339=(3, [3] * 3))))
    assert got[0][0] == 255
    assert got[1][1] == pytest.approx(102, abs=1)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("associated", [False, True])
@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize("channels", [1, 3])
def test_alpha(channels, planar, associated, bits):
    pixels = [
        (*((value * alpha + 127) // 255 if associated else value for value in colour[:channels]), alpha)
        for colour, alpha in zip(COLOURS, ALPHAS, strict=True)
    ]
    planes = [[each[at] for each in pixels] for at in range(channels + 1)] if planar == 2 else [flat(pixels)]
    page = directory(
        W, H, channels + 1, 2 if channels == 3 else 1, [words(plane, bits) for plane in planes], bits=bits,
        t284=(3, [planar]), t338=(3, [1 if associated else 2]),
    )  # fmt: skip
    image = seen(tiffs.file(page))
    assert image.mode == "RGBA"
    assert list(image.getchannel("A").tobytes()) == list(ALPHAS)
    wanted = [colour if channels == 3 else (colour[0],) * 3 for colour in COLOURS]
    near(
        flat([tuple(p) for p in zip(*[iter(image.convert("RGB").tobytes())] * 3, strict=True)]), flat(wanted), within=4
    )


def test_what_is_said_to_be_no_alpha_hides_nothing():
    page = directory(W, H, 4, 2, [flat((*colour, 0) for colour in COLOURS)], t338=(3, [0]))
    assert seen(tiffs.file(page)).mode == "RGB"


@pytest.mark.parametrize(("extra", "mode"), [([0], "RGB"), ([2], "RGBA"), ([0, 0], "RGB")])
@pytest.mark.parametrize("bits", [8, 16])
def test_inks_with_more_channels(bits, extra, mode):
    inks = [(*(255 - value for value in colour), 0, *[128] * len(extra)) for colour in COLOURS]
    page = directory(W, H, 4 + len(extra), 5, [words(flat(inks), bits)], bits=bits, t338=(3, extra))
    with opened(tiffs.file(page), Limits()) as source:
        (frame,) = source.frames()
        assert frame.image.mode == ("CMYK" if mode == "RGB" else "RGBA")
        near(flat(zip(*[iter(frame.image.convert("RGB").tobytes())] * 3, strict=True)), flat(COLOURS))


@pytest.mark.parametrize("times", [1, 257])
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_a_palette_of_numbers_of_either_size(bits, times):
    table = [colour[channel] * times for channel in range(3) for colour in (*COLOURS, *[(0, 0, 0)] * 250)[: 2**bits]]
    indices = [at % 2**bits for at in range(6)]
    page = directory(W, H, 1, 3, [packed_bits(indices, bits, W)], bits=bits, t320=(3, table))
    assert colours(tiffs.file(page)) == [COLOURS[index] for index in indices]


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("photometric", [8, 9])
@pytest.mark.parametrize("order", "<>")
def test_lab(order, photometric, bits):
    # L*a*b* of sRGB's red and of white, rounded: 54.3, 80.8, 69.9 (D50).
    signed = photometric == 8
    light, a, b = (54.3, 80.8, 69.9)
    unit, middle = (1, 0 if signed else 128) if bits == 8 else (256, 0 if signed else 32768)
    full = 65280 if (photometric, bits) == (9, 16) else 2**bits - 1
    red = (round(light / 100 * full), round(a * unit + middle), round(b * unit + middle))
    white = (full, middle, middle)
    part = struct.pack(f"{order}6{LETTERS[bits]}", *red, *white)
    got = colours(tiffs.file(directory(2, 1, 3, photometric, [part], bits=bits), order=order))
    near(got, [(255, 0, 0), (255, 255, 255)], within=9)


@pytest.mark.parametrize("sampling", [(1, 1), (2, 1), (2, 2), (4, 1), (4, 4), (1, 2)])
@pytest.mark.parametrize("tile", [0, 16])
def test_uncompressed_ycbcr(tile, sampling):
    across, down = sampling
    width, height = (16, 16) if tile else (5, 3)
    picture = Image.new("RGB", (1, 1), (200, 100, 50)).convert("YCbCr").tobytes()
    units = -(-width // across) * -(-height // down)
    part = (picture[:1] * (across * down) + picture[1:]) * units
    page = directory(width, height, 3, 6, [part], tile=tile, t530=(3, list(sampling)))
    near(colours(tiffs.file(page)), [(200, 100, 50)] * (width * height), within=3)


@pytest.mark.parametrize("sampling", [(2, 1), (2, 2), (4, 4)])
def test_ycbcr_in_planes_of_unlike_sizes(sampling):
    width, height = 5, 7
    light, blue, red = Image.new("RGB", (1, 1), (200, 100, 50)).convert("YCbCr").tobytes()
    small = -(-width // sampling[0]) * -(-height // sampling[1])
    parts = [bytes([light]) * (width * height), bytes([blue]) * small, bytes([red]) * small]
    page = directory(width, height, 3, 6, parts, t284=(3, [2]), t530=(3, list(sampling)))
    near(colours(tiffs.file(page)), [(200, 100, 50)] * (width * height), within=3)


@pytest.mark.parametrize("pack", [1, 8])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("planar", [1, 2])
def test_tiles_that_hang_over_the_edge(planar, bits, pack):
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


@pytest.mark.parametrize(
    ("resolution", "size"),
    [
        ((204, 98), (100, 208)),
        ((204, 391), (192, 100)),
        ((204, 196), (100, 100)),
        ((72, 1), (100, 100)),
        ((0, 98), (100, 100)),
    ],
)
def test_a_fax_keeps_the_shape_of_its_page(resolution, size):
    page = directory(
        100, 100, 1, 0, [bytes(13 * 100)], bits=1, t282=(5, [(resolution[0], 1)]), t283=(5, [(resolution[1], 1)])
    )
    with opened(tiffs.file(page), Limits()) as source:
        assert source.size == size


@pytest.mark.parametrize("kind", [1, 3, 4, 16])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_any_type_turns_and_never_stretches(orientation, kind):
    data = grey_of(GREYS, bits=8, big=True, t274=(kind, [orientation]))
    with opened(data, Limits()) as source:
        assert source.orientation == orientation
        assert source.size == ((W, H) if orientation < 5 else (H, W))


def test_xmp_turns_nothing():
    xmp = b'<x xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    with opened(grey_of(GREYS, bits=8, t700=(1, list(xmp))), Limits()) as source:
        assert (source.orientation, source.size) == (1, (W, H))


# Which directory is the picture.

REDUCED, FULL, MASK = (4, [1]), (4, [0]), (4, [4])


def page_of(value, side=4, **tags):
    return directory(side, side, 1, 1, [bytes([value]) * side**2], **tags)


@pytest.mark.parametrize(
    ("pages", "value", "count"),
    [
        pytest.param([page_of(1, t254=REDUCED), page_of(2, 8, t254=FULL)], 2, 1, id="thumbnail first"),
        pytest.param([page_of(1, t254=MASK), page_of(2)], 2, 1, id="mask first"),
        pytest.param([page_of(1, t255=(3, [2])), page_of(2, 8, t255=(3, [1]))], 2, 1, id="old tag"),
        pytest.param([page_of(1, t254=REDUCED)], 1, 1, id="reduced alone"),
        pytest.param([page_of(1, t254=REDUCED, sub=[page_of(2, 8, t254=FULL)])], 2, 1, id="picture in SubIFD"),
        pytest.param([page_of(1, 8, sub=[page_of(2, 4, t254=REDUCED)])], 1, 1, id="pyramid in SubIFD"),
        pytest.param([page_of(1), page_of(2), page_of(3, t254=REDUCED)], 1, 2, id="two pages and a copy"),
    ],
)
def test_the_picture_is_the_first_page_in_full(pages, value, count):
    with opened(tiffs.file(*pages), Limits()) as source:
        (frame,) = source.frames()
        assert frame.image.getpixel((0, 0)) == value
        assert source.page_count == count


def test_every_page_is_given():
    with opened(tiffs.file(*(page_of(value) for value in (1, 2, 3))), Limits()) as source:
        assert [next(page.frames()).image.getpixel((0, 0)) for page in source.pages()] == [1, 2, 3]


def test_a_chain_that_comes_back_ends():
    data = bytearray(tiffs.file(page_of(1), page_of(2)))
    (first,) = struct.unpack_from("<I", data, 4)
    struct.pack_into("<I", data, len(data) - 4, first)
    with opened(bytes(data), Limits()) as source:
        assert source.page_count == 2


# What is not read, and what is damaged.


@pytest.mark.parametrize(
    ("page", "words_of_it"),
    [
        (
            directory(W, H, 3, 32845, [bytes(99)], bits=16, compression=34676),
            ("3 channels of 16-bit", "LogLuv", "SGILog"),
        ),
        (directory(W, H, 1, 1, [bytes(99)], compression=50002), ("1 channel of 8-bit", "JPEG XL")),
        (directory(W, H, 5, 5, [bytes(99)], t332=(3, [2])), ("5 channels", "inks other than CMYK")),
        (directory(W, H, 1, 1, [bytes(99)], bits=128 // 2, t339=(3, [6])), ("complex",)),
        (directory(W, H, 1, 1, [bytes(99)], compression=4711), ("number 4711",)),
    ],
)
def test_what_is_not_read_is_named_and_not_called_damaged(page, words_of_it):
    with pytest.raises(UnsupportedImage) as refused, opened(tiffs.file(page), Limits()) as source:
        list(source.frames())
    assert all(each in str(refused.value) for each in ("TIFF with", *words_of_it))
    assert "damaged" not in str(refused.value)


@pytest.mark.parametrize("pack", [1, 8, 5, 32773])
def test_what_is_truncated_is_unreadable(pack):
    image = gradient((64, 64))
    names = {1: None, 8: "tiff_adobe_deflate", 5: "tiff_lzw", 32773: "packbits"}
    data = bytearray(saved(image, "TIFF", compression=names[pack]))
    # The strips are at the end of some and the directory at that of others: only the counts are cut.
    with pytest.raises(UnreadableImage), opened(bytes(data[: len(data) * 2 // 3]), Limits()) as source:
        list(source.frames())


def test_a_tile_that_unpacks_to_too_much_is_refused_before_it_is():
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


def test_artist_and_copyright_are_those_of_the_file():
    data = grey_of(GREYS, bits=8, t315=(2, list(b"Ann\0")), t33432=(2, list(b"(c) Ann\0")))
    with opened(data, Limits()) as source:
        rights = source.rights()
    assert rights is not None
    assert (rights.artist, rights.copyright) == ("Ann", "(c) Ann")


# Camera raw files.


def preview(side, orientation=None):
    exif = Image.Exif()
    if orientation:
        exif[274] = orientation
    return saved(gradient((side, side * 3 // 4)), "JPEG", exif=exif)


def mosaic(width, height, **tags):
    return directory(width, height, 1, 32803, [bytes(2 * width * height)], bits=16, t254=FULL, **tags)


NIKON = (2, list(b"NIKON CORPORATION\0"))


def nef(side, raw_side, **tags):
    """A thumbnail first, the mosaic in a SubIFD, and a JPEG that only the maker's note knows."""
    first = directory(
        8, 6, 3, 2, [bytes(144)], t254=REDUCED, t271=NIKON, sub=[mosaic(raw_side, raw_side * 3 // 4)], **tags
    )
    return tiffs.file(first) + (preview(side) if side else b"")


def test_a_raw_file_is_its_preview_and_says_so():
    with opened(nef(160, 200), Limits()) as source:
        assert source.size == (160, 120)
        assert source.warnings == (
            "embedded preview 160x120 of a camera raw file (Nikon NEF), whose picture has 200x150",
        )
        assert next(source.frames()).image.size == (160, 120)


@pytest.mark.parametrize("side", [0, 90])
def test_a_raw_file_without_a_large_preview_is_refused_by_its_name(side):
    with (
        pytest.raises(UnsupportedImage, match=r"a camera raw file \(Nikon NEF\).*export it"),
        opened(nef(side, 200), Limits()),
    ):
        pass


def test_a_preview_is_turned_as_the_raw_file_says():
    with opened(nef(160, 200, t274=(3, [6])), Limits()) as source:
        assert source.size == (120, 160)


@pytest.mark.parametrize("magic", [b"IIRO", b"IIRS", b"IIU\0"])
def test_raw_files_with_a_beginning_of_their_own(magic):
    tags = {"t4": (3, [0]), "t5": (3, [0]), "t6": (3, [150]), "t7": (3, [200])} if magic[2:3] == b"U" else {}
    data = magic + tiffs.file(directory(200, 150, 1, 1, [b""], t271=NIKON, **tags))[4:] + preview(160)
    with opened(data, Limits()) as source:
        assert (source.size, "camera raw" in source.warnings[0]) == ((160, 120), True)


def test_a_fuji_and_a_canon_raw_file():
    raf = b"FUJIFILMCCD-RAW " + bytes(76) + struct.pack(">I", 96) + struct.pack(">IHHHH", 1, 0x100, 4, 150, 200)
    cr3 = struct.pack(">I8s8x", 24, b"ftypcrx ") + b"CRAW" + bytes(24) + struct.pack(">HH", 200, 150)
    for data, name in ((raf, "Fujifilm RAF"), (cr3, "Canon CR3")):
        with opened(data + preview(160), Limits()) as source:
            assert source.size == (160, 120)
            assert f"({name}), whose picture has 200x150" in source.warnings[0]
        with pytest.raises(UnsupportedImage, match=name), opened(data + preview(80), Limits()):
            pass


def test_a_mosaic_alone_is_never_rendered():
    with pytest.raises(UnsupportedImage, match="camera raw"), opened(tiffs.file(mosaic(64, 48)), Limits()):
        pass


def test_old_style_jpeg_is_the_jpeg_that_it_holds():
    coded = saved(gradient((64, 48)), "JPEG", quality=95, subsampling=0)
    page = directory(64, 48, 3, 6, [coded], compression=6, t513=(4, [8]), t514=(4, [len(coded)]))
    with opened(tiffs.file(page), Limits()) as source:
        (frame,) = source.frames()
        assert frame.image.tobytes() == Image.open(io.BytesIO(coded)).tobytes()


def test_old_style_jpeg_of_many_strips_is_put_together():
    image = gradient((64, 48))
    coded = saved(image, "JPEG", quality=95, subsampling=0, restart_marker_rows=1)
    scan = coded.index(b"\xff\xda")
    start = scan + 2 + int.from_bytes(coded[scan + 2 : scan + 4], "big")
    strips, at = [], start
    for index in range(6):
        end = coded.index(b"\xff\xd9" if index == 5 else bytes([0xFF, 0xD0 + index]), at)
        strips.append(coded[at:end])
        at = end + 2
    # Programs leave the scan's header to the first strip; the restart interval is not told.
    head = coded[:scan].replace(coded[coded.index(b"\xff\xdd") :][:6], b"")
    strips[0] = coded[scan:start] + strips[0]
    cut = 8 + sum(map(len, strips))
    moved = tiffs.file(directory(64, 48, 3, 6, [*strips, head], rows=8, compression=6, t513=(4, [cut])))
    with opened(moved, Limits()) as source:
        (frame,) = source.frames()
        assert frame.image.tobytes() == Image.open(io.BytesIO(coded)).tobytes()


def test_marks_of_missing_numbers_do_not_hide_the_others():
    values = (0.0, 100.0, 200.0, 1000.0, -3.4e38, float("nan"))
    page = directory(W, H, 1, 1, [struct.pack("<6f", *values)], bits=32, t339=(3, [3]))
    near(greys(tiffs.file(page))[:4], (0, 25, 51, 255))


def test_signed_numbers_below_zero_are_the_dark_half():
    part = struct.pack("<6h", -100, -50, 0, 50, 75, 100)
    page = directory(W, H, 1, 1, [part], bits=16, t339=(3, [2]))
    near(greys(tiffs.file(page)), (0, 64, 128, 191, 223, 255))


@pytest.mark.parametrize(
    ("stored", "shown"),
    [((0, 10, 127, 128, 200, 255), (0, 10, 127, 128, 200, 255)), ((255, 254, 0, 1, 60, 127), (0, 0, 0, 1, 60, 127))],
)
def test_signed_bytes_are_what_they_look_like(stored, shown):
    near(greys(tiffs.file(directory(W, H, 1, 1, [bytes(stored)], t339=(3, [2])))), shown, within=1)


def test_a_mosaic_that_is_coded_as_jpeg_is_no_preview():
    coded = saved(gradient((64, 48)), "JPEG")
    sensor = directory(64, 48, 3, 34892, [coded], compression=34892, t254=FULL)
    first = directory(8, 6, 3, 2, [bytes(144)], t254=REDUCED, t271=NIKON, t50706=(1, [1, 4, 0, 0]), sub=[sensor])
    with pytest.raises(UnsupportedImage, match=r"Nikon Corporation DNG"), opened(tiffs.file(first), Limits()):
        pass


def test_a_mask_is_no_preview():
    mask = directory(200, 150, 1, 1, [bytes(30_000)], t254=MASK)
    first = directory(8, 6, 3, 2, [bytes(144)], t254=REDUCED, t271=NIKON, sub=[mosaic(200, 150), mask])
    with pytest.raises(UnsupportedImage, match="camera raw"), opened(tiffs.file(first), Limits()):
        pass


def test_a_preview_that_does_not_decode_is_none():
    large = directory(200, 150, 3, 2, [b"nothing"], compression=5, t254=REDUCED)
    first = directory(8, 6, 3, 2, [bytes(144)], t254=REDUCED, t271=NIKON, sub=[mosaic(200, 150), large])
    with opened(tiffs.file(first) + preview(160), Limits()) as source:
        assert source.size == (160, 120)


def test_a_preview_that_is_a_page_is_one_page():
    large = directory(200, 150, 3, 2, [bytes(90_000)], t254=REDUCED)
    first = directory(8, 6, 3, 2, [bytes(144)], t254=REDUCED, t271=NIKON, sub=[mosaic(200, 150), large])
    with opened(tiffs.file(first), Limits()) as source:
        assert [page.size for page in source.pages()] == [(200, 150)]
        assert source.page_count == 1


def test_strips_that_are_shorter_than_their_rows_are_truncated():
    planes = [bytes([level]) * (20 * 10) for level in (200, 100, 50)]
    whole = directory(20, 10, 3, 2, planes, t284=(3, [2]))
    assert seen(tiffs.file(whole)).convert("RGB").getpixel((3, 3)) == (200, 100, 50)
    short = directory(20, 10, 3, 2, [plane[:60] for plane in planes], t284=(3, [2]))
    with pytest.raises(UnreadableImage, match="strip or tile 0 has 60 of 200 bytes"):
        seen(tiffs.file(short))
