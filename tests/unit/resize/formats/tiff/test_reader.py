"""A TIFF keeps its shape, orientation and copyright, and unsupported kinds are named."""

import pytest
from kit import tiffs
from kit.tiff_pixels import GREYS, H, W, grey_of
from kit.tiffs import directory

from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.errors import UnsupportedImage


@pytest.mark.parametrize(
    ("resolution", "size"),
    [
        ((204, 98), (100, 208)),
        ((204, 391), (192, 100)),
        ((204, 196), (100, 100)),
        ((72, 1), (100, 100)),
        ((0, 98), (100, 100)),
    ],
)
def test_a_fax_keeps_the_shape_of_its_page(resolution, size):
    page = directory(
        100, 100, 1, 0, [bytes(13 * 100)], bits=1, t282=(5, [(resolution[0], 1)]), t283=(5, [(resolution[1], 1)])
    )
    with opened(tiffs.file(page), Limits()) as source:
        assert source.size == size


@pytest.mark.parametrize("kind", [1, 3, 4, 16])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_any_type_rotates_and_never_stretches(orientation, kind):
    data = grey_of(GREYS, bits=8, big=True, t274=(kind, [orientation]))
    with opened(data, Limits()) as source:
        assert source.orientation == orientation
        assert source.size == ((W, H) if orientation < 5 else (H, W))


def test_an_orientation_in_xmp_is_ignored():
    xmp = b'<x xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    with opened(grey_of(GREYS, bits=8, t700=(1, list(xmp))), Limits()) as source:
        assert (source.orientation, source.size) == (1, (W, H))


@pytest.mark.parametrize(
    ("page", "words_of_it"),
    [
        (directory(W, H, 1, 1, [bytes(99)], compression=50002), ("1 channel of 8-bit", "JPEG XL")),
        (directory(W, H, 5, 5, [bytes(99)], t332=(3, [2])), ("5 channels", "inks other than CMYK")),
        (directory(W, H, 1, 1, [bytes(99)], bits=128 // 2, t339=(3, [6])), ("complex",)),
        (directory(W, H, 1, 1, [bytes(99)], compression=4711), ("number 4711",)),
    ],
)
def test_an_unsupported_kind_is_named_and_not_called_damaged(page, words_of_it):
    with pytest.raises(UnsupportedImage) as refused, opened(tiffs.file(page), Limits()) as source:
        list(source.frames())
    assert all(each in str(refused.value) for each in ("TIFF with", *words_of_it))
    assert "damaged" not in str(refused.value)


def test_artist_and_copyright_are_those_of_the_file():
    data = grey_of(GREYS, bits=8, t315=(2, list(b"Ann\0")), t33432=(2, list(b"(c) Ann\0")))
    with opened(data, Limits()) as source:
        copyright_fields = source.copyright_fields()
    assert copyright_fields is not None
    assert (copyright_fields.artist, copyright_fields.copyright) == ("Ann", "(c) Ann")
