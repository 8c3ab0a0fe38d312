"""The items of a HEIF file, and which are refused."""

import struct

import pytest
from kit.heif import Heif, box, full, hvcc, ispe

from services.resize.formats import heif_reader
from services.resize.formats.heif_boxes import MAX_BOXES
from services.resize.formats.heif_items import MAX_ITEMS, MAX_PROPERTIES, MAX_REFERENCES
from services.resize.settings import Limits
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage


def read(heif, form="HEIC", limits=None, **more):
    data = heif if isinstance(heif, bytes) else heif.bytes()
    return heif_reader.read(data, form, limits or Limits(), **more)


def still(*properties, type_=b"hvc1"):
    return Heif().item(1, type_, ispe(64, 48), hvcc(), *properties)


@pytest.mark.parametrize(
    ("type_", "named"), [(b"iovl", "overlay"), (b"tili", "tiles"), (b"unci", "uncompressed"), (b"mski", "mask")]
)
def test_what_no_camera_writes_is_refused_by_name_wherever_it_is(type_, named):
    with pytest.raises(UnsupportedImage, match=named):
        read(still().item(2, type_, ispe(8, 8)))


def test_an_item_within_another_item_is_refused():
    with pytest.raises(UnsupportedImage, match="items within items"):
        read(still().item(2, b"Exif", place=(2, 0, 1)))


def test_items_that_overlap_are_bounded():
    heif = still()
    for id_ in range(2, 12):
        heif.item(id_, b"Exif", place=(0, 0, 0))  # a length of zero: to the end
    with pytest.raises(ImageTooLarge, match="8 times its bytes"):
        read(heif)


@pytest.mark.parametrize(
    ("bound", "more"),
    [
        (MAX_BOXES, lambda heif: setattr(heif, "extra", box(b"free") * 20_001)),
        (MAX_ITEMS, lambda heif: [heif.item(each, b"Exif") for each in range(2, 4_099)]),
        (MAX_PROPERTIES, lambda heif: heif.properties.extend([box(b"free")] * 4_097)),
        (MAX_REFERENCES, lambda heif: heif.refer(b"cdsc", 1, *range(16_385))),
    ],
)
def test_everything_that_can_be_many_is_bounded(bound, more):
    heif = still()
    more(heif)
    with pytest.raises(ImageTooLarge, match=f"more than {bound:,} "):
        read(heif)


@pytest.mark.parametrize("again", ["infos", "places", "associations"])
def test_an_item_is_not_described_twice(again):
    heif = still()
    getattr(heif, again).append(getattr(heif, again)[0])
    with pytest.raises(UnreadableImage, match=r"twice|two items"):
        read(heif)


@pytest.mark.parametrize(
    ("type_", "names", "words"),
    [
        (b"\xff\xfec5", b"\0", "the type of item 9 is not text"),
        (b"ab\0c", b"\0", "the type of item 9 is not text"),
        (b"mime", b"name\0caf\xe9\0", "the content type of item 9 is not text"),
        (b"mime", b"\0caf\xe9", "the content type of item 9 is not text"),
    ],
)
def test_names_that_are_not_text_are_damaged(type_, names, words):
    heif = still()
    heif.infos.append(full(b"infe", struct.pack(">HH4s", 9, 0, type_), names, version=2))
    with pytest.raises(UnreadableImage, match=words):
        read(heif)


def test_names_are_bounded_and_a_content_type_may_be_any_text():
    heif = still()
    heif.infos.append(full(b"infe", struct.pack(">HH4s", 9, 0, b"mime"), "n\0té/xt\0".encode(), version=2))
    assert read(heif).items[9].content_type == "té/xt"
    heif.infos.append(full(b"infe", struct.pack(">HH4s", 10, 0, b"mime"), b"n" * 4_096, version=2))
    with pytest.raises(ImageTooLarge, match="4,096 bytes of names"):
        read(heif)
