"""What is passed on of an image's own metadata, as the setting says. No AWS."""

from typing import Final

from services.resize.formats.jpeg_segments import head_bytes
from services.resize.formats.source import OpenedImage
from shared.choices import Metadata
from shared.light_dataclass import dataclass
from shared.messages import Copyright, Provenance

# Where a file does not have this name of a property, it has no alternative text, and its XMP need not be read.
_ALT_TEXT: Final = b"AltTextAccessibility"
_JPEG: Final = b"\xff\xd8\xff"
_CREDENTIALS: Final = "content credentials (C2PA) of the source, which outputs do not have"


@dataclass(frozen=True, kw_only=True)
class SourceMetadata:
    """What is passed on.

    Args:
        copyright_fields: who owns the picture, if that is kept; None for nothing.
        provenance: how the picture was made, if that is kept; None if not.
        alt_text: what the picture shows, for those who do not see it; None where the file does not say.
    """

    copyright_fields: Copyright | None = None
    provenance: Provenance | None = None
    alt_text: str | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the uploader should know of it."""
        return (_CREDENTIALS,) if self.provenance is not None and self.provenance.content_credentials else ()


def source_metadata(data: bytes, source: OpenedImage, setting: Metadata) -> SourceMetadata:
    """What is passed on of a file's metadata.

    Args:
        data: the file.
        source: the same, opened; its pixels have not been read.
        setting: which metadata outputs keep.
    """
    if setting == "none" and data.find(_ALT_TEXT, 0, _searched_bytes(data)) < 0:
        return SourceMetadata()
    # Imported when the first image needs them: few settings keep metadata, and few files have such a text.
    from services.resize.metadata import blocks, kept  # noqa: PLC0415

    found = blocks.blocks_of(data)
    return SourceMetadata(
        copyright_fields=kept.copyright_of(source.copyright_fields(), found) if "copyright" in setting else None,
        provenance=kept.provenance_of(found) if "provenance" in setting else None,
        alt_text=kept.alt_text_of(found),
    )


def _searched_bytes(data: bytes) -> int:
    """How far metadata reach: to the pixels of a JPEG, and anywhere in a file of another format."""
    return head_bytes(data) if data.startswith(_JPEG) else len(data)
