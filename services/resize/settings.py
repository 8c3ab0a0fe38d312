"""The settings of resize: its renditions, and the limits of what it reads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any, Final, Self

from shared import overrides, profiles
from shared.buckets import OWN, Buckets
from shared.choices import (
    CANDIDATES,
    EXTRAS,
    FORMATS,
    Candidate,
    Extra,
    FacesMode,
    Fit,
    Format,
    Gravity,
    Hdr,
    Metadata,
    Pages,
    SetFormat,
)
from shared.errors import BadSetting
from shared.light_dataclass import dataclass
from shared.settings import bad, from_env, in_sequence, required, schema_beside

# No background: transparent areas stay transparent, and a JPEG, which has no alpha, gets white.
TRANSPARENT: Final = "transparent"

# A background that continues the picture's own edges.
AUTO: Final = "auto"

# The words of `formats`: what services/resize/formats/sniffing.py distinguishes, in its order.
INPUT_FORMATS: Final = ("jpeg", "png", "gif", "webp", "avif", "heic", "tiff", "bmp", "jpeg2000")


@dataclass(frozen=True, kw_only=True)
class Rendition:
    """One of the pictures that are made of every image; docs/reference/settings.md describes each field.

    Besides those:

    Args:
        set: name of the responsive set that it is of; None for none.
        formats: formats that it is encoded in, instead of `format`; smallest among them is one of its candidates.
    """

    name: str
    width: int = 1024
    height: int = 1024
    fit: Fit = "inside"
    gravity: Gravity = "center"
    focus: tuple[float, float] | None = None
    enlarge: bool = False
    background: str = TRANSPARENT
    sharpen: int = 0
    format: Format = "keep"
    candidates: tuple[Candidate, ...] = CANDIDATES
    quality: int = 82
    quality_target: int | None = None
    format_quality: Mapping[str, int] = field(default_factory=dict)
    max_bytes: int | None = None
    watermark: bool = True
    set: str | None = None
    formats: tuple[SetFormat, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ImageSet:
    """A responsive set; docs/reference/settings.md describes each field."""

    name: str
    widths: tuple[int, ...] = (320, 640, 960, 1280, 1920, 2560)
    formats: tuple[SetFormat, ...] = ("avif", "webp", "jpeg")
    candidates: tuple[Candidate, ...] = ("avif", "webp")
    background: str = TRANSPARENT
    sharpen: int = 0
    quality: int = 82
    quality_target: int | None = None
    format_quality: Mapping[str, int] = field(default_factory=dict)
    max_bytes: int | None = None
    watermark: bool = True


# For all pages together: this many fit a row of the ledger, with keys of 1,024 bytes.
MAX_OUTPUTS: Final = 100

DEFAULT_RENDITIONS: Final = (
    Rendition(name="resized"),
    Rendition(name="thumb", width=256, height=256, fit="cover", watermark=False),
)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits of an image; docs/reference/settings.md describes each field of `limits`."""

    bytes: int = 100 * 1024**2
    pixels: int = 250_000_000
    memory_mb: int = 1000
    side_px: int = 30_000
    frames: int = 500
    frame_pixels: int = 100_000_000
    jpeg_scans: int = 64
    seconds: int = 20


# A function's memory besides pixels: itself, and the files of images being read ahead, processed and written.
_FUNCTION_MB: Final = 250
_FILES: Final = 3
_MIN_MEMORY_MB: Final = 16


# In percent: content that hardly anybody wants to publish, and that Rekognition distinguishes well.
DEFAULT_REJECTED: Final[Mapping[str, float | None]] = {
    "Explicit": 60,
    "Graphic Violence": 80,
    "Visually Disturbing": 80,
    "Hate Symbols": 80,
}


