"""What the boxes of a HEIF or AVIF file say, and what is refused before a decoder sees them."""

import struct

import pytest
from heif import ALPHA, DEPTH, Heif, auxc, av1c, box, ftyp, full, hvcc, ispe, nclx

from services.resize.deadline import Deadline
from services.resize.formats import heif_boxes
from services.resize.formats.heif_boxes import Clap, Imir, Irot, Nclx
from services.resize.settings import Limits
from shared.errors import ImageTooLarge, ImageTooSlow, UnreadableImage, UnsupportedImage

AVIF = (b"avif", b"mif1", b"miaf")


def read(heif, form="HEIC", limits=None, **more):
    data = heif if isinstance(heif, bytes) else heif.bytes()
    return heif_boxes.read(data, form, limits or Limits(), **more)


def still(*properties, type_=b"hvc1"):
    return Heif().item(1, type_, ispe(64, 48), hvcc(), *properties)


def telephone():
    """As telephones have it: a grid of hidden tiles, thumbnail, depth map, EXIF, XMP."""
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


def test_a_telephone_s_file_is_one_picture_with_size_and_turn():
    facts = read(telephone())
    assert (facts.primary.type, facts.primary.size, facts.primary.transforms) == ("grid", (1000, 900), (Irot(turns=3),))
    assert (facts.coded.type, facts.coded.bits, facts.coded.chroma) == ("hvc1", 8, "420")
    assert (facts.images, facts.alpha, facts.sequence) == (1, None, None)
    assert facts.exif == b"\0\0\0\0MM\0*\0\0\0\x08\0\0"
    assert facts.brands[0] == "heic"
    assert facts.items[9].content_type == "application/rdf+xml"


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


def test_bits_of_pixi_count_where_a_codec_says_none():
    pixi = full(b"pixi", b"\x03\x0a\x0a\x0a")
    assert read(Heif().item(1, b"hvc1", pixi, hvcc(bits=8))).primary.bits == 8
    assert read(Heif().item(1, b"hvc1", pixi)).primary.bits == 10


def test_colour_codes_and_profile_are_read():
    facts = read(still(nclx(9, 16, 9), box(b"colr", b"prof", b"profile")))
    assert facts.primary.nclx == Nclx(primaries=9, transfer=16, matrix=9, full_range=True)
    assert facts.primary.icc_profile == b"profile"


def test_alpha_is_the_auxiliary_image_of_the_primary_one():
    heif = still().item(2, b"hvc1", ispe(64, 48), hvcc(chroma=0), auxc(ALPHA)).refer(b"auxl", 2, 1)
    facts = read(heif)
    assert (facts.alpha.id, facts.images) == (2, 1)


def test_several_pictures_are_counted():
    assert read(still().item(2, b"hvc1", ispe(64, 48), hvcc())).images == 2


def test_a_track_says_its_pictures_and_its_plays():
    forever = full(b"elst", struct.pack(">IIII", 1, 90, 0, 1 << 16), flags=1)
    heif = Heif(b"avis", b"avif", primary=None).track(b"av01", 12, elst=forever, ticks=0xFFFFFFFF)
    sequence = read(heif, "AVIF").sequence
    assert (sequence.codec, sequence.size, sequence.samples) == ("av01", (64, 48), 12)
    assert (sequence.timescale, sequence.duration_ticks, sequence.plays) == (30, 90, 0)


@pytest.mark.parametrize(
    ("flags", "ticks", "plays"), [(1, 270, 3), (1, 271, 4), (1, 90, 1), (0, 90, 1), (1, 0xFFFFFFFF, 0)]
)
def test_plays_of_an_edit_list(flags, ticks, plays):
    elst = full(b"elst", struct.pack(">IIII", 1, 90, 0, 1 << 16), flags=flags)
    heif = Heif(b"avis", primary=None).track(b"av01", 2, elst=elst, ticks=ticks)
    assert read(heif, "AVIF").sequence.plays == plays


def test_a_heic_of_tracks_alone_is_refused_by_name():
    alone = Heif(b"msf1", b"hevc", primary=None).track(b"hvc1", 8)
    with pytest.raises(UnsupportedImage, match="a sequence of 8 pictures without a still, which is not read"):
        read(alone)
    assert read(still().track(b"hvc1", 8)).sequence.samples == 8


def test_a_track_without_an_edit_list_does_not_say_its_plays():
    assert read(Heif(b"avis", primary=None).track(b"av01", 2), "AVIF").sequence.plays is None


def test_an_empty_edit_list_repeats_nothing():
    elst = full(b"elst", struct.pack(">I", 0))
    assert read(Heif(b"avis", primary=None).track(b"av01", 2, elst=elst), "AVIF").sequence.plays == 1


def test_a_track_of_alpha_is_not_the_picture():
    alpha = box(b"tref", box(b"auxl", struct.pack(">I", 1)))
    heif = Heif(b"avis", primary=None).track(b"av01", 9, handler=b"auxv", references=alpha).track(b"av01", 2)
    sequence = read(heif, "AVIF").sequence
    assert (sequence.samples, sequence.alpha) == (2, True)


