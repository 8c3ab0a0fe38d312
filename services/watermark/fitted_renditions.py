"""One rendition's file, by its score and within its number of bytes. No AWS."""

from collections.abc import Mapping

from PIL import Image

from services.watermark.encoding.budget import fitted
from services.watermark.encoding.files import LOSSY, Encoded, encode
from services.watermark.encoding.quality import encoder_qualities
from services.watermark.encoding.watched_frames import watched
from services.watermark.encoding.webp import is_lossless
from services.watermark.qualities_by_score import ByScore, by_score
from shared.deadline import Deadline
from shared.errors import OutputTooLarge
from shared.light_dataclass import dataclass
from shared.messages import ImageResized, ResizedRendition


@dataclass(frozen=True, kw_only=True)
class FittedRendition:
    """A file, and what had to be done for it to fit.

    Args:
        encoded: the file.
        size: (width, height) in pixels.
        warnings: that it has fewer pixels than it should, is less alike, or is not HDR.
    """

    encoded: Encoded
    size: tuple[int, int]
    warnings: tuple[str, ...] = ()


def fitted_rendition(
    rendition: ResizedRendition,
    frames: list[Image.Image],
    originals: Mapping[str, bytes],
    job: ImageResized,
    deadline: Deadline,
    *,
    reserved: int = 0,
) -> FittedRendition:
    """Encode a rendition, again and smaller if it has more than its max_bytes.

    Args:
        rendition: what resize says of it.
        frames: its pixels, watermarked.
        originals: encoded pixels of the source by member, for renditions that have exactly these.
        job: the image.
        deadline: checked before each frame of each encoding.
        reserved: bytes of max_bytes that the file gets besides its picture.

    Raises:
        OutputTooLarge: no quality and no size fits.
        ImageTooSlow: the deadline is exceeded.
    """
    deadline.check()
    scored = by_score(rendition, frames, deadline)
    rendition = scored.rendition
    playing = job.animation if rendition.animated else None
    source_type = job.provenance.digital_source_type if job.provenance is not None else None
    encoded = encode(
        watched(frames, deadline),
        rendition.format,
        quality=rendition.quality,
        format_quality=rendition.format_quality,
        animation=playing,
        copyright_fields=job.copyright_fields,
        digital_source_type=source_type,
        lossless=rendition.lossless,
        # What was a lossless WebP and is one again, or a JPEG XL, loses nothing.
        exact=rendition.lossless and job.source_format == "WebP",
        alternatives=rendition.alternatives,
        candidates=rendition.candidates,
        original=originals.get(rendition.original) if rendition.original is not None else None,
    )
    limit = None if rendition.max_bytes is None else rendition.max_bytes - reserved
    if limit is None or len(encoded.data) <= limit:
        return FittedRendition(encoded=encoded, size=frames[0].size, warnings=_unlike(scored, encoded))
    form = _lossy(encoded, rendition, frames[0].mode)

    def again(some: list[Image.Image], quality: int) -> Encoded:
        deadline.check()
        return encode(
            watched(some, deadline),
            form,
            quality=rendition.quality,
            format_quality={form: quality},
            animation=playing,
            copyright_fields=job.copyright_fields,
            digital_source_type=source_type,
        )

    # What was encoded without loss says nothing of a quality; as the smallest of some it is smaller than a lossy file.
    maybe_exact = form in {"webp", "jxl"} and rendition.lossless and not rendition.candidates
    is_lossy = encoded.form == form and not maybe_exact
    first = encoder_qualities(rendition.quality, rendition.format_quality).get(form, rendition.quality)
    too_large = len(encoded.data) if is_lossy else None
    # Files of a set share a name.
    named = rendition.called if rendition.set is None else f"{rendition.called} as {form}"
    try:
        fits = fitted(frames, form, first, limit, again, too_large=too_large)
    except OutputTooLarge as error:
        raise OutputTooLarge(f"rendition {named}: {error}") from error
    warnings = _unlike(scored, fits.encoded, smaller=True)
    if fits.size == frames[0].size:
        return FittedRendition(encoded=fits.encoded, size=fits.size, warnings=warnings)
    had, has = (" x ".join(map(str, size)) for size in (frames[0].size, fits.size))
    warning = f"{named} has {has} px, not {had}, to have at most {rendition.max_bytes:,} bytes"
    return FittedRendition(encoded=fits.encoded, size=fits.size, warnings=(*warnings, warning))


def _unlike(scored: ByScore, encoded: Encoded, *, smaller: bool = False) -> tuple[str, ...]:
    if encoded.form == "webp" and encoded.frames == 1 and is_lossless(encoded.data):
        return ()
    warning = scored.warning(encoded.form, smaller=smaller)
    return () if warning is None else (warning,)


def _lossy(encoded: Encoded, rendition: ResizedRendition, mode: str) -> str:
    """The format in which the file can be smaller with all its pixels, if there is one.

    Of candidates it is that of the smallest file, or the first that has a quality to lower. Flat art whose own format
    has no equal, so that it would be a PNG or a lossless WebP, becomes a WebP.
    """
    if not rendition.candidates:
        return "webp" if rendition.format not in LOSSY and "webp" in rendition.alternatives else rendition.format
    if encoded.form in LOSSY:
        return encoded.form
    able = (each for each in rendition.candidates if each in LOSSY and (each != "jpeg" or mode != "RGBA"))
    return next(able, encoded.form)
