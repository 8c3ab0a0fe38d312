"""The header of a JPEG XL: what is read of it agrees with its decoder, and damage is refused."""

import struct

import pytest
from kit.jxl import Bits, in_container, sized
from pillow_jxl import Encoder

from services.resize.formats.jxl_header import header
from shared.errors import UnreadableImage


def encoded(mode, size, **options):
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}[mode]
    return Encoder(mode=mode, num_threads=0, **options)(bytes(channels * size[0] * size[1]), *size, jpeg_encode=False)


@pytest.mark.parametrize(
    "size", [(1, 1), (8, 8), (256, 256), (300, 200), (1600, 900), (640, 480), (33, 4000), (7, 513)]
)
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_size_and_channels_are_as_the_encoder_wrote_them(size, mode):
    facts = header(encoded(mode, size))
    assert (facts.size, facts.animated, facts.bits) == (size, False, 8)
    assert facts.extra_channels == (1 if "A" in mode else 0)
    assert (facts.black, facts.premultiplied) == (False, False)


def test_a_file_is_read_as_its_codestream_is():
    bare = encoded("RGB", (300, 200))
    half = len(bare) // 2
    parts = in_container((b"Exif", b"x"), (b"jxlp", b"\0\0\0\0" + bare[:9]), (b"jxlp", b"\x80\0\0\1" + bare[9:]))
    assert header(in_container((b"jxlc", bare))) == header(bare) == header(parts)
    endless = in_container()[:32] + struct.pack(">I4s", 0, b"jxlc") + bare
    large = in_container() + struct.pack(">I4sQ", 1, b"jxlc", 16 + half) + bare[:half]
    assert header(endless).size == header(large).size == (300, 200)


def metadata(*, orientation=1, animated=False, preview=False, intrinsic=False):
    """A header with all that comes before the depth."""
    bits = sized(300, 200).put(0).put(1).put(orientation - 1, 3)
    bits.put(intrinsic)
    if intrinsic:
        bits.put(1).put(3, 5).put(1, 3)
    bits.put(preview)
    if preview:
        bits.put(0).choice(1, 7, 8).put(0, 3).choice(2, 9, 10)
    bits.put(animated)
    if animated:
        bits.choice(0).choice(2, 5, 8).choice(1, 3, 3).put(0)
    return bits


def rest(bits, *, channels=(), colours=True):
    """Eight bits a sample, some extra channels as (bits of kind, …), XYB, and colours of sRGB."""
    bits.put(0).choice(0).put(1)
    bits.choice(0) if not channels else bits.choice(2, len(channels) - 2, 4) if len(channels) > 1 else bits.choice(1)
    for write in channels:
        write(bits)
    bits.put(1)
    return bits.put(1).done() if colours else bits


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("intrinsic", [False, True])
@pytest.mark.parametrize("animated", [False, True])
def test_what_comes_before_the_channels_is_passed_over(preview, intrinsic, animated):
    bits = metadata(orientation=6, animated=animated, preview=preview, intrinsic=intrinsic)
    facts = header(rest(bits, channels=[lambda bits: bits.put(1)]))
    assert (facts.size, facts.animated, facts.extra_channels) == ((300, 200), animated, 1)


def channel(kind, *, name=b"", tail=lambda bits: bits):
    def write(bits):
        bits.put(0)
        bits.enum(kind).put(0).choice(0).choice(0)
        bits.choice(1, len(name), 4).put(int.from_bytes(name, "little"), 8 * len(name))
        tail(bits)

    return write


premultiplied = channel(0, name=b"alpha", tail=lambda bits: bits.put(1))


def test_alpha_black_and_other_channels_are_distinguished():
    spot = channel(2, tail=lambda bits: bits.put(0, 64))
    pattern = channel(5, tail=lambda bits: bits.choice(0))
    assert header(rest(metadata(), channels=[spot, pattern, premultiplied])).premultiplied
    facts = header(rest(metadata(), channels=[channel(4), spot]))
    assert (facts.black, facts.premultiplied, facts.extra_channels) == (True, False, 2)


def coloured(*, space=0, white=1, primaries=1, transfer=13, gamma=False, profile=False):
    bits = rest(metadata(), colours=False).put(0).put(profile)
    bits.enum(space)
    if not profile:
        bits.enum(white)
        if white == 2:
            bits.choice(0, 5, 19).choice(1, 6, 19)
        if space == 0:
            bits.enum(primaries)
            if primaries == 2:
                for _ in range(6):
                    bits.choice(3, 7, 21)
        bits.put(gamma)
        bits.put(4_545_455, 24) if gamma else bits.enum(transfer)
    return header(bits.done())


@pytest.mark.parametrize(
    ("colours", "expected"),
    [
        ({}, (1, 13, True)),
        ({"space": 1}, (1, 13, True)),
        ({"primaries": 9, "transfer": 16}, (9, 16, False)),
        ({"primaries": 11, "transfer": 18}, (11, 18, False)),
        ({"space": 1, "transfer": 16}, (1, 16, False)),
        ({"primaries": 2, "transfer": 13}, (None, 13, False)),
        ({"white": 2, "transfer": 16}, (None, 16, False)),
        ({"gamma": True}, (None, None, False)),
        ({"profile": True}, (None, None, False)),
        ({"space": 2}, (None, None, False)),
    ],
)
def test_colours_are_those_of_the_header_s_codes(colours, expected):
    facts = coloured(**colours)
    assert (facts.primaries, facts.transfer, facts.srgb) == expected


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\x0a", "its header is cut off"),
        (sized(3000, 2000).done()[:7], "its header is cut off"),
        (in_container((b"Exif", b"x")), "it has no whole codestream"),
        (in_container((b"jxlc", sized(30, 20).done()))[:-1], "it has no whole codestream"),
        (in_container((b"jxlc", b"\xff\xd8\xff\xe0")), "does not begin with its signature"),
        (in_container() + struct.pack(">I4s", 3, b"jxlc"), "it has no whole codestream"),
    ],
)
def test_damage_is_refused(data, why):
    with pytest.raises(UnreadableImage, match=why):
        header(data)


def test_every_prefix_of_a_header_is_cut_off_or_read():
    whole = rest(metadata(animated=True, preview=True, intrinsic=True), channels=[premultiplied])
    assert Bits().done() == b"\xff\x0a"
    for end in range(2, len(whole)):
        with pytest.raises(UnreadableImage, match="cut off"):
            header(whole[:end])
    assert header(whole).animated
