"""The watermark of one image: its prefix's, with its uploader's overrides; drawn watermarks are cached. No AWS."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from services.watermark.drawn_watermark import ROOT, DrawnWatermark
from services.watermark.settings import Settings, Watermark
from shared import overrides, profiles
from shared.errors import BadOverride, BadSetting
from shared.overrides import Overrides

# Overrides that this service reads; resize has validated all of them.
_READ: Final = ("watermark-text", "watermark-position", "watermark-opacity")

# Watermarks with overrides are cached separately, so that a hundred of them do not evict the others.
_KEPT_OVERRIDES: Final = 8


class DrawnWatermarks:
    """The watermarks of all images, each made when it is first needed, and cached from image to image.

    Args:
        settings: settings with the watermark of every image, and of some prefixes.
        root: folder to which the paths of images are relative.

    Raises:
        BadSetting: the watermark of every image cannot be made.
    """

    def __init__(self, settings: Settings, root: Path = ROOT) -> None:
        self._settings = settings
        made = partial(DrawnWatermark, root=root)
        self._set = lru_cache(maxsize=1 + len(settings.profiles))(made)
        self._overridden = lru_cache(maxsize=_KEPT_OVERRIDES)(made)
        self._set(settings.watermark)

    def of(self, key: str, metadata: Mapping[str, str]) -> DrawnWatermark:
        """The watermark of one image.

        Args:
            key: key under which the image was uploaded.
            metadata: user metadata of the object, as S3 returned it.

        Raises:
            BadOverride: an override is not allowed, or the font lacks a character.
            BadSetting: the watermark of the image's prefix cannot be made.
        """
        profile = profiles.matching(self._settings.profiles, key)
        path, settings = "watermark", self._settings.watermark
        if profile is not None and profile.watermark is not None:
            path, settings = profile.path, profile.watermark
        given = overrides.parse(metadata, self._settings.overrides, names=_READ)
        chosen = _overridden(settings, given)
        try:
            return (self._set if chosen == settings else self._overridden)(chosen)
        except BadSetting as error:
            if given.watermark_text is not None:
                header = f"{overrides.HEADER}{overrides.PREFIX}watermark-text"
                raise BadOverride(header + str(error).removeprefix("watermark.text")) from error
            raise BadSetting(path + str(error).removeprefix("watermark")) from error

    def check(self) -> None:
        """Make the watermark of every prefix now.

        Raises:
            BadSetting: one cannot be made.
        """
        for profile in self._settings.profiles:
            self.of(profile.prefix, {})


def _overridden(settings: Watermark, given: Overrides) -> Watermark:
    text = given.watermark_text
    return replace(
        settings,
        text=settings.text if text is None else text,
        image=settings.image if text is None else None,
        position=given.watermark_position or settings.position,
        opacity=settings.opacity if given.watermark_opacity is None else given.watermark_opacity,
    )
