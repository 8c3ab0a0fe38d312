"""Copyright and digital source type in every format of outputs, and no other metadata."""

import io
import subprocess
import sys

import pytest
from kit.exiftool import needs_exiftool, read
from kit.metadata_files import AI, OWNER, SECRET, everything, opens
from kit.pictures import animation, frames_of, gradient, is_same
from PIL import Image

from bench.chain import Chain
from ops import settings
from ops.settings import ROOT
from services.resize.metadata.blocks import blocks_of
from services.resize.metadata.kept import copyright_of
from services.watermark.encoding.files import CONTENT_TYPES, encode
from shared.messages import Animation, Copyright

ENDINGS = {"jpeg": "jpg"}
# Resize reads no JPEG XL, so its reader of metadata does not either: encoding/test_jxl.py looks into the boxes.
READ = sorted(CONTENT_TYPES.keys() - {"jxl"})
XMP = {
    "XMP-dc:Creator": ["Ada Ñandú", "山田"],
    "XMP-dc:Rights": OWNER.copyright,
    "XMP-photoshop:Credit": OWNER.credit,
    "XMP-photoshop:Source": OWNER.source,
    "XMP-xmpRights:WebStatement": OWNER.web_statement,
    "XMP-plus:Licensor": [{"LicensorURL": OWNER.licensor_url}],
}
EXIF = {"IFD0:Artist": OWNER.artist, "IFD0:Copyright": OWNER.copyright}
IIM = {
    "IPTC:By-line": ["Ada Ñandú", "山田"],
    "IPTC:Credit": OWNER.credit,
    "IPTC:Source": OWNER.source,
    "IPTC:CopyrightNotice": OWNER.copyright,
}


def encoded(form, frames=1, **tags):
    moves = Animation(durations_ms=(50,) * frames) if frames > 1 else None
    images = [gradient((64, 48), "RGBA").rotate(90 * index) for index in range(frames)]
    return encode(images, form, quality=80, animation=moves, **tags).data


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("form", READ)
def test_every_format_carries_all_fields(form, frames):
    data = encoded(form, frames, copyright_fields=OWNER, digital_source_type=AI)
    blocks = blocks_of(data)
    assert copyright_of(None, blocks) == OWNER
    assert AI.encode() in blocks.xmp
    assert bool(blocks.iim) == (form == "jpeg")
    assert opens(data)


@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("form", CONTENT_TYPES)
def test_the_pixels_are_the_same_as_without(form, frames):
    with_tags = frames_of(encoded(form, frames, copyright_fields=OWNER, digital_source_type=AI))
    for one, other in zip(with_tags, frames_of(encoded(form, frames)), strict=True):
        assert is_same(one, other)


@pytest.mark.parametrize("form", READ)
def test_a_digital_source_type_alone_is_xmp_alone(form):
    data = encoded(form, digital_source_type=AI)
    blocks = blocks_of(data)
    assert AI.encode() in blocks.xmp
    assert copyright_of(None, blocks) is None
    assert blocks.iim == b""
    with Image.open(io.BytesIO(data)) as image:
        assert not image.getexif()
        assert "comment" not in image.info


def test_iim_is_cut_to_its_room_between_two_characters_and_its_digest_says_that_xmp_counts():
    name = "山田" * 20
    data = encoded("jpeg", copyright_fields=Copyright(artist=name, credit=name))
    assert blocks_of(data).iim.count("山田".encode() * 5) == 2
    assert "山田".encode() * 6 not in blocks_of(data).iim
    assert copyright_of(None, blocks_of(data)) == Copyright(artist=name, credit=name)


@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "JPEG2000"])
def test_nothing_else_of_a_source_passes(source):
    data = everything(source, gradient((300, 200)))
    for form, made in outputs(data, source.lower(), "copyright").items():
        assert copyright_of(None, blocks_of(made)) == OWNER
        assert SECRET.encode() not in made, form
        assert b"c2pa" not in made
    for made in outputs(data, source.lower(), "none").values():
        assert b"Ada" not in made
        assert b"ns.adobe.com" not in made


def outputs(data, ending, metadata):
    renditions = [
        {"name": form, "width": 200, "height": 200, "format": form} for form in ("jpeg", "png", "webp", "avif")
    ]
    parsed = settings.parse({"name": "pics", "renditions": renditions, "metadata": metadata})
    return Chain(parsed).run(data, f"a.{ending}")


@needs_exiftool
@pytest.mark.parametrize("frames", [1, 3])
@pytest.mark.parametrize("form", CONTENT_TYPES)
def test_exiftool_reads_each_field_and_nothing_else(form, frames, tmp_path):
    path = tmp_path / f"a.{ENDINGS.get(form, form)}"
    path.write_bytes(encoded(form, frames, copyright_fields=OWNER, digital_source_type=AI))
    found = read(path, "-validate", "-warning", "-all")
    wanted = XMP | {"XMP-iptcExt:DigitalSourceType": AI}
    wanted |= EXIF if form != "gif" else {}
    wanted |= IIM if form == "jpeg" else {}
    groups = ("XMP-", "IFD", "ExifIFD", "GPS", "IPTC:", "Photoshop:", "ICC", "MakerNotes")
    beside = {"XMP-x:XMPToolkit", "IPTC:CodedCharacterSet", "IPTC:ApplicationRecordVersion", "Photoshop:IPTCDigest"}
    there = {name: value for name, value in found.items() if name.startswith(groups) and name not in beside}
    assert there == wanted
    # EXIF of two tags lacks what EXIF asks of cameras.
    warnings = [text for name, text in found.items() if name.endswith("Warning") and "Missing required" not in text]
    assert not warnings


@needs_exiftool
def test_exiftool_finds_iim_and_xmp_in_step(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded("jpeg", copyright_fields=OWNER))
    found = read(path, "-CurrentIPTCDigest", "-IPTCDigest")
    assert found["File:CurrentIPTCDigest"] == found["Photoshop:IPTCDigest"]


def test_the_animation_of_a_gif_still_plays():
    data = animation("GIF", frames=4)
    made = encode(
        [frame.convert("RGB") for frame in frames_of(data)],
        "gif",
        quality=80,
        animation=Animation(durations_ms=(50,) * 4),
        copyright_fields=OWNER,
    ).data
    assert len(frames_of(made)) == 4


def test_an_image_that_keeps_nothing_does_not_load_what_writes_it():
    code = (
        "import sys; from services.watermark.embedded_tags import EmbeddedTags\n"
        "EmbeddedTags().options('jpeg')\n"
        "sys.exit('services.watermark.xmp_packet' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