@dataclass(frozen=True, kw_only=True)
class Moderation:
    """How images are moderated, and which labels reject; see `moderation` of pipeline.yaml.

    Args:
        labels: the confidence from which each label rejects, in percent; None lets it pass.
        frames: maximum number of frames of an animation that are moderated.
        faces: whether faces are kept, blurred or pixelated.
    """

    labels: Mapping[str, float | None] = field(default_factory=lambda: DEFAULT_REJECTED)
    frames: int = 3
    faces: FacesMode = "keep"

    @property
    def least(self) -> float:
        """The lowest confidence that rejects anything, in percent."""
        return min(threshold for threshold in self.labels.values() if threshold is not None)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """The settings that differ for images under a prefix; None where they do not.

    Args:
        prefix: prefix of their keys.
        renditions: renditions that replace the default ones.
        sets: responsive sets that replace the default ones.
        metadata: which of the source's metadata is kept.
        hdr: whether HDR is kept.
        trim: tolerance of a border that is removed.
    """

    prefix: str
    renditions: tuple[Rendition, ...] | None = None
    sets: tuple[ImageSet, ...] | None = None
    metadata: Metadata | None = None
    hdr: Hdr | None = None
    trim: int | None = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of resize from its environment.

    Args:
        work_bucket: bucket of the intermediate objects.
        renditions: renditions of every image.
        sets: responsive sets of every image.
        limits: limits of every image.
        formats: accepted formats of images.
        metadata: which of the source's metadata is kept: nothing, who owns the picture, how it was made, or both.
        hdr: whether JPEGs keep the gain map of an HDR JPEG, and AVIFs PQ and HLG.
        trim: levels that a border of one colour may differ from it, and is removed; 0 removes none.
        pages: which pages of a document become outputs: the first, or all.
        overrides: names of the overrides that uploaders may use.
        profiles: settings of some prefixes.
        extras: what needs codecs that are not in every zip, and are in this pipeline's.
        buckets: which objects are uploads of this pipeline.
        moderation: moderation of every image; None where it is off. Neither uploaders nor profiles can change it.
    """

    work_bucket: str
    renditions: tuple[Rendition, ...] = DEFAULT_RENDITIONS
    sets: tuple[ImageSet, ...] = ()
    limits: Limits = Limits()
    formats: tuple[str, ...] = INPUT_FORMATS
    metadata: Metadata = "none"
    hdr: Hdr = "sdr"
    trim: int = 0
    pages: Pages = "first"
    overrides: tuple[str, ...] = overrides.NAMES
    profiles: tuple[Profile, ...] = ()
    extras: tuple[Extra, ...] = ()
    buckets: Buckets = OWN
    moderation: Moderation | None = None

    @property
    def faces(self) -> FacesMode:
        """What is done with faces: they are kept where moderation is off."""
        return "keep" if self.moderation is None else self.moderation.faces

    @property
    def detects_faces(self) -> bool:
        """Whether anything is done with the faces of an image of these settings, profiles aside."""
        return self.faces != "keep" or any(each.gravity == "faces" for each in self.renditions)

    @property
    def may_detect_faces(self) -> bool:
        """Whether anything is done with the faces of any image, those of profiles included."""
        groups = (each.renditions or () for each in self.profiles)
        return self.detects_faces or any(each.gravity == "faces" for group in groups for each in group)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read WORK_BUCKET, and the settings by their names in capitals, such as RENDITIONS and HDR.

        Raises:
            BadSetting: a setting is wrong; names it, its value and what is allowed.
        """
        given = from_env(env, schema_beside(__file__))
        extras = in_sequence(given.get("extras", ()), EXTRAS)
        _check_extras(given, extras)
        settings = cls(
            work_bucket=required(env, "WORK_BUCKET"),
            renditions=_renditions(given.get("renditions"), "renditions") or DEFAULT_RENDITIONS,
            sets=_sets(given.get("sets"), "sets") or (),
            limits=Limits(**given.get("limits", {})),
            formats=(
                *in_sequence(given.get("formats", INPUT_FORMATS), INPUT_FORMATS),
                *(each for each in extras if each in FORMATS),
            ),
            metadata=given.get("metadata", "none"),
            hdr=given.get("hdr", "sdr"),
            trim=given.get("trim", 0),
            pages=given.get("pages", "first"),
            overrides=in_sequence(given.get("overrides", overrides.NAMES), overrides.NAMES),
            profiles=profiles.parsed(given.get("profiles"), _profile),
            extras=extras,
            buckets=Buckets.of(given.get("buckets", {})),
            moderation=_moderation(given.get("moderation", {})),
        )
        _check_names(settings.renditions, settings.sets, "")
        for index, profile in enumerate(settings.profiles):
            renditions, sets = profile.renditions or settings.renditions, profile.sets
            _check_names(renditions, settings.sets if sets is None else sets, f"profiles[{index}].")
        return settings


