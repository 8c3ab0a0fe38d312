"""How a HEIF or AVIF is shown: clap, irot and imir in their order, colour codes by their standards."""

import struct
from itertools import product

import pytest
from kit import heif
from kit.pictures import saved
from PIL import Image, ImageOps

from services.resize.colour_codes import HLG, PQ, SRGB
from services.resize.downscale import upright
from services.resize.formats.heif_facts import Clap, Imir, Irot
from services.resize.formats.heif_picture import encoding_of, shown
from services.resize.formats.heif_reader import read
from services.resize.formats.opener import opened
from services.resize.settings import Limits, Rendition, Settings
from services.resize.step import render
from shared.errors import UnsupportedImage

SIZE = (40, 30)


def numbered():
    """A picture in which every pixel differs."""
    return Image.frombytes(
        "RGB", SIZE, b"".join(bytes((x * 6, y * 8, 9)) for y in range(SIZE[1]) for x in range(SIZE[0]))
    )


def clap(width, height, x=(0, 1), y=(0, 1)):
    return Clap(width=width, height=height, horizontal_offset=x, vertical_offset=y)


def done(image, transform):
    """Apply one transform as its section of ISO/IEC 23008-12 defines it."""
    if isinstance(transform, Irot):
        return image.rotate(90 * transform.turns, expand=True)
    if isinstance(transform, Imir):
        return ImageOps.mirror(image) if transform.axis else ImageOps.flip(image)
    (width, _), (height, _) = transform.width, transform.height
    (x, x_of), (y, y_of) = transform.horizontal_offset, transform.vertical_offset
    left, top = (image.width - width) / 2 + x / x_of, (image.height - height) / 2 + y / y_of
    return image.crop((int(left), int(top), int(left) + width, int(top) + height))


CLAPS = [(), (clap((20, 1), (10, 1), (5, 1), (-3, 1)),)]


@pytest.mark.parametrize(
    "transforms",
    [(*c, Irot(turns=t), Imir(axis=a)) for c, t, a in product(CLAPS, range(4), (0, 1))]
    + [(Imir(axis=a), Irot(turns=t), *c) for c, t, a in product(CLAPS, range(4), (0, 1))]
    + [(Irot(turns=1), clap((8, 1), (20, 1), (4, 1), (2, 1)), Irot(turns=3)), ()],
)
def test_transforms_are_applied_one_after_another(transforms):
    expected = numbered()
    for transform in transforms:
        expected = done(expected, transform)
    look = shown(SIZE, transforms)
    got = upright(numbered().crop(look.crop), look.orientation)
    assert (got.size, got.tobytes()) == (expected.size, expected.tobytes())


@pytest.mark.parametrize(
    ("aperture", "crop"),
    [
        (clap((20, 1), (10, 1)), (10, 10, 30, 20)),
        (clap((41, 2), (21, 2)), (9, 9, 30, 20)),
        (clap((21, 1), (11, 1)), (9, 9, 30, 20)),
        (clap((21, 1), (11, 1), (1, 2), (-1, 2)), (10, 9, 31, 20)),
        (clap((40, 1), (30, 1)), (0, 0, 40, 30)),
    ],
)
def test_an_aperture_with_fractions_is_rounded(aperture, crop):
    assert shown(SIZE, (aperture,)).crop == crop


@pytest.mark.parametrize(
    "aperture",
    [
        clap((0, 1), (10, 1)),
        clap((20, 0), (10, 1)),
        clap((20, 1), (10, 1), (1, 0)),
        clap((20, 1), (10, 1), (11, 1)),
        clap((20, 1), (10, 1), (0, 1), (-11, 1)),
        clap((42, 1), (10, 1)),
        clap((2**32 - 1, 1), (2**32 - 1, 1), (2**31 - 1, 2**32 - 1)),
    ],
)
def test_an_aperture_beyond_the_picture_is_ignored(aperture):
    assert shown(SIZE, (aperture,)).crop == (0, 0, *SIZE)


def encoding(*properties, has_profile=False, form="AVIF", av1c=0):
    data = heif.Heif(b"avif", b"mif1").item(1, b"av01", heif.ispe(*SIZE), heif.av1c(av1c), *properties).bytes()
    return encoding_of(read(data, form, Limits()), data, has_profile=has_profile)


def clli(nits):
    return heif.box(b"clli", struct.pack(">HH", nits, 100))


@pytest.mark.parametrize(("av1c", "full_range", "codes"), [(0x5C, 0, None), (0x5C, 0x80, (9, 16)), (0x4C, 0, (9, 16))])
def test_the_codes_of_grey_in_limited_range_are_not_passed_on(av1c, full_range, codes):
    """libheif reads it as if it were full: what is kept at ten bits would not be what the codes say."""
    found = encoding(heif.nclx(9, 16, 9, full_range), av1c=av1c)
    assert (found.hdr, found.codes) == ("PQ", codes)


def test_what_a_picture_states_of_its_peak_is_apart_from_what_is_assumed():
    stated, silent = (encoding(heif.nclx(9, 16, 9), *some) for some in ([clli(1000)], []))
    assert (stated.peak_nits, stated.max_cll) == (1000, 1000)
    assert (silent.peak_nits, silent.max_cll) == (1000, 0)


