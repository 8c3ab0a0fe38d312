"""What of a source's own metadata is in the bytes of its outputs: nothing, or artist and copyright."""

import io
from pathlib import Path

import pytest
from kit.pictures import gradient, saved
from PIL import Image, ImageCms, PngImagePlugin

from ops import settings
from ops.preview.result import Preview

ARTIST, NOTICE = "Ada Lovelace", "(c) 2026 Ada Lovelace"
# As they stand in the files: the rationals of a latitude, and words that no encoder writes by chance.
LATITUDE = b"".join(number.to_bytes(4, "little") for number in (47, 1, 33, 1, 1234567, 10000))
SECRETS = (
    LATITUDE,
    b"CameraMaker",
    b"image-pipeline",  # the maker of lake.heic, which has a place too
    b"Secret place",
    b"Serial-4711",
    b"XmpSecret",
    b"CommentSecret",
    b"lcms",
    b"acsp",
)
# Marks of blocks in which copyright is written, too.
BLOCKS = (b"http://ns.adobe.com", b"Photoshop", b"8BIM")
FORMS = ("jpeg", "png", "webp", "avif", "keep")


def exif():
    block = Image.Exif()
    block[0x010E] = "Secret place"
    block[0x010F] = "CameraMaker"
    block[0x0112] = 6
    block[0x013B] = ARTIST
    block[0x8298] = NOTICE
    block.get_ifd(0x8769).update({0xA431: "Serial-4711", 0x9286: b"ASCII\0\0\0CommentSecret"})
    block.get_ifd(0x8825).update({1: "N", 2: (47.0, 33.0, 123.4567)})
    # Little-endian, as most cameras write, and as LATITUDE is written here.
    block.endian = "<"
    return block.tobytes()


def sources():
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a xmlns="http://ns.adobe.com/x">XmpSecret</a></x:xmpmeta>'
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", "CommentSecret")
    words.add_itxt("XML:com.adobe.xmp", xmp.decode())
    photo, block = gradient((400, 300)), exif()
    jpeg = saved(photo, "JPEG", exif=block, icc_profile=icc, xmp=xmp, comment="CommentSecret")
    iptc = b"\xff\xed" + (2 + 26).to_bytes(2, "big") + b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\0"
    yield "a.jpg", jpeg[:2] + iptc + jpeg[2:]
    yield "a.png", saved(photo, "PNG", exif=block, icc_profile=icc, pnginfo=words)
    yield "a.webp", saved(photo, "WEBP", exif=block, icc_profile=icc, xmp=xmp)
    yield "a.avif", saved(photo, "AVIF", exif=block, icc_profile=icc, xmp=xmp)
    yield "a.tif", saved(photo, "TIFF", exif=block, icc_profile=icc)
    yield "a.heic", (settings.ROOT / "ops" / "demo" / "data" / "lake.heic").read_bytes()
    yield "a.gif", saved(photo, "GIF", comment="CommentSecret")


SOURCES = dict(sources())


def outputs(name, metadata, tmp_path, **more):
    """The bytes of every output of a source, and what the preview says."""
    renditions = [{"name": form, "width": 200, "height": 200, "format": form} for form in FORMS]
    preview = Preview(settings.parse({"name": "pics", "renditions": renditions, "metadata": metadata} | more))
    path = tmp_path / name
    path.write_bytes(SOURCES[name])
    result = preview.image(path, name, tmp_path / "out")
    assert result["outcome"] == "stored", result["reason"]
    return {output["rendition"]: Path(output["path"]).read_bytes() for output in result["outputs"]}


def test_the_sources_hold_what_is_searched_for():
    searched = SECRETS + BLOCKS
    assert {each for each in searched for data in SOURCES.values() if each in data} == set(searched)
    assert all(LATITUDE in SOURCES[name] for name in ("a.jpg", "a.png", "a.webp", "a.avif"))


@pytest.mark.parametrize("metadata", ["none", "copyright"])
@pytest.mark.parametrize("name", SOURCES)
def test_no_output_holds_the_place_or_anything_else(name, metadata, tmp_path):
    found = {
        (form, secret)
        for form, data in outputs(name, metadata, tmp_path).items()
        for secret in SECRETS + (BLOCKS if metadata == "none" else ())
        if secret in data
    }
    assert found == set()


@pytest.mark.parametrize("name", SOURCES)
def test_by_default_no_output_has_metadata_of_any_kind(name, tmp_path):
    for form, data in outputs(name, "none", tmp_path).items():
        assert not any(mark in data for mark in (b"Exif\0\0", b"EXIF", b"eXIf", b"iCCP", b"ICCP", b"XMP", b"tEXt"))
        assert ARTIST.encode() not in data
        with Image.open(io.BytesIO(data)) as image:
            assert not image.getexif(), form
            assert not {"exif", "xmp", "icc_profile", "comment", "photoshop"} & image.info.keys()


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - {"a.gif", "a.heic"}))
def test_with_copyright_every_output_says_whose_it_is_and_nothing_else(name, tmp_path):
    for data in outputs(name, "copyright", tmp_path).values():
        with Image.open(io.BytesIO(data)) as image:
            assert dict(image.getexif()) == {0x013B: ARTIST, 0x8298: NOTICE}
            assert not image.getexif().get_ifd(0x8825)


def test_a_profile_may_keep_it_for_its_prefix_alone(tmp_path):
    profiles = [{"prefix": "a.j", "metadata": "copyright"}]
    assert ARTIST.encode() in outputs("a.jpg", "none", tmp_path, profiles=profiles)["jpeg"]
    assert ARTIST.encode() not in outputs("a.png", "none", tmp_path, profiles=profiles)["png"]
