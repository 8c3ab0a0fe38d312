"""The kinds of images that the benchmark measures, and their outputs: pixels, bytes and CPU. Arithmetic only."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from ops.settings import PipelineSettings, placeholders
from services.resize import effective_settings, scaling, sets
from services.resize.settings import Rendition, Settings
from shared.inline import MAX_BODY_BYTES

# Of a message, besides the files in it.
MESSAGE_BYTES: Final = 1_000
# base64: four characters for three bytes.
_BASE64: Final = 4 / 3

# The box of the benchmark's rendition, and what a photograph has in it.
_BOX: Final = (1024, 1024)
_BOX_PIXELS: Final = 1024 * 768


@dataclass(frozen=True)
class Kind:
    """One kind of image that the benchmark measures.

    Args:
        name: as `pipeline cost --mix` takes it.
        title: Its name in bench/RESULTS.md.
        format: Format of its outputs, where a rendition keeps it.
        size: (width, height) in pixels.
        source_bytes: Size of the file.
        cpu_seconds: of all three services, with one rendition that fits into 1024 x 1024 px.
        output_bytes: Size of that rendition.
        frames: of an animation.
    """

    name: str
    title: str
    format: str
    size: tuple[int, int]
    source_bytes: int
    cpu_seconds: float
    output_bytes: int
    frames: int = 1


# bench/RESULTS.md, "One image on one core"; the bytes are those of the benchmark's files.
JPEG: Final = Kind("jpeg-12mp", "JPEG 12 MP", "jpeg", (4000, 3000), 3_100_000, 0.0573, 88_000)
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        each.name: each
        for each in (
            JPEG,
            Kind("jpeg-20mp", "JPEG 20 MP", "jpeg", (5472, 3648), 5_130_000, 0.0706, 76_000),
            Kind("jpeg-24mp", "JPEG 24 MP", "jpeg", (6000, 4000), 6_130_000, 0.0813, 77_000),
            Kind("progressive-jpeg", "progressive JPEG 12 MP", "jpeg", (4000, 3000), 2_900_000, 0.1425, 91_000),
            Kind("png", "PNG with alpha", "png", (2400, 1800), 5_400_000, 0.1443, 1_053_000),
            Kind("webp", "WebP 12 MP", "webp", (4000, 3000), 2_130_000, 0.2657, 58_000),
            Kind("gif", "animated GIF", "gif", (400, 300), 1_020_000, 0.3076, 786_000, frames=20),
        )
    }
)

# Of a photograph of 1024 x 768 px: seconds to encode, and bytes as a ratio to its JPEG. bench/FORMATS.md, medians. The
# benchmark's GIF is mostly encoded, so that all of it counts as that.
_ENCODING: Final[Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "jpeg": (0.005, 1.0),
        "webp": (0.029, 0.85),
        "avif": (0.169, 0.69),
        # As docs/adr/0053-jpeg-xl-by-choice.md has measured it.
        "jxl": (0.044, 0.70),
        "png": (0.040, 8.44),
        "smallest": (0.264, 0.69),
        "gif": (0.3076 * _BOX_PIXELS / (400 * 300 * 20), 8.44),
    }
)


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The outputs of one image.

    Args:
        count: how many.
        size_bytes: of all together.
        seconds: CPU to encode them.
    """

    count: int
    size_bytes: float
    seconds: float

    @property
    def inline(self) -> bool:
        """Whether they travel in their message to store: shared/inline.py."""
        return self.body_bytes <= MAX_BODY_BYTES

    @property
    def body_bytes(self) -> float:
        """Size of that message."""
        return MESSAGE_BYTES + self.size_bytes * _BASE64


def settings_of(settings: PipelineSettings, prefix: str = "") -> Settings:
    """What resize makes of the images under a prefix."""
    return effective_settings.chosen(Settings.from_env(placeholders(settings, "resize")), prefix, {})


def outputs_of(kind: Kind, resize: Settings) -> Outputs:
    """The outputs of a kind of image."""
    made = [
        (rendition, name)
        for rendition in sets.sized(resize, kind.size).renditions
        for name in rendition.formats or (rendition.format,)
    ]
    encoded = [_encoded(kind, rendition, name) for rendition, name in made]
    return Outputs(
        count=len(made), size_bytes=sum(each for each, _ in encoded), seconds=sum(each for _, each in encoded)
    )


def _encoded(kind: Kind, rendition: Rendition, name: str) -> tuple[float, float]:
    """(bytes, CPU seconds) of one output, by its pixels."""
    pixels = _pixels(kind, rendition)
    format_ = kind.format if name == "keep" else name
    seconds, ratio = _ENCODING[format_]
    like = kind if kind.format in {format_, "jpeg"} else JPEG
    of_like = like.output_bytes / _pixels(like, Rendition(name="box", width=_BOX[0], height=_BOX[1]))
    return pixels * of_like * (1 if format_ == like.format else ratio), seconds * pixels / _BOX_PIXELS


def _pixels(kind: Kind, rendition: Rendition) -> float:
    planned = scaling.plan(kind.size, (rendition.width, rendition.height), rendition.fit, enlarge=rendition.enlarge)
    return planned.canvas[0] * planned.canvas[1] * kind.frames


def reading_seconds(kind: Kind) -> float:
    """CPU seconds of what was measured but for encoding."""
    _, encoding = _encoded(kind, Rendition(name="box", width=_BOX[0], height=_BOX[1]), "keep")
    return max(0.0, kind.cpu_seconds - encoding)
