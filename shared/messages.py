"""The contracts: every message between services, parsed at the edge, versioned."""

import hashlib
from collections.abc import Mapping
from dataclasses import field, replace
from typing import ClassVar, Final, Self

from shared import wire
from shared.choices import HDR_PRIMARIES, HDR_TRANSFERS
from shared.errors import BadMessage
from shared.light_dataclass import dataclass

# A reader refuses a message of a newer schema; a new optional field does not make a newer schema.
SCHEMA: Final = 1

IMAGE_ID_LENGTH: Final = 20

# What watermark encodes.
ENCODED_FORMATS: Final = ("jpeg", "png", "gif", "webp", "avif", "jxl")


@dataclass(frozen=True, kw_only=True)
class UploadBatch:
    """An image's place among those that were uploaded together.

    Args:
        id: identifier of the batch.
        number: position of the image in the batch, from 0.
        size: how many images were to be uploaded.
    """

    id: str
    number: int
    size: int


# The version of what was put while its bucket kept none; it has this id among later versions, too.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/AddingObjectstoVersionSuspendedBuckets.html
NULL_VERSION: Final = "null"


@dataclass(frozen=True, kw_only=True)
class Source:
    """One version of one uploaded object: what identifies an image.

    Args:
        bucket: the input bucket.
        key: the object's key, decoded.
        version_id: None where the bucket is not versioned.
        sequencer: S3's sequencer, which orders the events of one key, hexadecimal; None where the event had none.
        size_bytes: size of the object.
        uploaded_at: when S3 took it, ISO 8601 in UTC.
        batch: the batch that it was uploaded with; None where it was uploaded alone, or that is not known yet.
    """

    bucket: str
    key: str
    version_id: str | None = None
    sequencer: str | None = None
    size_bytes: int
    uploaded_at: str
    batch: UploadBatch | None = None

    @property
    def image_id(self) -> str:
        """A short hash of (bucket, key, version id or else sequencer): the correlation id everywhere."""
        identity = wire.dumps([self.bucket, self.key, self.version_id or self.sequencer or ""])
        return hashlib.sha256(identity.encode()).hexdigest()[:IMAGE_ID_LENGTH]

    def check(self, path: str) -> None:
        """Check the time of the upload; see shared.wire.Checked."""
        wire.check_moment(self.uploaded_at, f"{path}.uploaded_at")

    def with_batch(self, batch: UploadBatch | None) -> Self:
        """The same source with the batch that it belongs to, where that was not known."""
        return self if batch is None or self.batch is not None else replace(self, batch=batch)


@dataclass(frozen=True, kw_only=True)
class Animation:
    """How the frames of an animated image play.

    Args:
        durations_ms: duration of each frame, in milliseconds.
        plays: how often the animation is shown; 0 is forever.
    """

    durations_ms: tuple[int, ...]
    plays: int = 0


@dataclass(frozen=True, kw_only=True)
class Passthrough:
    """The source object's own metadata and tags, which the outputs may keep.

    Args:
        metadata: the x-amz-meta-* headers, by name without that prefix.
        tags: tags of the object.
    """

    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Copyright:
    """Who owns a picture, as its own metadata says.

    Args:
        artist: who made it, several separated by "; "; None where the metadata does not say. So are the others.
        copyright: the copyright notice.
        credit: the credit line, to be shown with the picture.
        source: who it came from, such as an agency.
        web_statement: URL of a page about its copyright and licence.
        licensor_url: URL of a page where a licence can be had.
    """

    artist: str | None = None
    copyright: str | None = None
    credit: str | None = None
    source: str | None = None
    web_statement: str | None = None
    licensor_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """How a picture was made, as its own metadata says; nothing of it is verified.

    Args:
        digital_source_type: URI of an IPTC newscode, such as
            "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"; None where the file does not say.
        content_credentials: whether the source has content credentials (C2PA). No output has them.
    """

    digital_source_type: str | None = None
    content_credentials: bool = False


