"""The settings of one image: its prefix's profile, then its uploader's overrides. No Pillow, no AWS."""

from collections.abc import Mapping
from dataclasses import replace

from services.resize.sets import picked
from services.resize.settings import Profile, Rendition, Settings, only_with
from shared import overrides, profiles
from shared.choices import EXTRAS
from shared.overrides import Overrides


def chosen(settings: Settings, key: str, metadata: Mapping[str, str]) -> Settings:
    """The settings of one image.

    Args:
        settings: settings of the service.
        key: key under which the image was uploaded.
        metadata: user metadata of the object, as S3 returns it.

    Raises:
        BadOverride: an override is not allowed, does not exist, or names a format whose encoder is not in the zips.
    """
    chosen = overrides.parse(metadata, settings.overrides)
    if chosen.format in EXTRAS and chosen.format not in settings.extras:
        raise overrides.bad("format", chosen.format, only_with(chosen.format))
    profile = profiles.matching(settings.profiles, key)
    if profile is not None:
        settings = _of(profile, settings)
    return replace(
        settings,
        renditions=tuple(_overridden(rendition, chosen) for rendition in _picked(settings, chosen)),
        sets=picked(settings.sets, chosen),
        metadata=chosen.metadata or settings.metadata,
        hdr=chosen.hdr or settings.hdr,
        trim=settings.trim if chosen.trim is None else chosen.trim,
    )


def _of(profile: Profile, settings: Settings) -> Settings:
    return replace(
        settings,
        renditions=profile.renditions or settings.renditions,
        sets=settings.sets if profile.sets is None else profile.sets,
        metadata=profile.metadata or settings.metadata,
        hdr=profile.hdr or settings.hdr,
        trim=settings.trim if profile.trim is None else profile.trim,
    )


def _picked(settings: Settings, chosen: Overrides) -> tuple[Rendition, ...]:
    """The renditions that the uploader names, in the order of the settings; all if none are named.

    Raises:
        BadOverride: a name is neither a rendition's nor a set's.
    """
    renditions = settings.renditions
    if chosen.renditions is None:
        return renditions
    names = [*(each.name for each in renditions), *(each.name for each in settings.sets)]
    if not set(chosen.renditions) <= set(names):
        raise overrides.bad("renditions", ",".join(chosen.renditions), "some of " + ", ".join(names))
    return tuple(rendition for rendition in renditions if rendition.name in chosen.renditions)


def _overridden(rendition: Rendition, chosen: Overrides) -> Rendition:
    """The rendition with the overrides; a gravity that its fit does not use is ignored, so one override serves all."""
    fit = chosen.fit or rendition.fit
    # Padding has a direction or none: attention is of crops alone.
    has_no_use = fit == "contain" and chosen.gravity == "attention"
    return replace(
        rendition,
        quality=rendition.quality if chosen.quality is None else chosen.quality,
        # An uploader's quality is that of all formats.
        quality_target=rendition.quality_target if chosen.quality is None else None,
        format_quality=rendition.format_quality if chosen.quality is None else {},
        max_bytes=rendition.max_bytes if chosen.max_bytes is None else chosen.max_bytes,
        format=chosen.format or rendition.format,
        fit=fit,
        gravity=rendition.gravity if has_no_use else chosen.gravity or rendition.gravity,
        # Whichever of the two the uploader chose is in place of both.
        focus=chosen.focus if chosen.focus is not None or chosen.gravity is not None else rendition.focus,
        sharpen=rendition.sharpen if chosen.sharpen is None else chosen.sharpen,
        watermark=rendition.watermark if chosen.watermark is None else chosen.watermark,
    )
