"""The contents of the properties of a HEIF or AVIF item."""

import struct

import pytest
from kit.heif import Heif, av1c, box, full, hvcc, ispe, nclx

from services.resize.formats import heif_reader
from services.resize.formats.heif_facts import Clap, Imir, Irot, Nclx
from services.resize.settings import Limits

AVIF = (b"avif", b"mif1", b"miaf")


def read(heif, form="HEIC", limits=None, **more):
    data = heif if isinstance(heif, bytes) else heif.bytes()
    return heif_reader.read(data, form, limits or Limits(), **more)


def still(*properties, type_=b"hvc1"):
    return Heif().item(1, type_, ispe(64, 48), hvcc(), *properties)


def test_transforms_keep_the_order_in_which_they_are_applied():
    clap = box(b"clap", struct.pack(">IIIIiIiI", 60, 1, 40, 1, -2, 2, 3, 1))
    facts = read(still(clap, box(b"irot", b"\x01"), box(b"imir", b"\x01")))
    assert facts.primary.transforms == (
        Clap(width=(60, 1), height=(40, 1), horizontal_offset=(-2, 2), vertical_offset=(3, 1)),
        Irot(turns=1),
        Imir(axis=1),
    )


@pytest.mark.parametrize(
    ("configuration", "bits", "chroma"),
    [
        (hvcc(bits=10, chroma=0), 10, "400"),
        (hvcc(bits=12, chroma=3), 12, "444"),
        (hvcc(bits=8, chroma=2), 8, "422"),
    ],
)
def test_bits_and_chroma_of_hevc(configuration, bits, chroma):
    primary = read(Heif().item(1, b"hvc1", ispe(8, 8), configuration)).primary
    assert (primary.bits, primary.chroma, primary.monochrome) == (bits, chroma, chroma == "400")


@pytest.mark.parametrize(
    ("flags", "bits", "chroma"),
    [(0x0C, 8, "420"), (0x4C, 10, "420"), (0x60, 12, "444"), (0x48, 10, "422"), (0x1C, 8, "400")],
)
def test_bits_and_chroma_of_av1(flags, bits, chroma):
    primary = read(Heif(*AVIF).item(1, b"av01", ispe(8, 8), av1c(flags)), "AVIF").primary
    assert (primary.bits, primary.chroma) == (bits, chroma)


def test_bits_of_pixi_count_where_a_codec_states_none():
    pixi = full(b"pixi", b"\x03\x0a\x0a\x0a")
    assert read(Heif().item(1, b"hvc1", pixi, hvcc(bits=8))).primary.bits == 8
    assert read(Heif().item(1, b"hvc1", pixi)).primary.bits == 10


def test_colour_codes_and_profile_are_read():
    facts = read(still(nclx(9, 16, 9), box(b"colr", b"prof", b"profile")))
    assert facts.primary.nclx == Nclx(primaries=9, transfer=16, matrix=9, full_range=True)
    assert facts.primary.icc_profile == b"profile"
