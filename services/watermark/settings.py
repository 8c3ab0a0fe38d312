"""The settings of watermark: what the mark is and where it sits."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import Final, Self

from shared import overrides, profiles
from shared.choices import POSITIONS, Position
from shared.errors import BadSetting
from shared.settings import Section, required, section_from_env, value_from_env

DEFAULT_TEXT: Final = "© image-pipeline"
MAX_TEXT: Final = 200
IMAGE_SUFFIXES: Final = (".png", ".webp", ".jpg", ".jpeg")
WIDEST_PX: Final = 100_000
TILE_ANGLE_DEGREES: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Watermark:
    """The mark; see `watermark` of pipeline.yaml.

    Args:
        text: what it says; None where it is an image.
        image: the path of a PNG, WebP or JPEG in this repository, and so in the zip.
        position: one of nine.
        opacity: 0 to 1.
        scale: its width relative to the image's, 0.01 to 1; before it is turned.
        min_width_px: no narrower than this, wherever the image has the room.
        max_width_px: no wider than this.
        margin: to the edges, relative to the image's shorter side, 0 to 0.4.
        tile: repeated over the whole image.
        angle_degrees: -180 to 180, counter-clockwise; of the rows of tiles too.
        min_side_px: an image whose shorter side is smaller stays unmarked.
    """

    text: str | None = DEFAULT_TEXT
    image: str | None = None
    position: Position = "bottom-right"
    opacity: float = 0.6
    scale: float = 0.25
    min_width_px: int = 64
    max_width_px: int = WIDEST_PX
    margin: float = 0.02
    tile: bool = False
    angle_degrees: float = 0
    min_side_px: int = 200


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What differs for images that are uploaded under a prefix.

    Args:
        prefix: of their keys.
        watermark: their mark; None where it is everybody's.
        path: of this watermark in pipeline.yaml, for errors.
    """

    prefix: str
    watermark: Watermark | None = None
    path: str = ""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that watermark is reported from outside.

    Args:
        work_bucket: where renditions are kept for the next service.
        watermark: of every image.
        overrides: names of those that uploaders may use.
        profiles: of some prefixes.
    """

    work_bucket: str
    watermark: Watermark = Watermark()
    overrides: tuple[str, ...] = overrides.NAMES
    profiles: tuple[Profile, ...] = ()

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read WORK_BUCKET, WATERMARK, OVERRIDES and PROFILES.

        Raises:
            BadSetting: names the setting, its value and what is allowed.
        """
        watermark = _watermark(section_from_env(env, "watermark"), Watermark())
        return cls(
            work_bucket=required(env, "WORK_BUCKET"),
            watermark=watermark,
            overrides=value_from_env(env, "overrides").words("overrides", overrides.NAMES, overrides.NAMES),
            profiles=profiles.from_env(env, partial(_profile, default=watermark)),
        )


def _profile(section: Section, prefix: str, default: Watermark) -> Profile:
    if not section.has("watermark"):
        return Profile(prefix=prefix)
    inner = section.section("watermark")
    return Profile(prefix=prefix, watermark=_watermark(inner, default), path=inner.path)


def _watermark(section: Section, default: Watermark) -> Watermark:
    """The mark; what is not given is as in the default.

    A text or an image that is given takes the place of the other.
    """
    image = section.optional_text("image", longest=200)
    text = section.optional_text("text", longest=MAX_TEXT)
    if image is not None and text is not None:
        raise BadSetting(f"{section.path} has text {text!r} and image {image!r}; allowed: one of the two")
    if image is not None and (PurePosixPath(image).is_absolute() or ".." in PurePosixPath(image).parts):
        raise section.bad("image", "the path of a file in this repository, relative to its top")
    if image is None and text is None:
        image, text = default.image, default.text
    if image is not None and PurePosixPath(image).suffix.lower() not in IMAGE_SUFFIXES:
        raise section.bad("image", "a file that ends in " + ", ".join(IMAGE_SUFFIXES))
    tile = section.boolean("tile", default=default.tile)
    angle_degrees = default.angle_degrees
    if tile != default.tile:
        angle_degrees = TILE_ANGLE_DEGREES if tile else 0.0
    if section.raw("angle_degrees") is not None:
        angle_degrees = section.number("angle_degrees", angle_degrees, low=-180, high=180)
    # A mark that is bounded to less than the default's least width needs no second setting for it.
    max_width_px = section.integer("max_width_px", default.max_width_px, low=1, high=WIDEST_PX)
    min_width_px = section.integer("min_width_px", min(default.min_width_px, max_width_px), low=1, high=WIDEST_PX)
    if min_width_px > max_width_px:
        raise section.bad("min_width_px", f"no more than max_width_px ({max_width_px:,})")
    watermark = Watermark(
        text=text,
        image=image,
        position=section.choice("position", default.position, POSITIONS),
        opacity=section.number("opacity", default.opacity, low=0, high=1),
        scale=section.number("scale", default.scale, low=0.01, high=1),
        min_width_px=min_width_px,
        max_width_px=max_width_px,
        margin=section.number("margin", default.margin, low=0, high=0.4),
        tile=tile,
        angle_degrees=angle_degrees,
        min_side_px=section.integer("min_side_px", default.min_side_px, low=1, high=100_000),
    )
    section.finish()
    return watermark