@pytest.mark.parametrize(
    ("type_", "named"), [(b"iovl", "overlay"), (b"tili", "tiles"), (b"unci", "uncompressed"), (b"mski", "mask")]
)
def test_what_no_camera_writes_is_refused_by_name_wherever_it_is(type_, named):
    with pytest.raises(UnsupportedImage, match=named):
        read(still().item(2, type_, ispe(8, 8)))


@pytest.mark.parametrize(("type_", "named"), [(b"jpeg", "JPEG"), (b"avc1", "AVC"), (b"vvc1", "VVC"), (b"av01", "AV1")])
def test_another_codec_is_refused_by_name(type_, named):
    with pytest.raises(UnsupportedImage, match=named):
        read(Heif().item(1, type_, ispe(8, 8)))


def test_an_item_within_another_item_is_refused():
    with pytest.raises(UnsupportedImage, match="items within items"):
        read(still().item(2, b"Exif", place=(2, 0, 1)))


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


def test_an_image_of_very_many_others_is_looked_at_once():
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


def test_the_size_of_a_grid_that_its_data_say_is_held_to_the_limits():
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


def test_tiles_that_lie_outside_of_their_picture_are_counted():
    heif = Heif().item(2, b"hvc1", ispe(100, 100), hvcc(), hidden=True)
    heif.item(1, b"grid", ispe(64, 64), data=struct.pack(">BBBBHH", 0, 0, 2, 0, 64, 64)).refer(b"dimg", 1, 2, 2, 2)
    with pytest.raises(ImageTooLarge, match="30,000 pixels in its tiles"):
        read(heif, limits=Limits(pixels=10_000))


def test_items_that_overlap_are_bounded():
    heif = still()
    for id_ in range(2, 12):
        heif.item(id_, b"Exif", place=(0, 0, 0))  # a length of zero: to the end
    with pytest.raises(ImageTooLarge, match="8 times its bytes"):
        read(heif)


@pytest.mark.parametrize(
    ("bound", "more"),
    [
        ("MAX_BOXES", lambda heif: setattr(heif, "extra", box(b"free") * 20_001)),
        ("MAX_ITEMS", lambda heif: [heif.item(each, b"Exif") for each in range(2, 4_099)]),
        ("MAX_PROPERTIES", lambda heif: heif.properties.extend([box(b"free")] * 4_097)),
        ("MAX_REFERENCES", lambda heif: heif.refer(b"cdsc", 1, *range(16_385))),
    ],
)
def test_there_is_a_bound_of_everything_that_can_be_many(bound, more):
    heif = still()
    more(heif)
    with pytest.raises(ImageTooLarge, match=f"more than {getattr(heif_boxes, bound):,} "):
        read(heif)


def test_tracks_and_their_pictures_are_bounded():
    heif = Heif(b"avis", primary=None)
    for _ in range(17):
        heif.track(b"av01", 1)
    with pytest.raises(ImageTooLarge, match="16 tracks"):
        read(heif, "AVIF")
    with pytest.raises(ImageTooLarge, match="100,000 pictures"):
        read(Heif(b"avis", primary=None).track(b"av01", 100_001), "AVIF")


def test_a_track_with_more_pictures_than_sizes_is_damaged():
    with pytest.raises(UnreadableImage, match="stsz"):
        read(Heif(b"avis", primary=None).track(b"av01", 50_000, sizes=1), "AVIF")


def test_boxes_that_are_nested_deep_are_refused():
    nested = b""
    for _ in range(20):
        nested = box(b"minf", nested)
    with pytest.raises(ImageTooLarge, match="nested"):
        read(ftyp(b"avis") + box(b"moov", box(b"trak", nested)), "AVIF")


@pytest.mark.parametrize("twice", [b"pitm", b"iinf", b"iloc", b"iprp"])
def test_a_box_that_may_be_there_once_is_not_there_twice(twice):
    heif = still()
    heif.extra = full(twice, bytes(8))
    with pytest.raises(UnreadableImage, match=f"two {twice.decode()} boxes"):
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


def test_what_follows_the_last_box_is_nobody_s():
    assert read(still().bytes() + b"\0\0\0\0\0\0\0\x03SEFT\xff\xff\xff\xff").primary.size == (64, 48)
    assert read(still().bytes() + b"\0\0\0\x04SEFT").primary.size == (64, 48)


def test_a_file_that_is_cut_within_its_pixels_is_left_to_the_decoder():
    assert read(still().bytes()[:-30]).primary.size == (64, 48)


def test_the_low_overhead_form_is_refused_by_name():
    with pytest.raises(UnsupportedImage, match="low-overhead"):
        read(ftyp(b"mif3", b"avif") + box(b"mini", bytes(20)), "AVIF")


def test_a_cut_or_a_changed_byte_anywhere_gives_an_error_of_ours_or_none():
    data = telephone().bytes()
    end = data.index(b"mdat")
    for cut in range(0, end, 7):
        _try(data[:cut])
    for at in range(0, end, 3):
        _try(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])


def _try(data):
    try:
        read(data)
    except (UnreadableImage, UnsupportedImage, ImageTooLarge) as error:
        assert str(error).startswith("the HEIC") or "px" in str(error)  # noqa: PT017 - most of them raise nothing


def test_the_deadline_is_checked():
    times = iter(range(1_000_000))
    with pytest.raises(ImageTooSlow):
        read(telephone(), deadline=Deadline(20, lambda: next(times)))
