"""The format that a rendition is encoded in, by the format of its source. No Pillow."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from services.resize.settings import Rendition
from shared.choices import STILL_FORMATS, Format

# What a format becomes where a rendition keeps it: (without alpha, with alpha).
_KEPT: Final[Mapping[str, tuple[str, str]]] = {
    "JPEG": ("jpeg", "jpeg"),
    "MPO": ("jpeg", "png"),
    "PNG": ("png", "png"),
    "GIF": ("gif", "gif"),
    "WebP": ("webp", "webp"),
    "AVIF": ("avif", "avif"),
    "HEIC": ("jpeg", "png"),
    "TIFF": ("jpeg", "png"),
    "BMP": ("jpeg", "png"),
    "JPEG 2000": ("jpeg", "png"),
    "JPEG XL": ("jxl", "jxl"),
}
# A web page shows neither: a photograph in them becomes the JPEG above, and a screenshot or scan the smaller of these.
_UNEQUALLED: Final = frozenset({"TIFF", "BMP"})
_FLAT_ART: Final = ("png", "webp")


def output_formats(source_format: str, rendition: Rendition, *, has_alpha: bool, animated: bool) -> tuple[str, ...]:
    """What a rendition is encoded as, one format after the other; of a set each of its formats.

    Args:
        source_format: format of the source, such as "MPO".
        rendition: the rendition.
        has_alpha: whether the picture has an alpha channel.
        animated: whether it moves.
    """
    has = {"has_alpha": has_alpha, "animated": animated}
    return tuple(output_format(source_format, replace(rendition, format=each), **has) for each in wanted(rendition))


def wanted(rendition: Rendition) -> tuple[Format, ...]:
    """The formats of a rendition as the settings name them: keep and smallest among them."""
    return rendition.formats or (rendition.format,)


def output_format(source_format: str, rendition: Rendition, *, has_alpha: bool, animated: bool = False) -> str:
    """What a rendition is encoded as: jpeg, png, gif, webp, avif or jxl.

    Where the smallest of some formats is wanted, it is the first of them that has what the picture has.
    """
    if rendition.format == "keep":
        return _KEPT[source_format][has_alpha]
    if rendition.format != "smallest":
        return rendition.format
    unable = {"jpeg"} if has_alpha else set()
    if animated:
        unable |= STILL_FORMATS
    able = (each for each in rendition.candidates if each not in unable)
    return next(able, rendition.candidates[0])


def alternatives(source_format: str, rendition: Rendition, *, lossless: bool) -> tuple[str, ...]:
    """What a rendition that keeps a format with no equal on a web page becomes instead, where it is flat art."""
    keeps = rendition.format == "keep" and not rendition.formats
    return _FLAT_ART if keeps and lossless and source_format in _UNEQUALLED else ()


def candidates(rendition: Rendition, form: Format, *, animated: bool) -> tuple[str, ...]:
    """The formats of which a rendition gets the smallest file; none where its format is settled.

    Args:
        rendition: the rendition.
        form: one of the formats that are wanted of it.
        animated: whether the source moves: the same animation in several formats would take too long.
    """
    return rendition.candidates if form == "smallest" and not animated else ()
