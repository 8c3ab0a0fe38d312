"""The codecs that items and tracks of a HEIF or AVIF file name, and those that are decoded. No Pillow, no AWS."""

from collections.abc import Mapping
from typing import Final

CODECS: Final[Mapping[str, str]] = {
    "hvc1": "HEVC",
    "av01": "AV1",
    "avc1": "AVC",
    "vvc1": "VVC",
    "evc1": "EVC",
    "lhv1": "layered HEVC",
    "jpeg": "JPEG",
    "j2k1": "JPEG 2000",
    "unci": "uncompressed pixels",
    "mski": "a mask",
    "tili": "independent tiles",
    "iovl": "an overlay",
}
# The codecs of each decoder.
DECODED: Final[Mapping[str, frozenset[str]]] = {"HEIC": frozenset({"hvc1"}), "AVIF": frozenset({"av01"})}
