"""Encodes renditions: the encoder of each format, its effort and its content type. No AWS."""

import importlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from PIL import Image

from services.watermark.embedded_tags import EmbeddedTags
from services.watermark.encoding.avif import with_plays, without_times
from services.watermark.encoding.flat import FLAT, detail
from services.watermark.encoding.gif import gif
from services.watermark.encoding.jxl import jxl
from services.watermark.encoding.png import png, png_original
from services.watermark.encoding.quality import encoder_qualities
from services.watermark.encoding.webp import preferred, webp, webp_original
from shared.choices import STILL_FORMATS
from shared.light_dataclass import dataclass
from shared.messages import Animation, Copyright

# Optimized Huffman tables save 2.6 % of the bytes of 150 real photographs at 1024 px, and cost 1.7 ms. libjpeg keeps
# all coefficients for them, which takes too much memory for larger pictures.
_MAX_OPTIMIZED_PX: Final = 4_000_000

# Measured on 1024 px: speed 8 takes a third of the time of 6.
_AVIF_SPEED: Final = 8
# libavif cuts a picture into tiles by this number, and Pillow's default is that of the processors: bytes, and keys with
# {digest}, would depend on the machine. Two threads leave files of two processors as they are. At 640 px one thread
# takes 1.5 times their time where two processors are free, and 0.96 of their CPU; two without tiles take 1.15 times.
# https://github.com/AOMediaCodec/libavif/blob/main/include/avif/avif.h (maxThreads, autoTiling)
_AVIF_THREADS: Final = 2

# A lossless file may be larger than a JPEG by this factor. Of 259 real BMP and TIFF that became JPEG, logos, scanned
# pages and drawings took up to 1.52 times the bytes without loss; photographs took more, 5 times in the median.
_LOSSLESS_FOR: Final = 1.55
# A PNG of the least effort is up to 1.4 times as large as the final one: beyond this ratio lossless is not tried.
_MAX_PNG_RATIO: Final = 2.2

_WHITE: Final = (255, 255, 255)
_NONE: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """A rendition as it will be stored.

    Args:
        data: the file.
        form: jpeg, png, gif, webp, avif or jxl.
        content_type: its MIME type.
        frames: 1 for a still.
    """

    data: bytes
    form: str
    content_type: str
    frames: int


@dataclass(frozen=True, kw_only=True)
class EncodeOptions:
    """Options for encoding a rendition.

    Args:
        qualities: what the encoders of jpeg, webp, avif and jxl are given, 1 to 100 each, by format.
        animation: durations of the frames, and number of plays; None for a still.
        lossless: whether the source's file stores its pixels losslessly.
        exact: whether a WebP or a JPEG XL must be lossless; otherwise it is lossless where that costs little.
        metadata: Pillow's options for the metadata.
    """

    qualities: Mapping[str, int]
    animation: Animation | None = None
    lossless: bool = False
    exact: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)


# Plug-ins that Pillow does not import by itself; to find one of these it would import all of them.
_PLUGINS: Final = {"webp": "PIL.WebPImagePlugin", "avif": "PIL.AvifImagePlugin"}

CONTENT_TYPES: Final = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "jxl": "image/jxl",
}


def encode(
    frames: list[Image.Image],
    form: str,
    *,
    quality: int,
    format_quality: Mapping[str, int] = _NONE,
    animation: Animation | None,
    copyright_fields: Copyright | None = None,
    digital_source_type: str | None = None,
    lossless: bool = False,
    exact: bool = False,
    alternatives: Sequence[str] = (),
    candidates: Sequence[str] = (),
    original: bytes | None = None,
) -> Encoded:
    """Encode the frames of one rendition. Copyright and digital source type are its only metadata.

    Args:
        frames: frames of mode L, RGB or RGBA; one for a still.
        form: jpeg, png, gif, webp, avif or jxl.
        quality: quality of a JPEG, 1 to 100; WebP, AVIF and JPEG XL get the one that looks like it.
        format_quality: what some encoders are given instead, 1 to 100, by format.
        animation: durations of the frames, and number of plays; None for a still.
        copyright_fields: who owns the picture; None for nothing.
        digital_source_type: URI of an IPTC newscode that says how it was made; None for none.
        lossless: whether the source's file stores its pixels losslessly.
        exact: whether a WebP or a JPEG XL must be lossless.
        alternatives: formats, png or webp, of which the smallest is used, without loss, for a still of flat art.
        candidates: formats of which the smallest file is used, for a still; instead of `form`.
        original: a PNG or WebP of exactly these pixels without metadata, which is used where it is smaller.

    Returns:
        The encoded rendition, with its format and content type.

    Raises:
        EncoderMissing: the format is jxl, and its encoder is not installed.
    """
    tags = EmbeddedTags(copyright_fields=copyright_fields, digital_source_type=digital_source_type)
    wanted = EncodeOptions(
        qualities=encoder_qualities(quality, format_quality),
        animation=animation if len(frames) > 1 else None,
        lossless=lossless,
        exact=exact,
    )
    if candidates and wanted.animation is None:
        return _smallest_of(frames, candidates, wanted, tags)
    if alternatives and wanted.animation is None:
        forms = tuple(dict.fromkeys(each for each in (form, *alternatives) if each in _LOSSLESS))
        png_bytes_per_sample = detail(frames[0])
        if png_bytes_per_sample < FLAT:
            return _smallest(frames, forms, wanted, tags)
        if form not in _LOSSLESS:
            lossy = _encoded(frames, form, wanted, tags)
            return _cheaply_lossless(frames, lossy, forms, wanted, tags, png_bytes_per_sample=png_bytes_per_sample)
    encoded = _encoded(frames, form, wanted, tags)
    if original is None or form not in _ORIGINALS:
        return encoded
    data = _ORIGINALS[form](original, tags.options(form))
    return replace(encoded, data=data) if len(data) < len(encoded.data) else encoded


