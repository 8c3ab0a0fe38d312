"""Responsive sets: one picture at several widths, each in several formats, never wider than its source. No Pillow."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from services.resize.scaling import Size
from services.resize.settings import ImageSet, Rendition, Settings
from shared.choices import Format, SetFormat
from shared.overrides import Overrides

# A width alone decides: this is the longest side that every format of a set can have. WebP ends here.
# https://developers.google.com/speed/webp/faq#what_is_the_maximum_size_a_webp_image_can_be
MAX_SIDE_PX: Final = 16_383


def sized(settings: Settings, source: Size) -> Settings:
    """The settings of one page, with the renditions that its sets become.

    Args:
        settings: settings of the image.
        source: (width, height) in pixels, as people see it.
    """
    if not settings.sets:
        return settings
    made = tuple(rendition for each in settings.sets for rendition in _renditions(each, source[0]))
    return replace(settings, renditions=(*settings.renditions, *made), sets=())


def outputs(settings: Settings) -> int:
    """How many outputs one page has at most."""
    return len(settings.renditions) + sum(len(each.widths) * len(each.formats) for each in settings.sets)


def widths(wanted: tuple[int, ...], source: int) -> tuple[int, ...]:
    """The widths that a picture gets, ascending: those wanted up to its own, and its own in place of wider ones.

    Args:
        wanted: widths in pixels.
        source: width of the picture in pixels.
    """
    return tuple(sorted({min(width, source) for width in wanted}))


def picked(sets: tuple[ImageSet, ...], chosen: Overrides) -> tuple[ImageSet, ...]:
    """The sets with the overrides of one image; those alone that it names, where it names any.

    A format in place of all takes the place of each set's formats. `keep` and `smallest` leave them: a browser chooses.
    """
    return tuple(
        replace(
            each,
            quality=each.quality if chosen.quality is None else chosen.quality,
            # An uploader's quality is that of all formats.
            quality_target=each.quality_target if chosen.quality is None else None,
            format_quality=each.format_quality if chosen.quality is None else {},
            sharpen=each.sharpen if chosen.sharpen is None else chosen.sharpen,
            max_bytes=each.max_bytes if chosen.max_bytes is None else chosen.max_bytes,
            formats=_formats(each, chosen.format),
            watermark=each.watermark if chosen.watermark is None else chosen.watermark,
        )
        for each in sets
        if chosen.renditions is None or each.name in chosen.renditions
    )


def _formats(each: ImageSet, chosen: Format | None) -> tuple[SetFormat, ...]:
    if chosen is None or chosen == "keep":
        return each.formats
    return each.formats if chosen == "smallest" else (chosen,)


def _renditions(each: ImageSet, source: int) -> Iterator[Rendition]:
    for width in widths(each.widths, source):
        yield Rendition(
            name=f"{each.name}-{width}",
            width=width,
            height=MAX_SIDE_PX,
            background=each.background,
            sharpen=each.sharpen,
            quality=each.quality,
            quality_target=each.quality_target,
            format_quality=each.format_quality,
            max_bytes=each.max_bytes,
            candidates=each.candidates,
            watermark=each.watermark,
            set=each.name,
            formats=each.formats,
        )
