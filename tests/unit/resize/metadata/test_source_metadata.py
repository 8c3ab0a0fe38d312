"""What resize passes on of a source's metadata, as the setting says."""

import struct
import sys
from dataclasses import replace

import pytest
from kit.metadata_files import AI, FORMS, LIGHTROOM, OWNER, everything, jumbf, packet, with_blocks
from kit.pictures import gradient, saved
from kit.resize_step import SETTINGS, uploaded

from services.resize.metadata import source_metadata
from services.resize.metadata.blocks import Blocks
from services.resize.metadata.kept import alt_text_of, provenance_of
from shared.messages import Provenance

CREDENTIALS = "content credentials (C2PA) of the source, which outputs do not have"


def message_of(data, metadata):
    result, _ = uploaded(data, settings=replace(SETTINGS, metadata=metadata))
    return result.message


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("setting", "keeps_copyright", "keeps_provenance"),
    [
        ("none", False, False),
        ("copyright", True, False),
        ("provenance", False, True),
        ("copyright+provenance", True, True),
    ],
)
def test_each_setting_passes_on_what_it_names(form, setting, keeps_copyright, keeps_provenance):
    message = message_of(everything(form), setting)
    assert message.copyright_fields == (OWNER if keeps_copyright else None)
    known = Provenance(digital_source_type=AI, content_credentials=True)
    assert message.provenance == (known if keeps_provenance else None)
    assert (CREDENTIALS in message.warnings) == keeps_provenance


@pytest.mark.parametrize("form", FORMS)
def test_alternative_text_is_passed_on_whatever_is_kept(form):
    assert message_of(everything(form), "none").alt_text == "A boat on a lake"


def test_alternative_text_is_one_bounded_line():
    texts = f"<rdf:Alt><rdf:li xml:lang='x-default'>A\n {'y' * 5000}</rdf:li></rdf:Alt>"
    element = f"<Iptc4xmpCore:AltTextAccessibility>{texts}</Iptc4xmpCore:AltTextAccessibility>"
    found = alt_text_of(Blocks(xmp=packet(element)))
    assert found.startswith("A yyy")
    assert len(found) == 1000


def test_a_picture_without_any_of_it_says_so():
    message = message_of(saved(gradient(), "JPEG"), "copyright+provenance")
    assert message.copyright_fields is None
    assert message.provenance == Provenance()
    assert message.alt_text is None
    assert not message.warnings


def test_by_default_metadata_is_not_parsed(monkeypatch):
    for name in ("blocks", "kept", "xmp"):
        monkeypatch.delitem(sys.modules, f"services.resize.metadata.{name}", raising=False)
        monkeypatch.delattr(sys.modules["services.resize.metadata"], name, raising=False)
    data = with_blocks("JPEG", xmp=LIGHTROOM.replace(b"AltText", b"ZltText"))
    assert message_of(data, "none").alt_text is None
    assert "services.resize.metadata.xmp" not in sys.modules
    assert source_metadata.SourceMetadata().warnings == ()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (AI, AI),
        (AI.replace("http:", "https:"), AI),
        (AI + "/", AI),
        ("trainedAlgorithmicMedia", None),
        ("http://example.com/newscodes/digitalsourcetype/trainedAlgorithmicMedia", None),
        (AI + "?" + "x" * 9, None),
        ("http://cv.iptc.org/newscodes/digitalsourcetype/" + "x" * 65, None),
    ],
)
def test_only_uris_of_newscodes_are_source_types(text, kept):
    blocks = Blocks(xmp=packet("", f'Iptc4xmpExt:DigitalSourceType="{text}"'))
    assert provenance_of(blocks) == Provenance(digital_source_type=kept)


def manifest(*texts):
    """A manifest in which a CBOR map has these texts, each followed by the key "when"."""
    body = b"".join(b"\x78" + bytes([len(text)]) + text.encode() + b"\x64when" for text in texts)
    return struct.pack(">I4s", 8 + len(body), b"jumb") + body


def store(*manifests):
    description = jumbf()[8:]
    body = description + b"".join(manifests)
    return struct.pack(">I4s", 8 + len(body), b"jumb") + body


COMPOSITE = AI.replace("trainedA", "compositeWithTrainedA")


@pytest.mark.parametrize(
    ("credentials", "kept"),
    [
        (store(manifest(AI)), AI),
        (store(manifest(AI, AI)), AI),
        (store(manifest(COMPOSITE), manifest(AI)), AI),
        (store(manifest(AI, COMPOSITE)), None),
        (store(manifest(AI), manifest()), None),
        (store(), None),
        (jumbf(), None),
        (store(manifest(AI))[:-20], None),
        (b"C2PA", None),
    ],
    ids=["one", "twice", "the last", "two", "of a part", "empty", "head", "cut", "damaged"],
)
def test_content_credentials_count_where_they_name_one_source_type(credentials, kept):
    assert provenance_of(Blocks(c2pa=credentials)) == Provenance(digital_source_type=kept, content_credentials=True)


def test_a_source_type_in_json_counts_too_and_xmp_takes_precedence():
    text = f'"digitalSourceType":"{AI}","when"'.encode()
    credentials = store(struct.pack(">I4s", 8 + len(text), b"jumb") + text)
    assert provenance_of(Blocks(c2pa=credentials)).digital_source_type == AI
    stated = packet("", f'Iptc4xmpExt:DigitalSourceType="{COMPOSITE}"')
    assert provenance_of(Blocks(c2pa=credentials, xmp=stated)).digital_source_type == COMPOSITE


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "GIF"])
def test_credentials_of_every_container_are_read(form):
    data = with_blocks(form, c2pa=store(manifest(AI, *("x" * 200,) * 9)))
    assert message_of(data, "provenance").provenance == Provenance(digital_source_type=AI, content_credentials=True)
