"""The few properties of an XMP packet that are kept, read within bounds. No Pillow, no AWS.

XMP Specification Part 1 (ISO 16684-1), 7, and IPTC Photo Metadata Standard 2024.1. The parser is Python's expat, which
is given no document type: so there are no entities and nothing outside the packet is read.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from services.resize.metadata.blocks import MAX_XMP_BYTES

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
_DC: Final = "http://purl.org/dc/elements/1.1/ "
_PHOTOSHOP: Final = "http://ns.adobe.com/photoshop/1.0/ "
_PLUS: Final = "http://ns.useplus.org/ldf/xmp/1.0/ "
_IPTC_CORE: Final = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/ "
_IPTC_EXTENSION: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/ "

CREATOR: Final = _DC + "creator"
RIGHTS: Final = _DC + "rights"
CREDIT: Final = _PHOTOSHOP + "Credit"
SOURCE: Final = _PHOTOSHOP + "Source"
WEB_STATEMENT: Final = "http://ns.adobe.com/xap/1.0/rights/ WebStatement"
LICENSOR_URL: Final = _PLUS + "LicensorURL"
DIGITAL_SOURCE_TYPE: Final = _IPTC_EXTENSION + "DigitalSourceType"
ALT_TEXT: Final = _IPTC_CORE + "AltTextAccessibility"

_LICENSOR: Final = _PLUS + "Licensor"
_WANTED: Final = frozenset(
    {CREATOR, RIGHTS, CREDIT, SOURCE, WEB_STATEMENT, LICENSOR_URL, DIGITAL_SOURCE_TYPE, ALT_TEXT}
)
_ROOT: Final = _RDF + "RDF"
_DESCRIPTION: Final = _RDF + "Description"
_RESOURCE: Final = _RDF + "resource"
_LANGUAGE: Final = "http://www.w3.org/XML/1998/namespace lang"
_DEFAULT: Final = "x-default"

# Of 34 real packets the largest has 2,100 elements, 9 levels deep.
_MAX_ELEMENTS: Final = 20_000
_MAX_DEPTH: Final = 64
_MAX_VALUES: Final = 16
_MAX_CHARACTERS: Final = 4096


class _Enough(Exception):
    """Ends the parsing."""


@dataclass
class _Value:
    """One text of a property.

    Args:
        language: language of an alternative; "" for none.
        text: the text.
    """

    language: str = ""
    text: str = ""


@dataclass
class _Reader:
    """Follows the elements of a packet, and keeps the texts of the wanted properties.

    Args:
        values: texts of each property.
        path: names of the open elements.
        elements: number of elements so far.
        name: the property that is open; "" for none.
        depth: number of open elements where it began.
        value: its text, as far as it has come.
    """

    values: dict[str, list[_Value]] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    elements: int = 0
    name: str = ""
    depth: int = 0
    value: _Value = field(default_factory=_Value)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self.elements += 1
        if self.elements > _MAX_ELEMENTS or len(self.path) >= _MAX_DEPTH:
            raise _Enough
        above = self.path[-1] if self.path else ""
        within_licensor = _LICENSOR in self.path
        is_described = name == _DESCRIPTION and above == _ROOT
        # Anything deeper is about another picture, such as one that was placed into this one.
        is_property = above == _DESCRIPTION and len(self.path) > 1 and self.path[-2] == _ROOT
        if is_described or within_licensor:
            for each, text in attributes.items():
                if each in _WANTED and (is_described or each == LICENSOR_URL):
                    self._keep(each, _Value(text=text))
        if name in _WANTED and (is_property or (within_licensor and name == LICENSOR_URL)):
            self.name, self.depth = name, len(self.path)
        if self.name:
            self.value = _Value(language=attributes.get(_LANGUAGE, ""), text=attributes.get(_RESOURCE, ""))
        self.path.append(name)

    def text(self, text: str) -> None:
        """Some characters of the open property."""
        if self.name and len(self.value.text) < _MAX_CHARACTERS:
            self.value.text += text[:_MAX_CHARACTERS]

    def end(self, _: str) -> None:
        """An element ends."""
        self.path.pop()
        if not self.name:
            return
        self._keep(self.name, self.value)
        self.value = _Value()
        if len(self.path) == self.depth:
            self.name = ""

    def _keep(self, name: str, value: _Value) -> None:
        found = self.values.setdefault(name, [])
        if value.text.strip() and len(found) < _MAX_VALUES:
            found.append(_Value(language=value.language, text=value.text[:_MAX_CHARACTERS]))


def properties(packet: bytes) -> Mapping[str, tuple[str, ...]]:
    """Texts of the wanted properties; of alternatives in several languages the default one alone.

    A packet that is damaged, too large or has a document type gives what came before that.

    Args:
        packet: the packet, in UTF-8 or UTF-16.
    """
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse
    # LookupError and ValueError: an encoding that Python has not, or that expat cannot use.
    with suppress(expat.ExpatError, _Enough, LookupError, ValueError):
        parser.Parse(packet.strip(b"\0 \t\r\n")[:MAX_XMP_BYTES], True)  # noqa: FBT003 - takes no names
    return {name: _chosen(values) for name, values in reader.values.items() if values}


def _refuse(*_: object) -> None:
    raise _Enough


def _chosen(values: list[_Value]) -> tuple[str, ...]:
    """The default of alternatives, else the first; all the texts of a list."""
    if not any(each.language for each in values):
        return tuple(each.text for each in values)
    default = [each.text for each in values if each.language.lower() == _DEFAULT]
    return tuple(default[:1] or [values[0].text])
