"""What is read of an XMP packet: any form that RDF allows, and nothing that an attacker could want."""

import random
import tracemalloc
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.metadata_files import AI, LIGHTROOM, packet

from services.resize.metadata import xmp
from services.resize.metadata.xmp import properties


def test_a_packet_of_lightroom_is_read():
    assert properties(LIGHTROOM) == {
        xmp.CREATOR: ("Ada Ñandú", "山田"),
        xmp.RIGHTS: ("© 2026 Ada & <Söhne>",),
        xmp.CREDIT: ("Ada/Agentur",),
        xmp.SOURCE: ("Agentur Süd",),
        xmp.WEB_STATEMENT: ("https://example.com/rights?a=1&b=2",),
        xmp.LICENSOR_URL: ("https://example.com/license",),
        xmp.DIGITAL_SOURCE_TYPE: (AI,),
        xmp.ALT_TEXT: ("A boat on a lake",),
    }


@pytest.mark.parametrize(
    "licensor",
    [
        '<rdf:Seq><rdf:li plus:LicensorURL="https://a.example"/></rdf:Seq>',
        '<rdf:Seq><rdf:li rdf:parseType="Resource"><plus:LicensorURL>https://a.example</plus:LicensorURL></rdf:li></rdf:Seq>',
        '<rdf:Bag><rdf:li><rdf:Description plus:LicensorURL="https://a.example"/></rdf:li></rdf:Bag>',
        "<rdf:li><rdf:Description><plus:LicensorURL>https://a.example</plus:LicensorURL></rdf:Description></rdf:li>",
    ],
)
def test_a_licensor_is_a_structure_in_any_form(licensor):
    assert properties(packet(f"<plus:Licensor>{licensor}</plus:Licensor>")) == {
        xmp.LICENSOR_URL: ("https://a.example",)
    }


@pytest.mark.parametrize(
    ("elements", "attributes"),
    [
        ("", f'Iptc4xmpExt:DigitalSourceType="{AI}"'),
        (f"<Iptc4xmpExt:DigitalSourceType>{AI}</Iptc4xmpExt:DigitalSourceType>", ""),
        (f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{AI}"/>', ""),
        (f"<Iptc4xmpExt:DigitalSourceType>\n  {AI}\n</Iptc4xmpExt:DigitalSourceType>", ""),
    ],
)
def test_a_property_is_an_attribute_an_element_or_a_resource(elements, attributes):
    (found,) = properties(packet(elements, attributes))[xmp.DIGITAL_SOURCE_TYPE]
    assert found.strip() == AI


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("around", [b"", b"\0" * 8, b"\n  "])
def test_utf_16_and_what_is_around_a_packet_do_not_matter(encoding, around):
    text = packet("<photoshop:Credit>山田</photoshop:Credit>").decode()
    text = text if encoding == "utf-8" else text.partition("?>")[2]
    assert properties(around + text.encode(encoding).strip(b"\0") + around) == {xmp.CREDIT: ("山田",)}


def test_an_alternative_without_a_default_is_the_first_one():
    texts = '<rdf:li xml:lang="fr">un</rdf:li><rdf:li xml:lang="de">eins</rdf:li>'
    assert properties(packet(f"<dc:rights><rdf:Alt>{texts}</rdf:Alt></dc:rights>")) == {xmp.RIGHTS: ("un",)}


def test_a_damaged_packet_gives_what_came_before_the_damage():
    data = packet("<photoshop:Credit>Ada</photoshop:Credit><dc:rights><rdf:Alt><rdf:li>x</rdf:li></rdf:Alt>")
    assert properties(data) == {xmp.CREDIT: ("Ada",)} | {xmp.RIGHTS: ("x",)}
    assert properties(data[: data.index(b"<dc:rights>") + 3]) == {xmp.CREDIT: ("Ada",)}


def test_entities_are_refused_with_their_document_type():
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 30))
    head = f'<!DOCTYPE x [<!ENTITY e0 "lol"><!ENTITY f SYSTEM "file:///etc/passwd">{bomb}]>'.encode()
    data = packet("<photoshop:Credit>&e29;&f;</photoshop:Credit>")
    assert properties(head + data[data.index(b"<x:xmpmeta") :]) == {}


# Each would take seconds or gigabytes if it were read to its end.
HOSTILE = {
    "elements": packet("<dc:a/>" * 1_000_000),
    "depth": packet("<dc:a>" * 100_000),
    "attributes": packet("", " ".join(f'dc:a{number}="x"' for number in range(200_000))),
    "values": packet("<dc:creator><rdf:Seq>" + "<rdf:li>Ada</rdf:li>" * 200_000 + "</rdf:Seq></dc:creator>"),
    "text": packet("<photoshop:Credit>" + "&#65;" * 5_000_000 + "</photoshop:Credit>"),
    "namespaces": packet("", " ".join(f'xmlns:a{number}="u{number}"' for number in range(100_000))),
    "comment": packet("<!--" + "-" * 5_000_000),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_packet_takes_little_memory_and_gives_little(data):
    tracemalloc.start()
    found = properties(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12_000_000
    assert sum(len(text) for texts in found.values() for text in texts) <= 16 * 4096 * len(found)


def test_what_is_read_of_a_packet_is_bounded(monkeypatch):
    started = []
    make = expat.ParserCreate

    class Counting:
        def __init__(self, parser):
            object.__setattr__(self, "parser", parser)

        def __setattr__(self, name, value):
            counts = name == "StartElementHandler"
            setattr(self.parser, name, (lambda *given: (started.append(1), value(*given))) if counts else value)

        def Parse(self, data, *final):  # noqa: N802 - expat's name
            assert len(data) <= 1024**2
            return self.parser.Parse(data, *final)

    monkeypatch.setattr(expat, "ParserCreate", lambda **options: Counting(make(**options)))
    for data in HOSTILE.values():
        started.clear()
        properties(data)
        assert len(started) <= 20_001


def test_mutations_of_a_packet_never_raise():
    randomly = random.Random(17)  # noqa: S311 - the same mutations in every run
    pieces = [b"<", b">", b"&", b"]]>", b"<!DOCTYPE x [", b"<![CDATA[", b"\xff\xfe", b"\0", b'="', b"<rdf:li>", b"&#0;"]
    for _ in range(3000):
        data = bytearray(LIGHTROOM)
        for _ in range(randomly.randrange(1, 8)):
            at = randomly.randrange(len(data))
            if randomly.random() < 0.4:
                del data[at : at + randomly.randrange(1, 200)]
            elif randomly.random() < 0.5:
                data[at:at] = randomly.choice(pieces)
            else:
                data[at] = randomly.randrange(256)
        found = properties(bytes(data))
        assert all(isinstance(text, str) for texts in found.values() for text in texts)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_an_error(data):
    properties(data)
    properties(b'<?xml version="1.0" encoding="' + data + b'"?><a/>')
