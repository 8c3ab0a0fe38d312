"""Whether a file is HEIC or AVIF, and the major brand that its decoder sees."""

import pytest
from kit.heif import Heif, av1c, box, ftyp, hvcc, ispe
from kit.pictures import gradient, saved

from services.resize.formats.heif_brands import brands_of, form_of, with_major_brand
from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.errors import UnsupportedImage

HEVC = (b"hvc1", hvcc())
AV1 = (b"av01", av1c(0x0C))


def still(codec, *brands):
    type_, configuration = codec
    return Heif(*brands).item(1, type_, ispe(64, 48), configuration).bytes()


@pytest.mark.parametrize(
    ("codec", "brands", "form"),
    [
        (HEVC, (b"heic", b"mif1"), "HEIC"),
        (HEVC, (b"mif2", b"mif1", b"heic"), "HEIC"),
        (HEVC, (b"mif2", b"mif1"), "HEIC"),
        (HEVC, (b"mif1",), "HEIC"),
        (AV1, (b"mif1", b"avif"), "AVIF"),
        (AV1, (b"mif1",), "AVIF"),
        (AV1, (b"isom", b"iso4"), None),
        ((b"avc1", box(b"avcC", bytes(8))), (b"mif1",), None),
    ],
)
def test_the_codec_decides_where_the_brands_name_only_the_structure(codec, brands, form):
    assert form_of(still(codec, *brands)) == form


def test_a_brand_takes_precedence_over_the_codec():
    assert form_of(still(HEVC, b"avif", b"mif1")) == "AVIF"


@pytest.mark.parametrize(
    ("brands", "major"),
    [
        ((b"avif", b"mif1"), b"avif"),
        ((b"avis", b"avif"), b"avis"),
        ((b"mif1", b"avif"), b"mif1"),
        ((b"mif1",), b"avif"),
        ((b"mif2", b"avif"), b"avif"),
    ],
)
def test_a_decoder_sees_a_major_brand_that_it_knows(brands, major):
    data = still(AV1, *brands)
    assert with_major_brand(data, "AVIF") == data[:8] + major + data[12:]


@pytest.mark.parametrize("major", [b"mif1", b"mif2"])
def test_a_picture_whose_brands_name_only_the_structure_is_read(major):
    data = bytearray(saved(gradient((64, 48)), "AVIF", quality=90))
    size = int.from_bytes(data[:4], "big")
    data[8:size] = (major + bytes(4) + b"mif1miaf").ljust(size - 8, b"\0")
    with opened(bytes(data), Limits()) as source:
        assert (source.format, source.size) == ("AVIF", (64, 48))


@pytest.mark.parametrize(("brand", "form"), [(b"avif", "AVIF"), (b"heic", "HEIC")])
def test_the_low_overhead_form_is_refused_by_its_name(brand, form):
    data = box(b"ftyp", b"mif3", brand) + box(b"mini", bytes(20))
    assert brands_of(data) == {b"mif3", brand}
    with (
        pytest.raises(UnsupportedImage, match=rf"the {form} is in its low-overhead form \(a mini box\)"),
        opened(data, Limits()),
    ):
        pass


def test_a_video_is_not_a_picture():
    assert form_of(ftyp(b"isom", b"av01") + box(b"moov", b"av1C")) is None
