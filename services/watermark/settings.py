"""The settings of watermark: the watermark and its position."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import Any, Final, Self

from shared import overrides, profiles
from shared.choices import Position
from shared.errors import BadSetting
from shared.light_dataclass import dataclass
from shared.settings import bad, from_env, in_sequence, required, schema_beside

DEFAULT_TEXT: Final = "© image-pipeline"
IMAGE_SUFFIXES: Final = (".png", ".webp", ".jpg", ".jpeg")
TILE_ANGLE_DEGREES: Final = 30.0
DEFAULT_SECONDS: Final = 20


@dataclass(frozen=True, kw_only=True)
class Watermark:
    """The watermark: a text or an image; docs/reference/settings.md describes each field of `watermark`."""

    text: str | None = DEFAULT_TEXT
    image: str | None = None
    position: Position = "bottom-right"
    opacity: float = 0.6
    scale: float = 0.25
    min_width_px: int = 64
    max_width_px: int = 100_000
    margin: float = 0.02
    tile: bool = False
    angle_degrees: float | None = None
    min_side_px: int = 200

    @property
    def rotation_degrees(self) -> float:
        """The angle of rotation, anticlockwise: that of tiles, or of a single watermark, where none is given."""
        if self.angle_degrees is not None:
            return self.angle_degrees
        return TILE_ANGLE_DEGREES if self.tile else 0


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The settings that differ for images under a prefix.

    Args:
        prefix: prefix of their keys.
        watermark: their watermark; None where it is the default one.
        path: path of this watermark in pipeline.yaml, for errors.
    """

    prefix: str
    watermark: Watermark | None = None
    path: str = ""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of watermark from its environment.

    Args:
        work_bucket: bucket of the intermediate objects.
        seconds: seconds that one image may take.
        watermark: watermark of every image.
        overrides: names of the overrides that uploaders may use.
        profiles: profiles of some prefixes.
    """

    work_bucket: str
    seconds: int = DEFAULT_SECONDS
    watermark: Watermark = Watermark()
    overrides: tuple[str, ...] = overrides.NAMES
    profiles: tuple[Profile, ...] = ()

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read WORK_BUCKET, LIMITS, WATERMARK, OVERRIDES and PROFILES.

        Raises:
            BadSetting: a setting is wrong; names it, its value and what is allowed.
        """
        given = from_env(env, schema_beside(__file__))
        watermark = _watermark(given.get("watermark", {}), "watermark", Watermark())
        return cls(
            work_bucket=required(env, "WORK_BUCKET"),
            seconds=given.get("limits", {}).get("seconds", DEFAULT_SECONDS),
            watermark=watermark,
            overrides=in_sequence(given.get("overrides", overrides.NAMES), overrides.NAMES),
            profiles=profiles.parsed(given.get("profiles"), partial(_profile, default=watermark)),
        )


def _profile(given: Mapping[str, Any], path: str, default: Watermark) -> Profile:
    if "watermark" not in given:
        return Profile(prefix=given["prefix"])
    path = f"{path}.watermark"
    return Profile(prefix=given["prefix"], watermark=_watermark(given["watermark"], path, default), path=path)


def _watermark(given: Mapping[str, Any], path: str, default: Watermark) -> Watermark:
    """The watermark; settings that are missing or null are as in the default.

    A text or an image that is given replaces the other.
    """
    values = {name: value for name, value in given.items() if value is not None}
    image, text = values.get("image"), values.get("text")
    if image is not None and text is not None:
        raise BadSetting(f"{path} has text {text!r} and image {image!r}; allowed: one of the two")
    if image is not None and (PurePosixPath(image).is_absolute() or ".." in PurePosixPath(image).parts):
        raise bad(f"{path}.image", image, "the path of a file in this repository, relative to its root")
    if image is not None and PurePosixPath(image).suffix.lower() not in IMAGE_SUFFIXES:
        raise bad(f"{path}.image", image, "a file that ends in " + ", ".join(IMAGE_SUFFIXES))
    if image is not None or text is not None:
        values |= {"image": image, "text": text}
    # A maximum width below the default minimum lowers the minimum too.
    max_width_px = values.get("max_width_px", default.max_width_px)
    values = {"min_width_px": min(default.min_width_px, max_width_px)} | values
    if values["min_width_px"] > max_width_px:
        raise bad(f"{path}.min_width_px", values["min_width_px"], f"no more than max_width_px ({max_width_px:,})")
    return replace(default, **values)