@dataclass(frozen=True, kw_only=True)
class GainMapMembers:
    """The members of the intermediate ZIP that make a JPEG an HDR picture.

    Args:
        jpeg: the gain map's file, which goes into the output as it is.
        base: the rendition in the source's own colours, which is used in place of the one in sRGB; None where that is
            the picture that the gain map applies to.
        profile: ICC profile of the base; None where there is none.
    """

    jpeg: str
    base: str | None = None
    profile: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All that are there."""
        return tuple(name for name in (self.jpeg, self.base, self.profile) if name is not None)


@dataclass(frozen=True, kw_only=True)
class HdrPixels:
    """The pixels of a rendition in PQ or HLG, which become an AVIF of 10 bits.

    Args:
        member: their member of the intermediate ZIP: red, then green, then blue, each as rows of samples of 16 bits,
            little-endian, without padding.
        primaries: ColourPrimaries of ITU-T H.273.
        transfer: TransferCharacteristics of H.273: 16 is PQ, 18 is HLG.
        max_cll: luminance of the brightest pixel, as the source states it, in cd/m2; None where it states none.
    """

    member: str
    primaries: int
    transfer: int
    max_cll: int | None = None

    def check(self, path: str) -> None:
        """Check the codes; see shared.wire.Checked."""
        wire.check_choice(self.primaries, HDR_PRIMARIES, f"{path}.primaries")
        wire.check_choice(self.transfer, HDR_TRANSFERS, f"{path}.transfer")


@dataclass(frozen=True, kw_only=True)
class ResizedRendition:
    """One rendition on its way to the watermark.

    Args:
        name: name of the rendition, such as "resized".
        member: name of its member in the intermediate ZIP.
        width: width in pixels.
        height: height in pixels.
        format: the format to encode: jpeg, png, gif, webp, avif or jxl.
        quality: 1 to 100, for jpeg, webp, avif and jxl.
        watermark: whether it gets the watermark.
        animated: whether the message's animation applies.
        lossless: whether the source's file stores its pixels losslessly.
        alternatives: lossless formats; flat art is encoded in whichever of them is smallest.
        page: page of the source, from 1.
        original: member of the ZIP with exactly these pixels as encoded in the source, a file of this format
            without metadata; None where there is none.
        set: name of the responsive set that it is of; None for none. Renditions of a set share a member if their
            formats alone differ.
        format_quality: quality of some formats, each in its encoder's own numbers, instead of `quality`.
        max_bytes: greatest size of the file; None for no limit.
        candidates: formats; a still is encoded in whichever of them is smallest, instead of in `format`.
        gain_map: gain map of a JPEG; None for none.
        quality_target: SSIMULACRA2 that a lossy still is to have, by a quality of its own; None for `quality`.
        hdr: its pixels in PQ or HLG, for an AVIF of 10 bits; None for none.
    """

    name: str
    member: str
    width: int
    height: int
    format: str
    quality: int
    watermark: bool
    animated: bool = False
    lossless: bool = False
    alternatives: tuple[str, ...] = ()
    page: int = 1
    original: str | None = None
    set: str | None = None
    format_quality: Mapping[str, int] = field(default_factory=dict)
    max_bytes: int | None = None
    candidates: tuple[str, ...] = ()
    gain_map: GainMapMembers | None = None
    quality_target: int | None = None
    hdr: HdrPixels | None = None

    @property
    def called(self) -> str:
        """What warnings and errors call it: its name, and its page from the second one on."""
        return self.name if self.page == 1 else f"{self.name} of page {self.page}"

    def check(self, path: str) -> None:
        """Check the formats; see shared.wire.Checked."""
        for form in (self.format, *self.alternatives, *self.candidates):
            wire.check_choice(form, ENCODED_FORMATS, f"{path}.format")


@dataclass(frozen=True, kw_only=True)
class EncodedRendition:
    """One rendition as it will be stored.

    Args:
        name: name of the rendition, such as "resized".
        member: name of its member in the intermediate ZIP.
        width: width in pixels.
        height: height in pixels.
        frames: number of frames, 1 for a still.
        format: the format: jpeg, png, gif, webp, avif or jxl.
        content_type: MIME type of the file.
        size_bytes: size of the encoded file.
        page: page of the source, from 1.
        set: name of the responsive set that it is of; None for none.
    """

    name: str
    member: str
    width: int
    height: int
    frames: int
    format: str
    content_type: str
    size_bytes: int
    page: int = 1
    set: str | None = None

    def check(self, path: str) -> None:
        """Check the format; see shared.wire.Checked."""
        wire.check_choice(self.format, ENCODED_FORMATS, f"{path}.format")


@dataclass(frozen=True, kw_only=True)
class ImageUploaded:
    """What resize receives: an image that somebody uploaded. On the wire it is S3's own event."""

    source: Source


