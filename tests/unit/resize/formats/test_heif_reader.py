"""The contents of a HEIF or AVIF file, and errors for all damage."""

import pytest
from kit.heif import DEPTH, Heif, auxc, box, ftyp, hvcc, ispe

from services.resize.formats import heif_reader
from services.resize.formats.heif_facts import Irot
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import ImageTooLarge, ImageTooSlow, UnreadableImage, UnsupportedImage


def read(heif, form="HEIC", limits=None, **more):
    data = heif if isinstance(heif, bytes) else heif.bytes()
    return heif_reader.read(data, form, limits or Limits(), **more)


def phone():
    """A phone's file: a grid of hidden tiles, thumbnail, depth map, EXIF, XMP."""
    heif = Heif()
    for tile in (2, 3, 4, 5):
        heif.item(tile, b"hvc1", ispe(512, 512), hvcc(), hidden=True)
    return (
        heif.grid(1, (2, 3, 4, 5), 2, 2, (1000, 900), box(b"irot", b"\x03"))
        .item(6, b"hvc1", ispe(320, 240), hvcc())
        .refer(b"thmb", 6, 1)
        .item(7, b"hvc1", ispe(500, 450), hvcc(chroma=0), auxc(DEPTH), hidden=True)
        .refer(b"auxl", 7, 1)
        .item(8, b"Exif", data=b"\0\0\0\0MM\0*\0\0\0\x08\0\0")
        .refer(b"cdsc", 8, 1)
        .item(9, b"mime", data=b"<x/>")
        .refer(b"cdsc", 9, 1)
    )


def test_a_phone_s_file_is_one_picture_with_size_and_rotation():
    facts = read(phone())
    assert (facts.primary.type, facts.primary.size, facts.primary.transforms) == ("grid", (1000, 900), (Irot(turns=3),))
    assert (facts.coded.type, facts.coded.bits, facts.coded.chroma) == ("hvc1", 8, "420")
    assert (facts.images, facts.alpha, facts.sequence) == (1, None, None)
    assert facts.exif == b"\0\0\0\0MM\0*\0\0\0\x08\0\0"
    assert facts.brands[0] == "heic"
    assert facts.items[9].content_type == "application/rdf+xml"


def test_the_low_overhead_form_is_refused_by_name():
    with pytest.raises(UnsupportedImage, match="low-overhead"):
        read(ftyp(b"mif3", b"avif") + box(b"mini", bytes(20)), "AVIF")


def test_truncation_or_a_changed_byte_anywhere_gives_a_known_error_or_none():
    data = phone().bytes()
    end = data.index(b"mdat")
    for cut in range(0, end, 7):
        _try(data[:cut])
    for at in range(0, end, 3):
        _try(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])


def test_the_deadline_is_checked():
    times = iter(range(1_000_000))
    with pytest.raises(ImageTooSlow):
        read(phone(), deadline=Deadline(20, lambda: next(times)))


def _try(data):
    try:
        read(data)
    except (UnreadableImage, UnsupportedImage, ImageTooLarge) as error:
        assert str(error).startswith("the HEIC") or "px" in str(error)  # noqa: PT017 - most of them raise nothing
