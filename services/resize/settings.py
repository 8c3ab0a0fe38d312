"""The settings of resize: what renditions it makes, and the limits of what it reads."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self

from services.resize.taxonomy import LABELS
from shared import overrides, profiles
from shared.choices import FITS, FORMATS, GRAVITIES, METADATA, PAGES, Fit, Format, Gravity, Metadata, Pages
from shared.errors import BadSetting
from shared.settings import Section, required, section_from_env, value_from_env

# The background that is none: what is see-through stays so, and a JPEG, which has no alpha, gets white.
TRANSPARENT: Final = "transparent"

# The words of `formats`: what services/resize/formats/sniffing.py distinguishes, in its order.
INPUT_FORMATS: Final = ("jpeg", "png", "gif", "webp", "avif", "heic", "tiff", "bmp", "jpeg2000")

MAX_RENDITIONS: Final = 10
MAX_SIDE_PX: Final = 8192


@dataclass(frozen=True, kw_only=True)
class Rendition:
    """One of the pictures that are made of every image.

    Args:
        name: part of the output's key.
        width: of the box, in pixels.
        height: of the box, in pixels.
        fit: inside: within the box. cover: fills it, cropped. contain: within, padded to the box.
        gravity: what cover keeps and where contain puts the picture; attention, of cover alone, keeps what has the
            most detail.
        enlarge: whether a source that is smaller than the box is enlarged to it.
        background: TRANSPARENT, or "#rrggbb": the colour beneath all that is see-through, padding included.
        format: of the output; keep follows the source.
        quality: 1 to 100, of jpeg, webp and avif.
        watermark: whether it gets the mark.
    """

    name: str
    width: int
    height: int
    fit: Fit = "inside"
    gravity: Gravity = "center"
    enlarge: bool = False
    background: str = TRANSPARENT
    format: Format = "keep"
    quality: int = 82
    watermark: bool = True


DEFAULT_RENDITIONS: Final = (
    Rendition(name="resized", width=1024, height=1024),
    Rendition(name="thumb", width=256, height=256, fit="cover", watermark=False),
)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What an image may be at most; see `limits` of pipeline.yaml.

    Args:
        bytes: of the file.
        pixels: width x height.
        memory_mb: that decoding one image takes, in MiB, by its header.
        side_px: the longer side.
        frames: of an animation.
        frame_pixels: frames x width x height of an animation.
        jpeg_scans: of a progressive JPEG; each costs the decoder a pass over the whole picture.
        seconds: to decode it and make its renditions.
    """

    bytes: int = 100 * 1024**2
    pixels: int = 250_000_000
    memory_mb: int = 1000
    side_px: int = 30_000
    frames: int = 500
    frame_pixels: int = 100_000_000
    jpeg_scans: int = 64
    seconds: int = 20


# What a function holds beside pixels: itself, and the files of an image read ahead, one at work and one being written.
_FUNCTION_MB: Final = 250
_FILES: Final = 3
_MIN_MEMORY_MB: Final = 16


# In percent: what hardly anybody wants to publish, and Rekognition reports well from what people do want to.
DEFAULT_REJECTED: Final[Mapping[str, float | None]] = {
    "Explicit": 60,
    "Graphic Violence": 80,
    "Visually Disturbing": 80,
    "Hate Symbols": 80,
}
MAX_FRAMES: Final = 5