class Typed:
    """A message with `type` and `schema` on the wire."""

    TYPE: ClassVar[str]

    def encode(self) -> str:
        """The message as a JSON body."""
        return wire.dumps({**self._envelope(), **wire.to_json(self)})

    def _envelope(self) -> dict[str, object]:
        return {"type": self.TYPE, "schema": SCHEMA}

    @classmethod
    def decode(cls, body: str) -> Self:
        """The message in a JSON body.

        Raises:
            BadMessage: it is of another type or a newer schema, or lacks a field.
        """
        value = wire.loads(body)
        if value.get("type") != cls.TYPE:
            raise BadMessage(f"type is {value.get('type')!r:.80}; this service reads {cls.TYPE}")
        schema = value.get("schema")
        if not isinstance(schema, int) or not 1 <= schema <= SCHEMA:
            raise BadMessage(f"schema is {schema!r:.80}; this release reads 1 to {SCHEMA}: deploy this service first")
        return wire.from_json(cls, value)


@dataclass(frozen=True, kw_only=True)
class ImageResized(Typed):
    """resize to watermark: the renditions lie, lossless, in one intermediate ZIP.

    Args:
        source: the image.
        intermediate_key: key of the ZIP in the work bucket.
        renditions: the renditions in that ZIP.
        source_format: format of the source, such as "HEIC".
        source_width: width in pixels, as people see it: after the EXIF orientation.
        source_height: height in pixels.
        animation: None for a still.
        passthrough: metadata and tags of the source object.
        copyright_fields: the copyright to write into every rendition; None for none.
        provenance: how the picture was made, to write into every rendition; None where that is not kept.
        alt_text: what the picture shows, for those who do not see it; None where the source's metadata does not say.
        placeholder: a ThumbHash of the picture in base64; None where the previous service made none.
        dominant_colour: the most frequent colour, such as "#1e90ff"; None where the previous service found none.
        warnings: what the uploader should know of the result, such as "page 1 of 3".
    """

    TYPE = "image-resized"

    source: Source
    intermediate_key: str
    renditions: tuple[ResizedRendition, ...]
    source_format: str
    source_width: int
    source_height: int
    animation: Animation | None = None
    passthrough: Passthrough = field(default_factory=Passthrough)
    copyright_fields: Copyright | None = None
    provenance: Provenance | None = None
    alt_text: str | None = None
    placeholder: str | None = None
    dominant_colour: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ImageWatermarked(Typed):
    """watermark to store: the renditions lie, encoded, in one intermediate ZIP.

    Besides the fields of ImageResized:

    Args:
        intermediate_keys: intermediate keys of the previous services, which nobody needs after the outcome.
        inline: the ZIP itself in base64, if it is small; then no object has the key. None where it is in the work
            bucket.
    """

    TYPE = "image-watermarked"

    source: Source
    intermediate_key: str
    renditions: tuple[EncodedRendition, ...]
    source_format: str
    source_width: int
    source_height: int
    passthrough: Passthrough = field(default_factory=Passthrough)
    provenance: Provenance | None = None
    alt_text: str | None = None
    placeholder: str | None = None
    dominant_colour: str | None = None
    warnings: tuple[str, ...] = ()
    intermediate_keys: tuple[str, ...] = ()
    inline: str | None = field(default=None, repr=False)


# SQS delays a message by 15 minutes at most. A queue whose oldest message is as old as that has an alarm.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
MAX_DELAY_SECONDS: Final = 600


@dataclass(frozen=True, kw_only=True)
class BatchDue(Typed):
    """To store, delayed: a batch is to be looked at, since its uploader or an image of it may be gone.

    Other services than store pass it on.

    Args:
        batch: the batch; of any of its members.
        timeout_seconds: how long nothing may happen to it before it is reported as it is.
    """

    TYPE = "batch-due"

    batch: UploadBatch
    timeout_seconds: int
