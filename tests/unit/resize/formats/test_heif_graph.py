"""The references between the items of a HEIF file, and which are refused."""

import struct

import pytest
from kit.heif import ALPHA, Heif, auxc, hvcc, ispe

from services.resize.formats import heif_reader
from services.resize.settings import Limits
from shared.deadline import Deadline
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage


def read(heif, form="HEIC", limits=None, **more):
    data = heif if isinstance(heif, bytes) else heif.bytes()
    return heif_reader.read(data, form, limits or Limits(), **more)


def still(*properties, type_=b"hvc1"):
    return Heif().item(1, type_, ispe(64, 48), hvcc(), *properties)


def test_alpha_is_the_auxiliary_image_of_the_primary_one():
    heif = still().item(2, b"hvc1", ispe(64, 48), hvcc(chroma=0), auxc(ALPHA)).refer(b"auxl", 2, 1)
    facts = read(heif)
    assert (facts.alpha.id, facts.images) == (2, 1)


def test_several_pictures_are_counted():
    assert read(still().item(2, b"hvc1", ispe(64, 48), hvcc())).images == 2


@pytest.mark.parametrize(("type_", "named"), [(b"jpeg", "JPEG"), (b"avc1", "AVC"), (b"vvc1", "VVC"), (b"av01", "AV1")])
def test_another_codec_is_refused_by_name(type_, named):
    with pytest.raises(UnsupportedImage, match=named):
        read(Heif().item(1, type_, ispe(8, 8)))


def test_a_picture_that_is_predicted_from_another_one_is_refused_by_name():
    heif = still().item(2, b"hvc1", ispe(64, 48), hvcc()).refer(b"pred", 2, 1)
    assert read(heif).primary.id == 1
    with pytest.raises(UnsupportedImage, match="predicted from another one"):
        read(heif.refer(b"pred", 1, 2))


def test_a_thumbnail_may_have_another_codec():
    assert read(still().item(2, b"jpeg", ispe(8, 8)).refer(b"thmb", 2, 1)).primary.id == 1


def test_an_auxiliary_image_of_an_identity_is_refused():
    heif = Heif().item(1, b"iden", ispe(8, 8)).item(2, b"hvc1", ispe(8, 8), hvcc(), hidden=True).refer(b"dimg", 1, 2)
    assert read(heif).coded.id == 2
    heif.item(3, b"hvc1", ispe(8, 8), hvcc(), auxc(ALPHA)).refer(b"auxl", 3, 1)
    with pytest.raises(UnsupportedImage, match="auxiliary image of a derived one"):
        read(heif)


def test_a_chain_of_identities_is_refused():
    heif = Heif().item(1, b"iden").refer(b"dimg", 1, 2).item(2, b"iden").refer(b"dimg", 2, 3)
    with pytest.raises(UnsupportedImage, match="chain"):
        read(heif.item(3, b"hvc1", ispe(8, 8), hvcc()))


@pytest.mark.parametrize(
    "references",
    [
        [(b"dimg", 1, 1)],
        [(b"dimg", 1, 2), (b"dimg", 2, 1)],
        [(b"dimg", 1, 2), (b"dimg", 2, 3), (b"dimg", 3, 1)],
        # An auxiliary image is decoded with its master: one that is derived from it would never end.
        [(b"auxl", 2, 1), (b"dimg", 2, 1)],
        [(b"auxl", 2, 1), (b"auxl", 1, 2)],
    ],
)
def test_images_that_need_themselves_are_refused(references):
    heif = Heif()
    for id_ in (1, 2, 3):
        heif.item(id_, b"hvc1", ispe(8, 8), hvcc())
    for reference in references:
        heif.refer(*reference)
    with pytest.raises(UnsupportedImage, match="derived from itself"):
        read(heif)


def test_a_long_derivation_is_refused_without_recursion():
    heif = Heif()
    for id_ in range(1, 3000):
        heif.item(id_, b"hvc1", place=(0, 0, 1)).refer(b"dimg", id_, id_ + 1)
    with pytest.raises(UnsupportedImage, match="4 deep"):
        read(heif.item(3000, b"hvc1", ispe(8, 8), hvcc()))


def test_an_image_of_very_many_others_is_visited_once():
    heif = still()
    for id_ in range(2, 10):
        heif.item(id_, b"tmap", data=b"x").refer(b"dimg", id_, *range(2_000, 4_000))
    looks = 0

    def clock():
        nonlocal looks
        looks += 1
        return 0.0

    read(heif, deadline=Deadline(1, clock))
    assert looks < 3 * 16_000


def test_a_grid_must_have_all_its_tiles():
    heif = Heif().item(2, b"hvc1", ispe(64, 64), hvcc(), hidden=True)
    with pytest.raises(UnreadableImage, match="grid of 2 x 1 has 1 tiles"):
        read(heif.grid(1, (2,), 2, 1, (128, 64)))


def test_the_size_in_a_grid_s_data_is_held_to_the_limits():
    heif = Heif().item(2, b"hvc1", ispe(64, 64), hvcc(), hidden=True)
    heif.item(1, b"grid", ispe(64, 64), data=struct.pack(">BBBBII", 0, 1, 0, 0, 100_000, 64)).refer(b"dimg", 1, 2)
    with pytest.raises(ImageTooLarge, match="100000"):
        read(heif)


def test_sizes_of_picture_tiles_and_alpha_are_held_to_the_limits():
    limits = Limits(pixels=10_000)
    alpha = still().item(2, b"hvc1", ispe(200, 200), hvcc(), auxc(ALPHA)).refer(b"auxl", 2, 1)
    tile = Heif().item(2, b"hvc1", ispe(200, 200), hvcc()).grid(1, (2,), 1, 1, (64, 64))
    for heif in (Heif().item(1, b"hvc1", ispe(200, 200), hvcc()), alpha, tile):
        with pytest.raises(ImageTooLarge, match=r"limits\.pixels"):
            read(heif, limits=limits)


def test_tiles_outside_their_picture_are_counted():
    heif = Heif().item(2, b"hvc1", ispe(100, 100), hvcc(), hidden=True)
    heif.item(1, b"grid", ispe(64, 64), data=struct.pack(">BBBBHH", 0, 0, 2, 0, 64, 64)).refer(b"dimg", 1, 2, 2, 2)
    with pytest.raises(ImageTooLarge, match="30,000 pixels in its tiles"):
        read(heif, limits=Limits(pixels=10_000))
