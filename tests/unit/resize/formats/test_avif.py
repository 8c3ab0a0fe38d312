"""The opening of an AVIF, and the checks before a decoder sees it."""

import pytest
from kit.heif import Heif, av1c, ispe

from services.resize.formats import avif
from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.errors import UnsupportedImage


def test_a_file_with_repaired_exif_is_walked_again(monkeypatch):
    # Damaged EXIF may overlap the boxes: its repair could turn them into other boxes.
    broken = Heif(b"avif", b"mif1").item(1, b"av01", ispe(8, 8), av1c(0x0C))
    overlay = Heif(b"avif", b"mif1").item(1, b"av01", ispe(8, 8), av1c(0x0C)).item(2, b"iovl").bytes()
    monkeypatch.setattr(avif, "with_readable_exif", lambda _: iter([overlay]))
    with pytest.raises(UnsupportedImage, match="overlay"), opened(broken.bytes(), Limits()):
        pass
