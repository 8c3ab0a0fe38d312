"""The values of a gain map as Adobe and Android have them in XMP: hdrgm 1.0. No Pillow, no AWS."""

import re
from typing import Final

from services.resize.gain_map.values import Channels, GainMapError, GainMapValues, channels

# What the segment begins with.
PREFIX: Final = b"http://ns.adobe.com/xap/1.0/\0"
_NAMESPACE: Final = "http://ns.adobe.com/hdr-gain-map/1.0/"
VERSION: Final = "1.0"

_MAX_CHARACTERS: Final = 65_536
# A number as XMP's Real has it, and no more: no "nan", no "1_0".
_NUMBER: Final = re.compile(r"[+-]?\d{1,20}(?:\.\d{0,20})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_ITEM: Final = re.compile(r"<rdf:li>\s{0,100}([^<\s]{1,60})\s{0,100}</rdf:li>")
_PREFIX_OF_NAMES: Final = re.compile(rf"xmlns:([A-Za-z_][\w.-]{{0,40}})\s?=\s?[\"']{re.escape(_NAMESPACE)}[\"']")


def values_in(packet: bytes) -> GainMapValues | None:
    """The values in the XMP of a gain map; None where it has none.

    A bounded scan and not an XML parser: an attribute, an element, or an element with a sequence of three numbers, as
    https://developer.android.com/media/platform/hdr-image-format and Adobe's "Gain map" 1.0 define them.

    Args:
        packet: the segment's body after PREFIX.

    Raises:
        GainMapError: of another version, or a value is missing or out of bounds.
    """
    text = packet[:_MAX_CHARACTERS].decode("utf-8", "replace")
    found = _PREFIX_OF_NAMES.search(text)
    if found is None:
        return None
    names = found[1]
    version, most = _text(text, names, "Version"), _text(text, names, "GainMapMax")
    if version is None or most is None:
        return None
    if version != VERSION:
        raise GainMapError("its XMP is of another version than 1.0")
    if (_text(text, names, "BaseRenditionIsHDR") or "").lower() == "true":
        raise GainMapError("its base is the HDR picture")
    headroom = _text(text, names, "HDRCapacityMax")
    if headroom is None:
        raise GainMapError("its XMP has no HDRCapacityMax")
    given = {
        field: _numbers(value) for field, name in _FIELDS.items() if (value := _text(text, names, name)) is not None
    }
    return GainMapValues(
        **given,  # type: ignore[arg-type]  # the fields of _FIELDS are Channels
        base_headroom=_number(_text(text, names, "HDRCapacityMin") or "0"),
        alternate_headroom=_number(headroom),
    )


_FIELDS: Final = {
    "minimum": "GainMapMin",
    "maximum": "GainMapMax",
    "gamma": "Gamma",
    "base_offset": "OffsetSDR",
    "alternate_offset": "OffsetHDR",
}


def _text(packet: str, names: str, name: str) -> str | None:
    """The value of an attribute, else what an element of this name contains."""
    full = re.escape(f"{names}:{name}")
    found = re.search(rf"[\s]{full}\s?=\s?(?:\"([^\"<]{{0,100}})\"|'([^'<]{{0,100}})')", packet)
    if found is not None:
        return (found[1] or found[2] or "").strip()
    begin, end = packet.find(f"<{names}:{name}>"), packet.find(f"</{names}:{name}>")
    return packet[begin + len(names) + len(name) + 3 : end].strip()[:1000] if 0 <= begin < end else None


def _numbers(text: str) -> Channels:
    return channels([_number(each) for each in (_ITEM.findall(text) if "<" in text else [text])])


def _number(text: str) -> float:
    if _NUMBER.fullmatch(text) is None:
        raise GainMapError("a value of its XMP is not a number")
    return float(text)


def packet_of(values: GainMapValues) -> bytes:
    """The XMP packet for these values: attributes, and sequences of three where the channels differ."""
    attributes = [f'hdrgm:Version="{VERSION}"', 'hdrgm:BaseRenditionIsHDR="False"']
    attributes += [f'hdrgm:HDRCapacityMin="{_plain(values.base_headroom)}"']
    attributes += [f'hdrgm:HDRCapacityMax="{_plain(values.alternate_headroom)}"']
    elements = []
    for field, name in _FIELDS.items():
        numbers = [_plain(number) for number in getattr(values, field)]
        if len(set(numbers)) == 1:
            attributes.append(f'hdrgm:{name}="{numbers[0]}"')
        else:
            items = "".join(f"<rdf:li>{number}</rdf:li>" for number in numbers)
            elements.append(f"<hdrgm:{name}><rdf:Seq>{items}</rdf:Seq></hdrgm:{name}>")
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:hdrgm="{_NAMESPACE}" {" ".join(attributes)}>'
        f"{''.join(elements)}</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()


def _plain(number: float) -> str:
    """A number without an exponent: "0.015625"."""
    return f"{number:.10f}".rstrip("0").rstrip(".") or "0"
