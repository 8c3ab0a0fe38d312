"""The tracks of an AVIF or HEIC sequence, and their bounds."""

import struct

import pytest
from kit.heif import Heif, box, full, hvcc, ispe

from services.resize.formats import heif_reader
from services.resize.settings import Limits
from shared.errors import ImageTooLarge, UnreadableImage, UnsupportedImage


def read(heif, form="HEIC", limits=None, **more):
    data = heif if isinstance(heif, bytes) else heif.bytes()
    return heif_reader.read(data, form, limits or Limits(), **more)


def still(*properties, type_=b"hvc1"):
    return Heif().item(1, type_, ispe(64, 48), hvcc(), *properties)


def test_a_track_has_its_number_of_pictures_and_plays():
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


def test_a_heic_with_only_tracks_is_refused_by_name():
    alone = Heif(b"msf1", b"hevc", primary=None).track(b"hvc1", 8)
    with pytest.raises(UnsupportedImage, match="a sequence of 8 pictures without a still, which is not supported"):
        read(alone)
    assert read(still().track(b"hvc1", 8)).sequence.samples == 8


def test_a_track_without_an_edit_list_has_no_number_of_plays():
    assert read(Heif(b"avis", primary=None).track(b"av01", 2), "AVIF").sequence.plays is None


def test_an_empty_edit_list_repeats_nothing():
    elst = full(b"elst", struct.pack(">I", 0))
    assert read(Heif(b"avis", primary=None).track(b"av01", 2, elst=elst), "AVIF").sequence.plays == 1


def test_a_track_of_alpha_is_not_the_picture():
    alpha = box(b"tref", box(b"auxl", struct.pack(">I", 1)))
    heif = Heif(b"avis", primary=None).track(b"av01", 9, handler=b"auxv", references=alpha).track(b"av01", 2)
    sequence = read(heif, "AVIF").sequence
    assert (sequence.samples, sequence.alpha) == (2, True)


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
