"""The blocks of metadata of each container, as programs write them."""

import random
import struct
import zlib

import pytest
from kit.metadata_files import FORMS, FULL_IIM, LIGHTROOM, everything, jumbf, photoshop, segment, with_blocks
from kit.pictures import gradient, saved

from services.resize.metadata.blocks import Blocks, blocks_of

WITH_IIM = ("JPEG", "PNG", "TIFF")


@pytest.mark.parametrize("form", FORMS)
def test_every_container_s_blocks_are_found(form):
    found = blocks_of(everything(form))
    assert found.xmp.strip() == LIGHTROOM
    assert found.iim == (FULL_IIM if form in WITH_IIM else b"")
    assert bool(found.iim_digest) == (form in WITH_IIM)
    assert jumbf() in found.c2pa


@pytest.mark.parametrize("form", [*FORMS, "BMP"])
def test_a_file_without_metadata_has_none(form):
    assert blocks_of(saved(gradient(), form)) == Blocks()


def test_iim_may_be_in_a_tag_of_its_own_and_in_several_segments():
    data = saved(gradient(), "JPEG")
    resources = photoshop()
    parts = (segment(0xED, b"Photoshop 3.0\0" + part) for part in (resources[:40], resources[40:]))
    assert blocks_of(data[:2] + b"".join(parts) + data[2:]).iim == FULL_IIM
    tiff = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<HHHII4x", 1, 33723, 7, len(FULL_IIM), 26) + FULL_IIM
    assert blocks_of(tiff).iim == FULL_IIM


@pytest.mark.parametrize("name", ["iptc", "8bim", "xmp"])
def test_texts_of_imagemagick_are_read(name):
    body = LIGHTROOM if name == "xmp" else photoshop()
    text = f"\n{name}\n{len(body):8}\n{body.hex()}\n".encode()
    chunk = b"Raw profile type " + name.encode() + b"\0\0" + zlib.compress(text)
    data = with_chunk(b"zTXt", chunk)
    found = blocks_of(data)
    assert (found.xmp, found.iim) == ((LIGHTROOM, b"") if name == "xmp" else (b"", FULL_IIM))


def test_compressed_xmp_of_a_png_is_read_up_to_a_bound():
    head = b"XML:com.adobe.xmp\0\1\0\0\0"
    assert blocks_of(with_chunk(b"iTXt", head + zlib.compress(LIGHTROOM))).xmp == LIGHTROOM
    bomb = blocks_of(with_chunk(b"iTXt", head + zlib.compress(bytes(200_000_000)))).xmp
    assert len(bomb) <= 2 * 1024**2
    assert blocks_of(with_chunk(b"iTXt", head + b"not deflate")).xmp == b""


def test_other_jumbf_is_not_c2pa():
    other = jumbf().replace(b"c2pa", b"abcd")
    assert blocks_of(with_blocks("JPEG", c2pa=other)).c2pa == b""


def test_parts_of_c2pa_are_joined_without_their_repeated_heads():
    data, whole = saved(gradient(), "JPEG"), jumbf() + b"x" * 100
    parts = (
        segment(0xEB, b"JP\0\1" + struct.pack(">I", number) + whole[:8] + part)
        for number, part in enumerate((whole[8:50], whole[50:]), 1)
    )
    assert blocks_of(data[:2] + b"".join(parts) + data[2:]).c2pa == whole


@pytest.mark.parametrize("form", FORMS)
def test_damage_costs_nothing_but_the_metadata(form):
    data = everything(form)
    randomly = random.Random(form)  # noqa: S311 - the same damage in every run
    for _ in range(150):
        damaged = bytearray(data[: randomly.choice((len(data), randomly.randrange(len(data))))])
        for _ in range(randomly.randrange(1, 20)):
            damaged[randomly.randrange(len(damaged))] = randomly.choice((0, 255, randomly.randrange(256)))
        found = blocks_of(bytes(damaged))
        assert len(found.xmp) + len(found.iim) + len(found.c2pa) <= 4 * len(data)


def with_chunk(name, body):
    data = saved(gradient(), "PNG")
    return (
        data[:33] + struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) + data[33:]
    )