def _smallest(frames: list[Image.Image], forms: Sequence[str], wanted: EncodeOptions, tags: EmbeddedTags) -> Encoded:
    """The smallest of these formats, encoded without loss."""
    written = (_encoded(frames, each, replace(wanted, exact=True), tags) for each in forms)
    return min(written, key=lambda encoded: len(encoded.data))


def _smallest_of(
    frames: list[Image.Image], candidates: Sequence[str], wanted: EncodeOptions, tags: EmbeddedTags
) -> Encoded:
    """The smallest file of these formats, lossy and lossless ones; without JPEG where the picture has alpha."""
    image = frames[0]
    forms = [each for each in candidates if each != "jpeg" or image.mode != "RGBA"] or candidates
    lossy = replace(wanted, lossless=False, exact=False)
    written = [_encoded(frames, each, lossy, tags) for each in forms if each in wanted.qualities]
    exact = [each for each in forms if each in _LOSSLESS]
    smallest = min((len(each.data) for each in written), default=None)
    if exact and (smallest is None or _png_bytes(image) <= _MAX_PNG_RATIO * smallest):
        written.append(_smallest(frames, exact, wanted, tags))
    return min(written, key=lambda encoded: len(encoded.data))


def _png_bytes(image: Image.Image) -> float:
    """About how many bytes a PNG of the least effort has."""
    return detail(image) * image.width * image.height * len(image.getbands())


def _cheaply_lossless(
    frames: list[Image.Image],
    lossy: Encoded,
    forms: Sequence[str],
    wanted: EncodeOptions,
    tags: EmbeddedTags,
    *,
    png_bytes_per_sample: float,
) -> Encoded:
    """The lossy file, or the smallest of these formats without loss where that costs little."""
    image = frames[0]
    if png_bytes_per_sample * image.width * image.height * len(image.getbands()) > _MAX_PNG_RATIO * len(lossy.data):
        return lossy
    exact = _smallest(frames, forms, wanted, tags)
    return exact if len(exact.data) <= _LOSSLESS_FOR * len(lossy.data) else lossy


def _encoded(frames: list[Image.Image], form: str, wanted: EncodeOptions, tags: EmbeddedTags) -> Encoded:
    if form in _PLUGINS:
        importlib.import_module(_PLUGINS[form])
    data = _ENCODERS[form](frames, replace(wanted, metadata=tags.options(form)))
    count = 1 if form in STILL_FORMATS else len(frames)
    return Encoded(data=data, form=form, content_type=CONTENT_TYPES[form], frames=count)


def _jpeg(frames: list[Image.Image], wanted: EncodeOptions) -> bytes:
    image = _flat(frames[0])
    optimized = image.width * image.height <= _MAX_OPTIMIZED_PX
    return _saved(image, "JPEG", {"quality": wanted.qualities["jpeg"], "optimize": optimized, **wanted.metadata})


def _png(frames: list[Image.Image], wanted: EncodeOptions) -> bytes:
    return png(frames, wanted.animation, wanted.metadata)


def _webp(frames: list[Image.Image], wanted: EncodeOptions) -> bytes:
    return webp(
        frames,
        wanted.animation,
        wanted.metadata,
        quality=wanted.qualities["webp"],
        lossless=wanted.lossless,
        required=wanted.exact,
    )


def _avif(frames: list[Image.Image], wanted: EncodeOptions) -> bytes:
    options: dict[str, Any] = {
        "quality": wanted.qualities["avif"],
        "speed": _AVIF_SPEED,
        "max_threads": _AVIF_THREADS,
        **wanted.metadata,
    }
    animation = wanted.animation
    if animation is None:
        return _saved(frames[0], "AVIF", options)
    options |= {"save_all": True, "append_images": frames[1:], "duration": list(animation.durations_ms)}
    # Chromium 156 reads every sequence as limited range, whatever its header states: at full range, 64 is shown as 56.
    options["range"] = "limited"
    return with_plays(without_times(_saved(frames[0], "AVIF", options)), animation.plays)


def _jxl(frames: list[Image.Image], wanted: EncodeOptions) -> bytes:
    image = frames[0]
    lossy, exact = (
        partial(jxl, image, wanted.metadata, quality=wanted.qualities["jxl"], lossless=lossless)
        for lossless in (False, True)
    )
    if wanted.exact:
        return exact()
    return preferred(image, exact, lossy) if wanted.lossless else lossy()


def _gif(frames: list[Image.Image], wanted: EncodeOptions) -> bytes:
    return gif(frames, wanted.animation, wanted.metadata.get("comment"), wanted.metadata.get("xmp"))


def _saved(image: Image.Image, form: str, options: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def _flat(image: Image.Image) -> Image.Image:
    """The image on white, for a format without alpha."""
    if image.mode != "RGBA":
        return image
    background = Image.new("RGB", image.size, _WHITE)
    background.paste(image, mask=image.getchannel("A"))
    return background


# What has a quality.
LOSSY: Final = frozenset({"jpeg", "webp", "avif", "jxl"})
_LOSSLESS: Final = frozenset({"png", "webp", "jxl"})
# Originals with the metadata added.
_ORIGINALS: Final[Mapping[str, Callable[[bytes, Mapping[str, Any]], bytes]]] = {
    "png": png_original,
    "webp": webp_original,
}
_ENCODERS: Final[Mapping[str, Callable[[list[Image.Image], EncodeOptions], bytes]]] = {
    "jpeg": _jpeg,
    "png": _png,
    "gif": _gif,
    "webp": _webp,
    "avif": _avif,
    "jxl": _jxl,
}
