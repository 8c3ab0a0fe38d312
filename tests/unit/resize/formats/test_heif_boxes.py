"""The boxes of a HEIF file, and the bounds of a walk over them."""

import pytest
from kit.heif import Heif, box, ftyp, full, hvcc, ispe

from services.resize.formats import heif_reader
from services.resize.settings import Limits
from shared.errors import ImageTooLarge, UnreadableImage


def read(heif, form="HEIC", limits=None, **more):
    data = heif if isinstance(heif, bytes) else heif.bytes()
    return heif_reader.read(data, form, limits or Limits(), **more)


def still(*properties, type_=b"hvc1"):
    return Heif().item(1, type_, ispe(64, 48), hvcc(), *properties)


def test_boxes_that_are_nested_deep_are_refused():
    nested = b""
    for _ in range(20):
        nested = box(b"minf", nested)
    with pytest.raises(ImageTooLarge, match="nested"):
        read(ftyp(b"avis") + box(b"moov", box(b"trak", nested)), "AVIF")


@pytest.mark.parametrize("twice", [b"pitm", b"iinf", b"iloc", b"iprp"])
def test_a_box_that_may_occur_once_is_refused_twice(twice):
    heif = still()
    heif.extra = full(twice, bytes(8))
    with pytest.raises(UnreadableImage, match=f"two {twice.decode()} boxes"):
        read(heif)


def test_bytes_after_the_last_box_are_ignored():
    assert read(still().bytes() + b"\0\0\0\0\0\0\0\x03SEFT\xff\xff\xff\xff").primary.size == (64, 48)
    assert read(still().bytes() + b"\0\0\0\x04SEFT").primary.size == (64, 48)


def test_a_file_truncated_within_its_pixels_is_left_to_the_decoder():
    assert read(still().bytes()[:-30]).primary.size == (64, 48)
