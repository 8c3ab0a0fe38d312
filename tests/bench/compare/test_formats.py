"""The format of a file by its first bytes."""

import struct

import pytest
from kit.pictures import animation, gradient, saved

from bench.compare.formats import format_of


def ftyp(*brands):
    body = b"".join(brands)
    return struct.pack(">I", 8 + len(body)) + b"ftyp" + body


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("jpeg", saved(gradient(), "JPEG")),
        ("png", saved(gradient(), "PNG")),
        ("apng", animation("PNG")),
        ("gif", saved(gradient(), "GIF")),
        ("webp", saved(gradient(), "WEBP")),
        ("avif", saved(gradient(), "AVIF")),
        ("heic", ftyp(b"heic", b"\0\0\0\0", b"mif1", b"heic")),
        ("avif", ftyp(b"mif1", b"\0\0\0\0", b"mif1", b"avif")),
        ("tiff", saved(gradient(), "TIFF")),
        ("tiff", b"MM\0+\0\x08\0\0"),
        ("bmp", saved(gradient(), "BMP")),
        (None, ftyp(b"isom", b"\0\0\0\0", b"mp42")),
        (None, b"RIFF\0\0\0\0WAVEfmt "),
        (None, b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        (None, b""),
    ],
)
def test_the_bytes_say_the_format_and_the_name_does_not(form, data, tmp_path):
    path = tmp_path / "image.jpg"
    path.write_bytes(data)
    assert format_of(path) == form