@dataclass(frozen=True, kw_only=True)
class Moderation:
    """What of an image a moderator is shown, and what rejects it; see `moderation` of pipeline.yaml.

    Args:
        labels: the confidence from which on each label rejects, in percent; None: it lets pass.
        frames: of an animation, that are shown at most.
    """

    labels: Mapping[str, float | None] = field(default_factory=lambda: DEFAULT_REJECTED)
    frames: int = 3

    @property
    def least(self) -> float:
        """The least confidence that rejects anything, in percent."""
        return min(threshold for threshold in self.labels.values() if threshold is not None)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What differs for images that are uploaded under a prefix; None where nothing does.

    Args:
        prefix: of their keys.
        renditions: in place of all the others.
        metadata: what of the source's is kept.
    """

    prefix: str
    renditions: tuple[Rendition, ...] | None = None
    metadata: Metadata | None = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that resize is reported from outside.

    Args:
        work_bucket: where renditions are kept for the next service.
        renditions: of every image.
        limits: of every image.
        formats: of the images that are accepted.
        metadata: what of the source's is kept: nothing, or artist and copyright.
        pages: of a document of several pages, which become outputs: the first, or all.
        overrides: names of those that uploaders may use.
        profiles: of some prefixes.
        moderation: of every image; None where it is off. Neither uploaders nor profiles have a say in it.
    """

    work_bucket: str
    renditions: tuple[Rendition, ...] = DEFAULT_RENDITIONS
    limits: Limits = Limits()
    formats: tuple[str, ...] = INPUT_FORMATS
    metadata: Metadata = "none"
    pages: Pages = "first"
    overrides: tuple[str, ...] = overrides.NAMES
    profiles: tuple[Profile, ...] = ()
    moderation: Moderation | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read WORK_BUCKET, RENDITIONS, LIMITS, FORMATS, METADATA, PAGES, OVERRIDES, PROFILES and MODERATION.

        Raises:
            BadSetting: names the setting, its value and what is allowed.
        """
        return cls(
            work_bucket=required(env, "WORK_BUCKET"),
            renditions=_renditions(value_from_env(env, "renditions")) or DEFAULT_RENDITIONS,
            limits=_limits(section_from_env(env, "limits")),
            formats=value_from_env(env, "formats").words("formats", INPUT_FORMATS, INPUT_FORMATS),
            metadata=value_from_env(env, "metadata").choice("metadata", "none", METADATA),
            pages=value_from_env(env, "pages").choice("pages", "first", PAGES),
            overrides=value_from_env(env, "overrides").words("overrides", overrides.NAMES, overrides.NAMES),
            profiles=profiles.from_env(env, _profile),
            moderation=_moderation(section_from_env(env, "moderation")),
        )


def within_function(settings: Settings, function_mb: int | None, at_once: int) -> Settings:
    """The settings, with no more memory for one image than a function has for each that it works on at once.

    Args:
        settings: as they are set.
        function_mb: the function's memory in MiB; None where it is not bounded.
        at_once: how many images it works on at once.
    """
    if function_mb is None:
        return settings
    limits = settings.limits
    room_mb = (function_mb - _FUNCTION_MB - _FILES * limits.bytes // 1024**2) // at_once
    memory_mb = max(_MIN_MEMORY_MB, min(limits.memory_mb, room_mb))
    return replace(settings, limits=replace(limits, memory_mb=memory_mb))


def _profile(section: Section, prefix: str) -> Profile:
    return Profile(
        prefix=prefix,
        renditions=_renditions(section),
        metadata=section.choice("metadata", "none", METADATA) if section.has("metadata") else None,
    )


def _renditions(section: Section) -> tuple[Rendition, ...] | None:
    sections = section.sections("renditions", most=MAX_RENDITIONS)
    if sections is None:
        return None
    renditions = tuple(map(_rendition, sections))
    names = [rendition.name for rendition in renditions]
    if len(set(names)) != len(names):
        where = f"{section.path}.renditions" if section.path else "renditions"
        raise BadSetting(f"{where} are called {', '.join(names)}; allowed: each name once")
    return renditions


def _rendition(section: Section) -> Rendition:
    name = section.text("name", None, longest=32)
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", name):
        raise section.bad("name", "a to z, digits, - and _, beginning with a to z or a digit")
    rendition = Rendition(
        name=name,
        width=section.integer("width", 1024, low=1, high=MAX_SIDE_PX),
        height=section.integer("height", 1024, low=1, high=MAX_SIDE_PX),
        fit=section.choice("fit", "inside", FITS),
        gravity=section.choice("gravity", "center", GRAVITIES),
        enlarge=section.boolean("enlarge", default=False),
        background=_background(section),
        format=section.choice("format", "keep", FORMATS),
        quality=section.integer("quality", 82, low=1, high=100),
        watermark=section.boolean("watermark", default=True),
    )
    _check_fit(section, rendition)
    section.finish()
    return rendition


def _check_fit(section: Section, rendition: Rendition) -> None:
    """Refuse what would else be silently without effect."""
    if rendition.gravity != "center" and rendition.fit == "inside":
        raise section.bad("gravity", "center where fit is inside, which leaves nothing over")
    if rendition.gravity == "attention" and rendition.fit == "contain":
        raise section.bad("gravity", "the nine directions where fit is contain, which crops nothing")


def _background(section: Section) -> str:
    if not section.has("background"):
        return TRANSPARENT
    value = section.raw("background")
    if isinstance(value, str) and (value == TRANSPARENT or re.fullmatch(r"#[0-9a-fA-F]{6}", value)):
        return value
    # Without quotes YAML takes a colour for a comment, and the setting for empty.
    raise section.bad("background", f'{TRANSPARENT}, or a colour such as "#ffcc00" in quotes')


def _limits(section: Section) -> Limits:
    default = Limits()
    limits = Limits(
        bytes=section.integer("bytes", default.bytes, low=1024, high=2 * 1024**3),
        pixels=section.integer("pixels", default.pixels, low=1, high=1_000_000_000),
        memory_mb=section.integer("memory_mb", default.memory_mb, low=16, high=10_240),
        side_px=section.integer("side_px", default.side_px, low=1, high=65_535),
        frames=section.integer("frames", default.frames, low=1, high=10_000),
        frame_pixels=section.integer("frame_pixels", default.frame_pixels, low=1, high=10_000_000_000),
        jpeg_scans=section.integer("jpeg_scans", default.jpeg_scans, low=1, high=1000),
        seconds=section.integer("seconds", default.seconds, low=1, high=840),
    )
    section.finish()
    return limits


def _moderation(section: Section) -> Moderation | None:
    """Checked even where it is off, so that a wrong setting does not wait for it to be switched on."""
    enabled = section.boolean("enabled", default=False)
    frames = section.integer("frames", Moderation().frames, low=1, high=MAX_FRAMES)
    labels = _rejected(section.section("labels")) if section.has("labels") else DEFAULT_REJECTED
    section.finish()
    if all(threshold is None for threshold in labels.values()):
        raise section.bad("labels", "at least one label with a confidence, or nothing would be rejected")
    return Moderation(labels=labels, frames=frames) if enabled else None


def _rejected(section: Section) -> Mapping[str, float | None]:
    labels: dict[str, float | None] = {}
    for name in LABELS:
        if section.has(name):
            labels[name] = section.number(name, 0, low=0, high=100) if section.raw(name) is not None else None
    section.finish()
    return labels
