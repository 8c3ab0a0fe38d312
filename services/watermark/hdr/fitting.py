"""A rendition as a 10-bit AVIF, within its max_bytes. No AWS."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from PIL import Image

from services.watermark.blending import Placed
from services.watermark.embedded_tags import EmbeddedTags
from services.watermark.encoding.budget import MIN_QUALITY, highest_quality
from services.watermark.encoding.files import CONTENT_TYPES, Encoded
from services.watermark.encoding.quality import encoder_qualities, encoder_quality, hdr_quality
from services.watermark.fitted_renditions import FittedRendition
from services.watermark.hdr.avif10 import avif10
from services.watermark.hdr.avif_container import AvifError
from services.watermark.hdr.pixels import HdrPicture, picture_of, watermarked
from services.watermark.qualities_by_score import by_score
from shared.deadline import Deadline
from shared.libvips import vips
from shared.messages import HdrPixels, ImageResized, ResizedRendition

_AVIF: Final = "avif"


class NotHdrError(Exception):
    """A rendition cannot be HDR; the text is the reason, part of a sentence."""


def fitted_hdr(
    rendition: ResizedRendition,
    pixels: HdrPixels,
    frames: list[Image.Image],
    *,
    members: Mapping[str, bytes],
    watermark: Placed | None,
    job: ImageResized,
    deadline: Deadline,
) -> FittedRendition:
    """Encode a rendition as HDR.

    Args:
        rendition: what resize says of it, an AVIF.
        pixels: where its HDR pixels are.
        frames: the same picture in SDR, watermarked, by which its quality is found.
        members: what resize left, by name.
        watermark: the watermark at its place; None for none.
        job: the image.
        deadline: checked before each encoding.

    Raises:
        NotHdrError: it does not fit into its max_bytes at the lowest quality, or the encoder cannot make it.
        EncoderMissing: the encoder is not installed.
        ImageTooSlow: the deadline is exceeded.
    """
    deadline.check()
    picture = picture_of(members[pixels.member], pixels, frames[0].size)
    if watermark is not None:
        picture = watermarked(picture, watermark)
    scored = by_score(rendition, frames, deadline)
    sdr = encoder_qualities(scored.rendition.quality, scored.rendition.format_quality)[_AVIF]
    first = rendition.format_quality.get(_AVIF) or hdr_quality(sdr, pixels.transfer)
    encode = partial(_encoded, picture, _tags(job), deadline)
    encoded, limit = encode(first), rendition.max_bytes
    warning = scored.warning(_AVIF)
    if limit is not None and len(encoded.data) > limit:
        warning = None
        lowest = min(first, hdr_quality(encoder_quality(_AVIF, MIN_QUALITY), pixels.transfer))
        smallest = encode(lowest)
        if len(smallest.data) > limit:
            raise NotHdrError("as HDR it has more than max_bytes at the lowest quality")
        encoded = highest_quality((lowest, smallest), (first, len(encoded.data)), limit, encode)
    return FittedRendition(encoded=encoded, size=frames[0].size, warnings=() if warning is None else (warning,))


def _tags(job: ImageResized) -> Mapping[str, bytes]:
    source_type = job.provenance.digital_source_type if job.provenance is not None else None
    return EmbeddedTags(copyright_fields=job.copyright_fields, digital_source_type=source_type).options(_AVIF)


def _encoded(picture: HdrPicture, tags: Mapping[str, bytes], deadline: Deadline, quality: int) -> Encoded:
    """The file of one quality.

    Raises:
        NotHdrError: the encoder cannot make it.
    """
    deadline.check()
    try:
        data = avif10(picture, tags, quality=quality)
    except (AvifError, vips().Error) as error:
        raise NotHdrError(f"its encoder failed ({' '.join(str(error).split())})") from error
    return Encoded(data=data, form=_AVIF, content_type=CONTENT_TYPES[_AVIF], frames=1)
