"""What the gallery shows: settings as pipeline.yaml has them, and the pictures that they are shown on."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from PIL import Image, ImageDraw

from ops.demo.samples import samples, saved
from ops.demo.scene import scene
from ops.schema.plain_yaml import read
from shared.errors import BadSetting


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One picture of the gallery.

    Args:
        name: of its file, without extension.
        rendition: what its rendition has, as in pipeline.yaml.
        settings: what else pipeline.yaml has.
    """

    name: str
    rendition: str = ""
    settings: str = ""

    def values(self, base: str) -> dict[str, Any]:
        """The whole of pipeline.yaml for this picture, with what the renditions of its example have."""
        rendition = {"name": "x", "watermark": False, **_mapping(base), **_mapping(self.rendition)}
        return {"name": "gallery", "renditions": [rendition], **_mapping(self.settings)}


@dataclass(frozen=True, kw_only=True)
class Example:
    """One setting, or a few that belong together.

    Args:
        title: heading of its section.
        text: what there is to see, in Markdown.
        source: name of the picture that it is shown on, of SOURCES.
        base: what each rendition has besides, as in pipeline.yaml.
        shots: its pictures.
        settings: names of the settings that it shows, such as "renditions[].fit".
        sizes: whether the size of each file is stated.
    """

    title: str
    text: str
    source: str
    base: str
    shots: tuple[Shot, ...]
    settings: tuple[str, ...]
    sizes: bool = False


def _mapping(text: str) -> dict[str, Any]:
    values = read(text, "the gallery") if text else {}
    if not isinstance(values, dict):
        raise BadSetting(f"{text} is not a mapping")
    return values


def _sample(key: str) -> bytes:
    return next(each.make() for each in samples() if each.key == key)


def _kite() -> bytes:
    """A lake, and a red kite at the upper right of it."""
    image = scene((1600, 900), "noon", 21)
    draw = ImageDraw.Draw(image)
    draw.line([(1275, 330), (1300, 420), (1260, 480), (1290, 560)], fill=(90, 40, 40), width=4)
    draw.polygon([(1220, 150), (1340, 190), (1275, 330), (1190, 240)], fill=(214, 48, 40), outline=(120, 20, 20))
    draw.line([(1220, 150), (1275, 330)], fill=(120, 20, 20), width=5)
    draw.line([(1340, 190), (1190, 240)], fill=(120, 20, 20), width=5)
    return saved(image, "JPEG", quality=92)


def _scan() -> bytes:
    """A photograph on the lid of a scanner."""
    image = Image.new("RGB", (1200, 1000), (247, 246, 243))
    image.paste(scene((840, 630), "dawn", 6), (210, 130))
    return saved(image, "JPEG", quality=90)


def _product() -> bytes:
    """A star on a plain ground."""
    with Image.open(io.BytesIO(_sample("sticker-alpha.png"))) as star:
        image = Image.new("RGB", star.size, (233, 225, 208))
        image.paste(star, mask=star.getchannel("A"))
    return saved(image.crop((0, 0, 900, 880)), "JPEG", quality=92)


SOURCES: Final[Mapping[str, Callable[[], bytes]]] = {
    "lake": cache(lambda: _sample("web.webp")),
    "kite": cache(_kite),
    "scan": cache(_scan),
    "product": cache(_product),
    "sticker": cache(lambda: _sample("sticker-alpha.png")),
    "ball": cache(lambda: _sample("bouncing.gif")),
}

_SMALL: Final = "{format: webp, quality: 78, width: 220, height: 220}"
_MARKED: Final = "{format: webp, quality: 78, width: 300, height: 300, watermark: true}"
_GRAVITY: Final = "{format: webp, quality: 78, width: 150, height: 200, fit: cover}"

