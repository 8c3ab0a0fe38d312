"""What is kept of a file's metadata, of all the places that may have it. No Pillow, no AWS.

Precedence is that of the Metadata Working Group's Guidelines For Handling Image Metadata 2.0 (November 2010): EXIF;
then XMP, unless the digest in the file shows that IPTC IIM was changed since it was in step with XMP; then IIM.
ExifTool's MWG module reads by the same rules. GPS, serial numbers and all other fields are never read.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Final

from services.resize.metadata import content_credentials, photoshop, xmp
from services.resize.metadata.blocks import Blocks
from services.resize.metadata.texts import MAX_ALT_CHARACTERS, MAX_CHARACTERS, line, url
from shared.light_dataclass import dataclass
from shared.messages import Copyright, Provenance

# Bytes of an IIM text: IIM 4.2, chapter 6. One that fills them may be the beginning of what XMP has in full.
_IIM_BYTES: Final = {
    photoshop.BY_LINE: 32,
    photoshop.CREDIT: 32,
    photoshop.SOURCE: 32,
    photoshop.COPYRIGHT_NOTICE: 128,
}
_SEPARATOR: Final = "; "

# https://cv.iptc.org/newscodes/digitalsourcetype/
_SOURCE_TYPES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_SOURCE_TYPE: Final = re.compile(r"https?://cv\.iptc\.org/newscodes/digitalsourcetype/([A-Za-z]{1,64})/?")


@dataclass(frozen=True, kw_only=True)
class _Places:
    """The two places of a field besides EXIF.

    Args:
        xmp: texts of each property of XMP.
        iim: texts of each dataset of IIM.
        iim_is_newer: whether IIM was changed after it was in step with XMP.
    """

    xmp: Mapping[str, Sequence[str]]
    iim: Mapping[int, Sequence[str]]
    iim_is_newer: bool

    def text(self, name: str, dataset: int) -> str | None:
        """The text of a field, several joined; None where neither place has it."""
        full = line(_SEPARATOR.join(self.xmp.get(name, ())))
        values = self.iim.get(dataset, ())
        short = line(_SEPARATOR.join(values))
        if full is None or (self.iim_is_newer and short is not None and not _is_cut(values, full, dataset)):
            return short
        return full


def copyright_of(exif: Copyright | None, blocks: Blocks) -> Copyright | None:
    """Who owns the picture; None where the file does not say.

    Args:
        exif: artist and copyright of EXIF; None where there are none.
        blocks: the other blocks of the file.
    """
    digest = hashlib.md5(blocks.iim, usedforsecurity=False).digest()
    found = xmp.properties(blocks.xmp)
    places = _Places(
        xmp=found,
        iim=photoshop.iim_texts(blocks.iim),
        # Photoshop writes zeros where there is no IIM.
        iim_is_newer=any(blocks.iim_digest) and blocks.iim_digest != digest,
    )
    fields = Copyright(
        artist=(exif and exif.artist) or places.text(xmp.CREATOR, photoshop.BY_LINE),
        copyright=(exif and exif.copyright) or places.text(xmp.RIGHTS, photoshop.COPYRIGHT_NOTICE),
        credit=places.text(xmp.CREDIT, photoshop.CREDIT),
        source=places.text(xmp.SOURCE, photoshop.SOURCE),
        web_statement=_first_url(found.get(xmp.WEB_STATEMENT, ())),
        licensor_url=_first_url(found.get(xmp.LICENSOR_URL, ())),
    )
    return None if fields == Copyright() else fields


def provenance_of(blocks: Blocks) -> Provenance:
    """How the picture was made: as XMP says, else as its content credentials say, if these name one source type.

    Args:
        blocks: the blocks of the file.
    """
    stated = _source_types(xmp.properties(blocks.xmp).get(xmp.DIGITAL_SOURCE_TYPE, ()))
    if not stated:
        signed = _source_types(sorted(content_credentials.texts_in(blocks.c2pa, _SOURCE_TYPES.encode())))
        # Several are of several steps, and no one of them is that of the picture.
        stated = signed if len(signed) == 1 else []
    return Provenance(digital_source_type=next(iter(stated), None), content_credentials=bool(blocks.c2pa))


def _source_types(texts: Sequence[str]) -> list[str]:
    """The URIs of IPTC newscodes among these texts."""
    return [_SOURCE_TYPES + found[1] for found in map(_SOURCE_TYPE.fullmatch, map(str.strip, texts)) if found]


def alt_text_of(blocks: Blocks) -> str | None:
    """What the picture shows, for those who do not see it; None where XMP does not say.

    Args:
        blocks: the blocks of the file.
    """
    texts = xmp.properties(blocks.xmp).get(xmp.ALT_TEXT, ())
    return line(texts[0], MAX_ALT_CHARACTERS) if texts else None


def _is_cut(values: Sequence[str], full: str, dataset: int) -> bool:
    """Whether the text of IIM is only the beginning of that of XMP, up to what IIM has room for."""
    text = values[0].strip() if len(values) == 1 else ""
    fills = len(text.encode()) >= _IIM_BYTES[dataset] - 3  # a character of UTF-8 is not cut in two
    return fills and full.startswith(text[:MAX_CHARACTERS])


def _first_url(texts: Sequence[str]) -> str | None:
    return next((found for found in map(url, texts) if found is not None), None)
