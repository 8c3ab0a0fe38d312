"""The metadata that an output carries, as the options that each encoder takes. No AWS."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from shared.light_dataclass import dataclass
from shared.messages import Copyright

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

_EXIF_PREFIX: Final = b"Exif\0\0"


@dataclass(frozen=True, kw_only=True)
class EmbeddedTags:
    """What is written into every rendition of an image.

    Args:
        copyright_fields: who owns the picture; None for nothing.
        digital_source_type: URI of an IPTC newscode that says how it was made; None for none.
    """

    copyright_fields: Copyright | None = None
    digital_source_type: str | None = None

    def options(self, form: str) -> Mapping[str, Any]:
        """Options for a format: XMP everywhere, EXIF except in a GIF, which has a comment, and IIM in a JPEG.

        Args:
            form: jpeg, png, gif, webp, avif or jxl.
        """
        if self.copyright_fields is None and self.digital_source_type is None:
            return {}
        # Imported when the first image needs them: most keep nothing, and a cold start does without.
        from services.watermark import copyright_tags  # noqa: PLC0415
        from services.watermark.iim import iim_segment  # noqa: PLC0415
        from services.watermark.xmp_packet import xmp_packet  # noqa: PLC0415

        fields = self.copyright_fields or Copyright()
        packet = xmp_packet(fields, self.digital_source_type)
        options: dict[str, Any] = {"xmp": packet}
        has_names = fields.artist is not None or fields.copyright is not None
        if form == "gif":
            return options | ({"comment": copyright_tags.comment(fields)} if has_names else {})
        if has_names:
            # Pillow 13 removes the prefix of JPEG from a still WebP, but not from an animated one.
            prefix = _EXIF_PREFIX if form in {"webp", "jxl"} else b""
            options["exif"] = copyright_tags.exif(fields).removeprefix(prefix)
        if form == "jpeg":
            options["extra"] = iim_segment(fields)
        if form == "png":
            options["pnginfo"] = _png_text(options.pop("xmp"))
        return options


def _png_text(packet: bytes) -> "PngInfo":
    """XMP in an iTXt chunk: XMP Specification Part 3, 1.1.5."""
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 - Pillow imports its writer of PNGs when it first writes one

    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", packet.decode())
    return text