def within_function(settings: Settings, function_mb: int | None, at_once: int) -> Settings:
    """The settings, with no more memory per image than the function has for each image that it processes at once.

    Args:
        settings: settings from the environment.
        function_mb: the function's memory in MiB; None where it is not bounded.
        at_once: number of images that are processed at once.
    """
    if function_mb is None:
        return settings
    limits = settings.limits
    room_mb = (function_mb - _FUNCTION_MB - _FILES * limits.bytes // 1024**2) // at_once
    memory_mb = max(_MIN_MEMORY_MB, min(limits.memory_mb, room_mb))
    return replace(settings, limits=replace(limits, memory_mb=memory_mb))


def _profile(given: Mapping[str, Any], path: str) -> Profile:
    return Profile(
        prefix=given["prefix"],
        renditions=_renditions(given.get("renditions"), f"{path}.renditions"),
        sets=_sets(given.get("sets"), f"{path}.sets"),
        metadata=given.get("metadata"),
        hdr=given.get("hdr"),
        trim=given.get("trim"),
    )


# Settings of renditions and sets that name formats.
_OF_FORMATS: Final = ("format", "formats", "candidates", "format_quality")


def _check_extras(given: Mapping[str, Any], extras: Sequence[Extra]) -> None:
    """Refuse a format whose encoder is not in the zips."""
    groups = [("", given), *((f"profiles[{i}].", each) for i, each in enumerate(given.get("profiles") or ()))]
    for before, group in groups:
        for kind in ("renditions", "sets"):
            for index, each in enumerate(group.get(kind) or ()):
                for name in _OF_FORMATS:
                    for extra in EXTRAS:
                        if extra in each.get(name, ()) and extra not in extras:
                            raise bad(f"{before}{kind}[{index}].{name}", each[name], only_with(extra))


def only_with(extra: str) -> str:
    """What is to be written for a format whose encoder is not in every zip.

    Args:
        extra: the format.
    """
    return f"{extra} only with `extras: [{extra}]` in pipeline.yaml, which adds a codec under GPL-3.0-or-later"


def _renditions(given: Sequence[Mapping[str, Any]] | None, path: str) -> tuple[Rendition, ...] | None:
    if given is None:
        return None
    for index, each in enumerate(given):
        _check_fit(Rendition(**each), f"{path}[{index}]")
    renditions = tuple(Rendition(**{**each, **_converted(each, f"{path}[{i}]")}) for i, each in enumerate(given))
    names = [rendition.name for rendition in renditions]
    if len(set(names)) != len(names):
        raise BadSetting(f"{path} are called {', '.join(names)}; allowed: each name once")
    return renditions


def _converted(given: Mapping[str, Any], path: str) -> dict[str, object]:
    """The fields of a rendition that are not as they are in JSON."""
    converted: dict[str, object] = {}
    if given.get("focus"):
        converted["focus"] = overrides.point(given["focus"])
    if "candidates" in given:
        _check_once(given["candidates"], f"{path}.candidates")
        converted["candidates"] = tuple(given["candidates"])
    return converted


def _check_once(values: Sequence[object], path: str) -> None:
    if len(set(values)) != len(values):
        raise bad(path, list(values), "each once")


def _sets(given: Sequence[Mapping[str, Any]] | None, path: str) -> tuple[ImageSet, ...] | None:
    if given is None:
        return None
    sets = []
    for index, each in enumerate(given):
        lists = {name: tuple(each[name]) for name in ("widths", "formats", "candidates") if name in each}
        for name, values in lists.items():
            _check_once(values, f"{path}[{index}].{name}")
        sets.append(ImageSet(**{**each, **lists}))
        _check_candidates(sets[-1], f"{path}[{index}]")
    return tuple(sets)


def _check_candidates(wanted: ImageSet, path: str) -> None:
    """Refuse a candidate that the set has anyway: where it is smallest, two files would have one key."""
    twice = [each for each in wanted.candidates if each in wanted.formats]
    if "smallest" in wanted.formats and twice:
        allowed = f"formats that are not in formats ({', '.join(twice)})"
        raise bad(f"{path}.candidates", list(wanted.candidates), allowed)


def _check_names(renditions: Sequence[Rendition], sets: Sequence[ImageSet], before: str) -> None:
    """Refuse names that would give two outputs one key, and more outputs than an image may have."""
    names = [each.name for each in renditions] + [f"{each.name}-{width}" for each in sets for width in each.widths]
    if len(set(names)) != len(names) or len({each.name for each in sets}) != len(sets):
        raise bad(f"{before}sets", [each.name for each in sets], "names that no rendition and no other set has")
    # A source that is narrower than a set's widths has one of its own width.
    taken = re.compile("|".join(f"{re.escape(each.name)}-[0-9]+" for each in sets))
    for index, each in enumerate(renditions):
        if sets and taken.fullmatch(each.name):
            allowed = f"a name that no width of a set can have: not {each.name.rpartition('-')[0]}-<number>"
            raise bad(f"{before}renditions[{index}].name", each.name, allowed)
    outputs = len(renditions) + sum(len(each.widths) * len(each.formats) for each in sets)
    if outputs > MAX_OUTPUTS:
        raise BadSetting(f"{before}sets and renditions make {outputs} outputs of an image; allowed: {MAX_OUTPUTS}")


def _check_fit(rendition: Rendition, path: str) -> None:
    """Refuse a gravity, a focus or a background that would silently have no effect."""
    if rendition.focus is not None and (rendition.fit != "cover" or rendition.gravity != "center"):
        raise bad(f"{path}.focus", rendition.focus, "null unless fit is cover and gravity is center")
    if rendition.gravity != "center" and rendition.fit == "inside":
        raise bad(f"{path}.gravity", rendition.gravity, "center where fit is inside, which leaves nothing over")
    if rendition.gravity in {"attention", "faces"} and rendition.fit == "contain":
        allowed = "the nine directions where fit is contain, which crops nothing"
        raise bad(f"{path}.gravity", rendition.gravity, allowed)
    if rendition.background == AUTO and rendition.fit != "contain":
        raise bad(f"{path}.background", AUTO, "transparent or a colour, unless fit is contain")


def _moderation(given: Mapping[str, Any]) -> Moderation | None:
    """Moderation, validated even where it is off, so that a wrong setting is found before it is switched on."""
    moderation = Moderation(**{name: value for name, value in given.items() if name != "enabled"})
    if all(threshold is None for threshold in moderation.labels.values()):
        allowed = "at least one label with a confidence, or nothing would be rejected"
        raise bad("moderation.labels", dict(moderation.labels), allowed)
    return moderation if given.get("enabled", False) else None
