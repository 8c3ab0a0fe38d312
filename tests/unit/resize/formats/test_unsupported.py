"""Files that people upload by mistake are named."""

import gzip
import io
import struct
import tarfile
import zipfile

import pytest

from services.resize.formats.sniffing import probe
from services.resize.formats.unsupported import name_of
from services.resize.settings import Limits
from shared.errors import UnsupportedImage

SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'
DOCTYPE = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'


def ftyp(brand):
    return b"\0\0\0\x20ftyp" + brand + b"\0\0\2\0isomiso2avc1mp41" + b"\0" * 60


def zipped(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def tarred():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.jpg"))
    return buffer.getvalue()


def tga(kind=2, depth=24, footer=b""):
    mapped = kind in {1, 9}
    return struct.pack("<BBBHHBHHHHBB", 0, mapped, kind, 0, 0, 0, 0, 0, 8, 8, depth, 32) + b"\x50" * 192 + footer


def icon(kind):
    return struct.pack("<HHHBBBBHHII", 0, kind, 1, 16, 16, 0, 0, 1, 32, 40, 22) + b"\x28" + b"\0" * 39


CASES = [
    (ftyp(b"isom"), "an MP4 video"),
    (ftyp(b"mp42"), "an MP4 video"),
    (ftyp(b"qt  "), "a QuickTime video"),
    (ftyp(b"M4A "), "an M4A audio file"),
    (ftyp(b"3gp5"), "a 3GP video"),
    (ftyp(b"vvic"), "a HEIF image coded with VVC"),
    (ftyp(b"j2ki"), "a HEIF image coded with JPEG 2000"),
    (ftyp(b"jpeg"), "a HEIF image coded with JPEG"),
    (b"\0\0\0\x08wide\0\0\x10\0mdat" + b"\0" * 40, "a QuickTime video"),
    (b"\0\0\0\x6cmoov\0\0\0\x64mvhd" + b"\0" * 40, "a QuickTime video"),
    (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + b"\0" * 40, "a WebM video"),
    (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska" + b"\0" * 40, "a Matroska video"),
    (b"RIFF\x24\0\0\0AVI LIST" + b"\0" * 40, "an AVI video"),
    (b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 40, "a WAV audio file"),
    ((b"G\x40\0\x10" + b"\xff" * 184) * 4, "an MPEG transport stream"),
    ((b"\0\0\0\0G\x40\0\x10" + b"\xff" * 184) * 4, "an MPEG transport stream"),
    (b"\0\0\x01\xba\x44" + b"\0" * 40, "an MPEG video"),
    (b"FLV\x01\x05" + b"\0" * 40, "a Flash video"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + b"\0" * 40, "a Windows Media"),
    (b"ID3\x04" + b"\0" * 40, "an MP3"),
    (b"OggS\0" + b"\0" * 40, "an Ogg"),
    (b"fLaC\0" + b"\0" * 40, "a FLAC"),
    (SVG.encode(), "an SVG"),
    (b"\xef\xbb\xbf" + SVG.encode(), "an SVG"),
    (f'<?xml version="1.0"?>\n<!-- made by hand -->\n{DOCTYPE}\n{SVG}'.encode(), "an SVG"),
    (f"<!-- {'licence ' * 900} -->\n{SVG}".encode(), "an SVG"),
    (
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]><svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>',
        "an SVG",
    ),
    (f'<?xml version="1.0" encoding="UTF-16"?>{SVG}'.encode("utf-16"), "an SVG"),
    (f'<?xml version="1.0" encoding="UTF-16"?>{SVG}'.encode("utf-16-be"), "an SVG"),
    (SVG.encode("utf-16-le"), "an SVG"),
    (b"<!doctype html><html><body>404</body></html>", "a web page"),
    (b"\xef\xbb\xbf\r\n<HTML><head>", "a web page"),
    (b"<!-- saved from url --><html>", "a web page"),
    (b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"><html>', "a web page"),
    (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>no</Message></Error>", r"store \(AccessDenied\)"),
    (b"<?xml version='1.0'?><rss/>", "an XML file"),
    (b'{"error": "not found"}', "JSON"),
    (b'\n [{"a": 1}]', "JSON"),
    (b"just some words\n", "a text file"),
    ("Grüße aus München".encode("latin-1"), "a text file"),
    (("日本語" * 8000).encode(), "a text file"),
    (zipped("a.jpg"), "a ZIP archive"),
    (zipped(), "an empty ZIP archive"),
    (zipped("[Content_Types].xml", "word/document.xml"), "a Word document"),
    (zipped("[Content_Types].xml", "xl/workbook.xml"), "an Excel workbook"),
    (zipped("[Content_Types].xml", "ppt/slides/slide1.xml"), "a PowerPoint presentation"),
    (b"Rar!\x1a\x07\1\0" + b"\0" * 60, "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c\0\4" + b"\0" * 60, "a 7z archive"),
    (tarred(), "a tar archive"),
    (b"\xfd7zXZ\0\0\4" + b"\0" * 60, "an xz file"),
    (b"BZh91AY&SY" + b"\x80" * 60, "a bzip2 file"),
    (b"\x28\xb5\x2f\xfd\x04" + b"\x80" * 60, "a Zstandard file"),
    (gzip.compress(b"\xff\xd8\xff\xe0" + b"\0" * 50), "a gzip file; .*without Content-Encoding: gzip"),
    (gzip.compress(SVG.encode()), "a gzip file with an SVG in it"),
    (b"\x1f\x8b\x08\0", "a gzip file"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "a Git LFS pointer"),
    (b"\0\5\x16\7\0\2\0\0Mac OS X" + b"\0" * 60, "an AppleDouble file"),
    (b"\0\0\0\1Bud1\0\0\x10\0" + b"\0" * 60, r"a \.DS_Store"),
    (b"icns\0\0\0\x40ic07\0\0\0\x38" + b"\0" * 48, "a macOS icon"),
    (b"\x0a\5\1\x08" + b"\0" * 124, "a PCX image"),
    *((tga(kind, depth), "a TGA image") for kind, depth in ((1, 8), (2, 24), (2, 32), (3, 8), (10, 24), (11, 8))),
    (tga(9, 8, b"\0" * 8 + b"TRUEVISION-XFILE.\0"), "a TGA image"),
    (icon(1), "an icon"),
    (icon(2), "a cursor"),
    (b"\xd7\xcd\xc6\x9a" + b"\0" * 40, "WMF"),
    (b"\1\0\0\0\x6c\0\0\0" + b"\0" * 32 + b" EMF" + b"\0" * 60, "EMF"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 60, "an Office file"),
    (b"%PDF-1.7", "a PDF"),
    (b"8BPS\0\1", "a Photoshop file"),
    (b"MZ\x90\0" + b"\0" * 60, "a Windows program"),
    (b"\x7fELF\2\1\1" + b"\0" * 60, "a Linux program"),
    (b"wOF2\0\1\0\0" + b"\0" * 60, "a font"),
    (b"\0\1\0\0\0\x0f\0\x80" + b"\0" * 60, "a font"),
    (b"data:image/png;base64,iVBORw0KGgo=", "a data URL"),
    (b"/9j/4AAQSkZJRgABAQ", "a JPEG encoded as base64"),
    (b"iVBORw0KGgoAAAANSUhEUg", "a PNG encoded as base64"),
    (b'--x1\r\nContent-Disposition: form-data; name="f"\r\n\r\n', "a form"),
    (b"HTTP/1.1 200 OK\r\n", "an HTTP response"),
    (b"\0" * 5000, "zeros only"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\4CgBI\x50\0\x20\2" + b"\0" * 60, "CgBI"),
    (b"II\xbc\1\x08\0\0\0", "a JPEG XR image"),
    (b"P6\n8 8\n255\n" + b"\0" * 192, "a PNM image"),
    (b"\xf0\x9f\x80\x81\xfe\xed" * 30, "an unknown kind of file"),
    (b"\xff", "an unknown kind of file"),
]


@pytest.mark.parametrize(("data", "name"), [pytest.param(*case, id=f"{at}-{case[1]}") for at, case in enumerate(CASES)])
def test_an_unsupported_file_is_named(data, name):
    pattern = name if "\\" in name or ".*" in name else name.replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(
        UnsupportedImage, match=rf"^not a supported image format \(found: .*{pattern}.*; supported: JPEG"
    ):
        probe(data, Limits())


@pytest.mark.parametrize("case", CASES, ids=[f"{at}-{case[1]}" for at, case in enumerate(CASES)])
def test_a_name_is_one_line_wherever_the_file_ends(case):
    for end in range(1, min(len(case[0]), 80)):
        assert name_of(case[0][:end]).isprintable()


def test_comments_without_an_end_take_no_time():
    assert name_of(b"<!--" * 200_000) == "an XML file"
    assert name_of(b"<!DOCTYPE [" * 100_000) == "an XML file"
