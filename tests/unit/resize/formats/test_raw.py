"""A camera raw file is its largest preview, or is refused by its name."""

import struct

import pytest
from kit import tiffs
from kit.pictures import gradient, saved
from kit.tiffs import directory
from PIL import Image

from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.errors import UnsupportedImage
from shared.messages import Copyright

REDUCED, FULL, MASK = (4, [1]), (4, [0]), (4, [4])


def preview(side, orientation=None):
    exif = Image.Exif()
    if orientation:
        exif[274] = orientation
    return saved(gradient((side, side * 3 // 4)), "JPEG", exif=exif)


def mosaic(width, height, **tags):
    return directory(width, height, 1, 32803, [bytes(2 * width * height)], bits=16, t254=FULL, **tags)


NIKON = (2, list(b"NIKON CORPORATION\0"))


def nef(side, raw_side, **tags):
    """A raw file with a thumbnail first, the mosaic in a SubIFD, and a JPEG that only the maker note refers to."""
    first = directory(
        8, 6, 3, 2, [bytes(144)], t254=REDUCED, t271=NIKON, sub=[mosaic(raw_side, raw_side * 3 // 4)], **tags
    )
    return tiffs.file(first) + (preview(side) if side else b"")


def test_a_raw_file_is_its_preview_with_a_warning():
    with opened(nef(160, 200), Limits()) as source:
        assert source.size == (160, 120)
        assert source.warnings == (
            "embedded preview 160x120 of a camera raw file (Nikon NEF), whose picture has 200x150",
        )
        assert next(source.frames()).image.size == (160, 120)


@pytest.mark.parametrize("side", [0, 90])
def test_a_raw_file_without_a_large_preview_is_refused_by_its_name(side):
    with (
        pytest.raises(UnsupportedImage, match=r"a camera raw file \(Nikon NEF\).*export it"),
        opened(nef(side, 200), Limits()),
    ):
        pass


def test_a_preview_is_rotated_as_the_raw_file_states():
    with opened(nef(160, 200, t274=(3, [6])), Limits()) as source:
        assert source.size == (120, 160)


def test_a_preview_without_copyright_has_that_of_the_raw_file():
    names = {"t315": (2, list(b"Ada Example\0")), "t33432": (2, list(b"(c) 2026 Ada Example\0"))}
    with opened(nef(160, 200, **names), Limits()) as source:
        assert source.copyright_fields() == Copyright(artist="Ada Example", copyright="(c) 2026 Ada Example")
    with opened(nef(160, 200), Limits()) as source:
        assert source.copyright_fields() is None


@pytest.mark.parametrize("magic", [b"IIRO", b"IIRS", b"IIU\0"])
def test_raw_files_with_a_magic_number_of_their_own(magic):
    tags = {"t4": (3, [0]), "t5": (3, [0]), "t6": (3, [150]), "t7": (3, [200])} if magic[2:3] == b"U" else {}
    data = magic + tiffs.file(directory(200, 150, 1, 1, [b""], t271=NIKON, **tags))[4:] + preview(160)
    with opened(data, Limits()) as source:
        assert (source.size, "camera raw" in source.warnings[0]) == ((160, 120), True)


def test_a_fuji_and_a_canon_raw_file():
    raf = b"FUJIFILMCCD-RAW " + bytes(76) + struct.pack(">I", 96) + struct.pack(">IHHHH", 1, 0x100, 4, 150, 200)
    cr3 = struct.pack(">I8s8x", 24, b"ftypcrx ") + b"CRAW" + bytes(24) + struct.pack(">HH", 200, 150)
    for data, name in ((raf, "Fujifilm RAF"), (cr3, "Canon CR3")):
        with opened(data + preview(160), Limits()) as source:
            assert source.size == (160, 120)
            assert f"({name}), whose picture has 200x150" in source.warnings[0]
        with pytest.raises(UnsupportedImage, match=name), opened(data + preview(80), Limits()):
            pass


def test_a_mosaic_alone_is_never_rendered():
    with pytest.raises(UnsupportedImage, match="camera raw"), opened(tiffs.file(mosaic(64, 48)), Limits()):
        pass


def test_a_mosaic_that_is_coded_as_jpeg_is_not_a_preview():
    coded = saved(gradient((64, 48)), "JPEG")
    sensor = directory(64, 48, 3, 34892, [coded], compression=34892, t254=FULL)
    first = directory(8, 6, 3, 2, [bytes(144)], t254=REDUCED, t271=NIKON, t50706=(1, [1, 4, 0, 0]), sub=[sensor])
    with pytest.raises(UnsupportedImage, match=r"Nikon Corporation DNG"), opened(tiffs.file(first), Limits()):
        pass


def test_a_mask_is_not_a_preview():
    mask = directory(200, 150, 1, 1, [bytes(30_000)], t254=MASK)
    first = directory(8, 6, 3, 2, [bytes(144)], t254=REDUCED, t271=NIKON, sub=[mosaic(200, 150), mask])
    with pytest.raises(UnsupportedImage, match="camera raw"), opened(tiffs.file(first), Limits()):
        pass


def test_a_preview_that_does_not_decode_is_skipped():
    large = directory(200, 150, 3, 2, [b"nothing"], compression=5, t254=REDUCED)
    first = directory(8, 6, 3, 2, [bytes(144)], t254=REDUCED, t271=NIKON, sub=[mosaic(200, 150), large])
    with opened(tiffs.file(first) + preview(160), Limits()) as source:
        assert source.size == (160, 120)


def test_a_preview_that_is_a_page_is_one_page():
    large = directory(200, 150, 3, 2, [bytes(90_000)], t254=REDUCED)
    first = directory(8, 6, 3, 2, [bytes(144)], t254=REDUCED, t271=NIKON, sub=[mosaic(200, 150), large])
    with opened(tiffs.file(first), Limits()) as source:
        assert [page.size for page in source.pages()] == [(200, 150)]
        assert source.page_count == 1