EXAMPLES: Final = (
    Example(
        title="Fit",
        text="The box is 220 x 220. Nothing is enlarged unless `enlarge` says so.",
        source="kite",
        base=_SMALL,
        shots=(
            Shot(name="fit-inside", rendition="fit: inside"),
            Shot(name="fit-cover", rendition="fit: cover"),
            Shot(name="fit-contain", rendition="{fit: contain, background: '#d8dee6'}"),
        ),
        settings=("renditions[].fit", "renditions[].width", "renditions[].height"),
    ),
    Example(
        title="Gravity and focus",
        text="What `fit: cover` keeps of a wide picture. `attention` finds what has the most detail; `focus` is a point"
        " that you name.",
        source="kite",
        base=_GRAVITY,
        shots=(
            Shot(name="gravity-center", rendition="gravity: center"),
            Shot(name="gravity-west", rendition="gravity: west"),
            Shot(name="gravity-attention", rendition="gravity: attention"),
            Shot(name="focus", rendition="focus: 0.33,0.4"),
        ),
        settings=("renditions[].gravity", "renditions[].focus"),
    ),
    Example(
        title="Enlarging",
        text="A picture of 480 x 360 in a box of 220 x 400 is too small: `fit: cover` fills it only if it may enlarge."
        " Every frame of an animation is cropped alike.",
        source="ball",
        base="{format: webp, quality: 60, width: 220, height: 400, fit: cover}",
        shots=(
            Shot(name="enlarge-false", rendition="enlarge: false"),
            Shot(name="enlarge-true", rendition="enlarge: true"),
        ),
        settings=("renditions[].enlarge",),
    ),
    Example(
        title="Background of a padded picture",
        text="`auto` is the colour that most of the edges have where the padding begins.",
        source="product",
        base="{format: webp, quality: 78, width: 300, height: 180, fit: contain}",
        shots=(
            Shot(name="background-transparent", rendition="background: transparent"),
            Shot(name="background-colour", rendition="background: '#12324a'"),
            Shot(name="background-auto", rendition="background: auto"),
        ),
        settings=("renditions[].background",),
    ),
    Example(
        title="Background of a transparent picture",
        text="The colour is beneath all that is transparent, in every format.",
        source="sticker",
        base=_SMALL,
        shots=(
            Shot(name="alpha-kept", rendition="background: transparent"),
            Shot(name="alpha-colour", rendition="background: '#ffcc00'"),
            Shot(name="alpha-jpeg", rendition="{format: jpeg, background: transparent}"),
        ),
        settings=("renditions[].background", "renditions[].format"),
    ),
    Example(
        title="Sharpening",
        text="After the scaling. 25 is hardly seen, 50 is crisp, 100 is harsh.",
        source="kite",
        base="{format: webp, quality: 90, width: 300, height: 300}",
        shots=(
            Shot(name="sharpen-0", rendition="sharpen: 0"),
            Shot(name="sharpen-25", rendition="sharpen: 25"),
            Shot(name="sharpen-50", rendition="sharpen: 50"),
            Shot(name="sharpen-100", rendition="sharpen: 100"),
        ),
        settings=("renditions[].sharpen",),
    ),
    Example(
        title="Trim",
        text="The border goes before anything else, so a crop is one of the photograph.",
        source="scan",
        base=_SMALL,
        shots=(
            Shot(name="trim-0", settings="trim: 0"),
            Shot(name="trim-10", settings="trim: 10"),
            Shot(name="trim-0-cover", rendition="fit: cover", settings="trim: 0"),
            Shot(name="trim-10-cover", rendition="fit: cover", settings="trim: 10"),
        ),
        settings=("trim",),
    ),
    Example(
        title="Quality, and a limit of bytes",
        text="`quality` is that of a JPEG, and the other formats look like it. `quality_target` is a score, and each"
        " picture gets the quality that reaches it. Of a file that is larger than `max_bytes`, quality and then pixels"
        " are reduced.",
        source="lake",
        base="{format: jpeg, width: 300, height: 300}",
        shots=(
            Shot(name="quality-82", rendition="quality: 82"),
            Shot(name="quality-40", rendition="quality: 40"),
            Shot(name="quality-target", rendition="quality_target: 65"),
            Shot(name="max-bytes", rendition="max_bytes: 3000"),
        ),
        settings=("renditions[].quality", "renditions[].quality_target", "renditions[].max_bytes"),
        sizes=True,
    ),
    Example(
        title="Format",
        text="The same picture at the same `quality`. `smallest` takes the smallest file of its `candidates`."
        " `format_quality` is a quality in the encoder's own numbers.",
        source="lake",
        base="{width: 300, height: 300}",
        shots=(
            Shot(name="format-jpeg", rendition="format: jpeg"),
            Shot(name="format-webp", rendition="format: webp"),
            Shot(name="format-avif", rendition="format: avif"),
            Shot(name="format-smallest", rendition="{format: smallest, candidates: [webp, jpeg]}"),
            Shot(name="format-quality", rendition="{format: webp, format_quality: {webp: 30}}"),
        ),
        settings=("renditions[].format", "renditions[].candidates", "renditions[].format_quality"),
        sizes=True,
    ),
    Example(
        title="Watermark: text and position",
        text="Any script that DejaVu Sans has, one of nine positions, and an opacity.",
        source="lake",
        base=_MARKED,
        shots=(
            Shot(name="mark-text", settings="watermark: {text: '© Ada', scale: 0.3}"),
            Shot(name="mark-position", settings="watermark: {text: '© Ada', scale: 0.3, position: top-left}"),
            Shot(name="mark-opacity", settings="watermark: {text: '© Ada', scale: 0.3, opacity: 1}"),
        ),
        settings=("watermark.text", "watermark.position", "watermark.opacity", "renditions[].watermark"),
    ),
    Example(
        title="Watermark: size, margin, tiles",
        text="`scale` is a share of the width. Tiles are rotated by 30 degrees unless `angle_degrees` says otherwise.",
        source="lake",
        base=_MARKED,
        shots=(
            Shot(name="mark-scale", settings="watermark: {text: '© Ada', scale: 0.7, position: middle-center}"),
            Shot(name="mark-margin", settings="watermark: {text: '© Ada', scale: 0.3, margin: 0.15}"),
            Shot(name="mark-tile", settings="watermark: {text: '© Ada', scale: 0.22, tile: true}"),
            Shot(
                name="mark-angle",
                settings="watermark: {text: '© Ada', scale: 0.6, angle_degrees: 45, position: middle-center}",
            ),
        ),
        settings=("watermark.scale", "watermark.margin", "watermark.tile", "watermark.angle_degrees"),
    ),
    Example(
        title="Watermark: bounds of its size",
        text="Bounds in pixels count before `scale`; a small picture gets no watermark.",
        source="lake",
        base=_MARKED,
        shots=(
            Shot(name="mark-min", settings="watermark: {text: '© Ada', scale: 0.05, min_width_px: 120}"),
            Shot(name="mark-max", settings="watermark: {text: '© Ada', scale: 0.9, max_width_px: 90}"),
            Shot(name="mark-side", settings="watermark: {text: '© Ada', min_side_px: 400}"),
        ),
        settings=("watermark.min_width_px", "watermark.max_width_px", "watermark.min_side_px"),
    ),
)
