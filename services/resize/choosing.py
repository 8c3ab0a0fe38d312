"""The settings that one image gets: its prefix's profile, and then what its uploader orders. No Pillow, no AWS."""

from collections.abc import Mapping
from dataclasses import replace

from services.resize.settings import Rendition, Settings
from shared import overrides, profiles
from shared.overrides import Overrides


def chosen(settings: Settings, key: str, metadata: Mapping[str, str]) -> Settings:
    """The settings of one image.

    Args:
        settings: of the service.
        key: that the image was dropped under.
        metadata: of the object, as S3 gives it.

    Raises:
        BadOverride: the uploader orders what is not allowed, or does not exist.
    """
    ordered = overrides.parse(metadata, settings.overrides)
    profile = profiles.matching(settings.profiles, key)
    if profile is not None:
        settings = replace(
            settings,
            renditions=profile.renditions or settings.renditions,
            metadata=profile.metadata or settings.metadata,
        )
    return replace(
        settings,
        renditions=tuple(_ordered(rendition, ordered) for rendition in _picked(settings.renditions, ordered)),
        metadata=ordered.metadata or settings.metadata,
    )


def _picked(renditions: tuple[Rendition, ...], ordered: Overrides) -> tuple[Rendition, ...]:
    """Those that the uploader names, in the order of the settings; all where none are named."""
    if ordered.renditions is None:
        return renditions
    names = [rendition.name for rendition in renditions]
    if not set(ordered.renditions) <= set(names):
        raise overrides.bad("renditions", ",".join(ordered.renditions), "some of " + ", ".join(names))
    return tuple(rendition for rendition in renditions if rendition.name in ordered.renditions)


def _ordered(rendition: Rendition, ordered: Overrides) -> Rendition:
    """As ordered; a gravity that its fit has no use for does nothing, so one order serves all renditions."""
    return replace(
        rendition,
        quality=rendition.quality if ordered.quality is None else ordered.quality,
        format=ordered.format or rendition.format,
        fit=ordered.fit or rendition.fit,
        gravity=ordered.gravity or rendition.gravity,
        watermark=rendition.watermark if ordered.watermark is None else ordered.watermark,
    )