def test_colour_codes_are_read_with_their_peak():
    assert encoding() is None
    assert encoding(heif.nclx(1, 13, 6)) is None
    pq = encoding(heif.nclx(9, 16, 9))
    assert (pq.transfer, pq.peak_nits) == (PQ, 1000)
    assert encoding(heif.nclx(9, 16, 9), clli(400)).peak_nits == 400
    assert encoding(heif.nclx(9, 18, 9), clli(0)).transfer == HLG
    assert encoding(heif.nclx(12, 13, 6)).transfer == SRGB


def test_a_profile_takes_precedence_over_the_codes():
    assert encoding(heif.nclx(9, 16, 9), has_profile=True) is None


def test_a_grid_without_codes_has_those_of_its_tiles():
    file = heif.Heif(b"avif", b"mif1", primary=3)
    for tile in (1, 2):
        file.item(tile, b"av01", heif.ispe(*SIZE), heif.av1c(0), heif.nclx(12, 13, 6), hidden=True)
    data = file.grid(3, (1, 2), 2, 1, (2 * SIZE[0], SIZE[1])).bytes()
    assert encoding_of(read(data, "AVIF", Limits()), data, has_profile=False).transfer == SRGB


# Whole files.


def boxes(data, at=0, end=None):
    end = len(data) if end is None else end
    while at < end:
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, at, at + size
        at += size


def found(data, *path):
    at, end = 0, len(data)
    for kind in path:
        start, end = next((start, stop) for name, start, stop in boxes(data, at, end) if name == kind)
        at = start + (12 if kind == b"meta" else 8)
    return start, end


def avif_with(image, *properties, codes=None, **options):
    """An AVIF of this image whose only item has more properties and other colour codes."""
    data = saved(image, "AVIF", **{"quality": 95, "subsampling": "4:4:4"} | options)
    if codes is not None:
        at = data.index(b"colrnclx") + 8
        data = data[:at] + struct.pack(">HH", *codes) + data[at + 4 :]
    ipco, ipma = found(data, b"meta", b"iprp", b"ipco"), found(data, b"meta", b"iprp", b"ipma")
    first = 1 + sum(1 for _ in boxes(data, ipco[0] + 8, ipco[1]))
    links = bytearray(data[ipma[0] + 8 : ipma[1]])
    assert links[4:8] == struct.pack(">I", 1)
    links[10] += len(properties)
    links += bytes(0x80 | first + index for index in range(len(properties)))
    iprp = heif.box(
        b"iprp", heif.box(b"ipco", data[ipco[0] + 8 : ipco[1]], *properties), heif.box(b"ipma", bytes(links))
    )
    start, end = found(data, b"meta", b"iprp")
    more = len(iprp) - (end - start)
    meta, meta_end = found(data, b"meta")
    out = bytearray(data[:start] + iprp + data[end:])
    struct.pack_into(">I", out, meta, meta_end - meta + more)
    _, iloc_end = found(bytes(out), b"meta", b"iloc")
    struct.pack_into(">I", out, iloc_end - 8, struct.unpack_from(">I", out, iloc_end - 8)[0] + more)
    return bytes(out)


def clap_box(width, height, x, y):
    return heif.box(b"clap", struct.pack(">IIIIiIiI", width, 1, height, 1, x, 1, y, 1))


def rendered(data):
    made = render(data, Settings(work_bucket="w", renditions=(Rendition(name="x", width=8192, height=8192),)))
    return made.renditions[0].frames[0], made.warnings


def quarters():
    image = Image.new("RGB", (64, 48), (200, 40, 40))
    image.paste((40, 170, 60), (32, 0, 64, 24))
    image.paste((40, 70, 200), (0, 24, 32, 48))
    return image


def test_an_avif_is_cropped_and_then_rotated():
    data = avif_with(quarters(), clap_box(32, 24, 16, -12), heif.box(b"irot", b"\1"))
    image, _ = rendered(data)
    assert image.size == (24, 32)
    assert image.getpixel((12, 16)) == pytest.approx((40, 170, 60), abs=4)
    with opened(data, Limits()) as source:
        assert (source.size, source.orientation) == ((24, 32), 8)


def test_exif_does_not_rotate_an_avif():
    # Pillow writes an orientation as irot, so another tag is written, and renamed.
    other = b"II*\0\x08\0\0\0\1\0\x13\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
    data = saved(quarters(), "AVIF", exif=other)
    assert data.count(other) == 1
    data = data.replace(other, other.replace(b"\x13\1\3", b"\x12\1\3"))
    with opened(data, Limits()) as source:
        assert (source.size, source.orientation) == ((64, 48), 1)


def test_an_avif_in_pq_is_tone_mapped_with_a_warning():
    image, warnings = rendered(avif_with(Image.new("RGB", (64, 48), (148, 148, 148)), codes=(9, 16)))
    assert image.getpixel((9, 9)) == pytest.approx((187, 187, 187), abs=4)
    assert warnings == ("HDR (PQ) was tone-mapped to SDR",)


def test_an_avif_in_display_p3_becomes_srgb():
    image, warnings = rendered(avif_with(Image.new("RGB", (64, 48), (195, 78, 39)), codes=(12, 13)))
    assert image.getpixel((9, 9)) == pytest.approx((211, 67, 17), abs=4)
    assert warnings == ()


def test_colours_of_constant_luminance_are_refused_by_name():
    data = bytearray(avif_with(quarters()))
    at = data.index(b"colrnclx") + 12
    struct.pack_into(">H", data, at, 10)
    with pytest.raises(UnsupportedImage, match=r"BT\.2020 constant luminance"):
        rendered(bytes(data))
