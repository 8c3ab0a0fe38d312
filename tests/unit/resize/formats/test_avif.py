"""An AVIF that is opened, and what of it is looked at before a decoder is."""

import pytest
from kit.heif import Heif, av1c, ispe

from services.resize.formats import avif
from services.resize.formats.opener import opened
from services.resize.settings import Limits
from shared.errors import UnsupportedImage


def test_what_repairing_exif_writes_is_walked_again(monkeypatch):
    # Damaged EXIF may lie where the boxes do: what is written over it could make other boxes of them.
    broken = Heif(b"avif", b"mif1").item(1, b"av01", ispe(8, 8), av1c(0x0C))
    overlay = Heif(b"avif", b"mif1").item(1, b"av01", ispe(8, 8), av1c(0x0C)).item(2, b"iovl").bytes()
    monkeypatch.setattr(avif, "with_readable_exif", lambda _: iter([overlay]))
    with pytest.raises(UnsupportedImage, match="overlay"), opened(broken.bytes(), Limits()):
        pass
