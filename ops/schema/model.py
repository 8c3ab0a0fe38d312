"""Every setting of pipeline.yaml with its bounds, default and meaning; pipeline.schema.json is generated from it."""

from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import Field

from ops.schema.buckets import Buckets
from ops.schema.fields import REQUIRED, Group, group, number, setting, string
from ops.schema.functions import Service, Store
from ops.schema.others import Budget, Outputs, Uploads
from ops.schema.pictures import ImageSet, Rendition
from services.resize import settings as resizing
from services.resize.taxonomy import LABELS
from services.store import settings as storing
from services.watermark import settings as marking
from shared.choices import Extra, FacesMode, Hdr, Metadata, Pages, Position
from shared.overrides import MAX_TRIM, NAMES

if TYPE_CHECKING:
    InputFormat: TypeAlias = str
    Override: TypeAlias = str
    Label: TypeAlias = str
    LogsDays: TypeAlias = int
else:
    InputFormat = Literal[resizing.INPUT_FORMATS]
    Override = Literal[NAMES]
    Label = Literal[LABELS]
    # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    LogsDays = Literal[
        (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
    ]

RESIZE: Final = ("resize",)
WATERMARK: Final = ("watermark",)
STORE: Final = ("store",)


class Watermark(Group):
    """The watermark."""

    text: str | None = string(
        marking.Watermark.text,
        200,
        'Text of the watermark, in any script that DejaVuSans has; "\\n" begins a line. Not with an image.',
    )
    image: str | None = string(
        None,
        200,
        "Path in this repository of a PNG, WebP or JPEG to use instead of a text, up to 4 MiB and 4 megapixels.",
    )
    position: Position = setting(marking.Watermark.position, "Where the watermark is.")
    opacity: float = number(marking.Watermark.opacity, 0, 1, "Opacity of the watermark; 0 is invisible.")
    scale: float = number(
        marking.Watermark.scale, 0.01, 1, "Width of the watermark as a share of the rendition's width."
    )
    min_width_px: int = number(
        marking.Watermark.min_width_px,
        1,
        100_000,
        "Least width of the watermark, where the image has room; at most max_width_px.",
        unit="px",
    )
    max_width_px: int = number(
        marking.Watermark.max_width_px, 1, 100_000, "Greatest width of the watermark.", unit="px"
    )
    margin: float = number(
        marking.Watermark.margin, 0, 0.4, "Distance to the edges as a share of the image's shorter side."
    )
    tile: bool = setting(marking.Watermark.tile, "Whether the watermark is repeated over the whole image.")
    angle_degrees: float | None = number(
        None, -180, 180, "Rotation, counter-clockwise. null: 30 where tile is true, else 0.", unit="degrees"
    )
    min_side_px: int = number(
        marking.Watermark.min_side_px,
        1,
        100_000,
        "An image whose shorter side is smaller gets no watermark.",
        unit="px",
    )


class Profile(Group):
    """Settings of the images under a prefix."""

    prefix: str = string(REQUIRED, 200, "Beginning of the keys, such as avatars/.", functions=(*RESIZE, *WATERMARK))
    renditions: list[Rendition] | None = setting(
        None, "Renditions in place of all the others.", min_length=1, max_length=10, functions=RESIZE
    )
    sets: list[ImageSet] | None = setting(
        None, "Responsive sets in place of all the others; [] for none.", max_length=5, functions=RESIZE
    )
    metadata: Metadata = setting("none", "As metadata of the file, in its place.", functions=RESIZE)
    hdr: Hdr = setting("sdr", "As hdr of the file, in its place.", functions=RESIZE)
    trim: int = number(0, 0, MAX_TRIM, "As trim of the file, in its place.", unit="levels", functions=RESIZE)
    watermark: Watermark = group("What differs from watermark of the file.", WATERMARK)


class Limits(Group):
    """What an image may be at most."""

    bytes: int = number(resizing.Limits.bytes, 1024, 2 * 1024**3, "Size of the file.", unit="bytes")
    pixels: int = number(resizing.Limits.pixels, 1, 1_000_000_000, "Width x height.", unit="px")
    memory_mb: int = number(
        resizing.Limits.memory_mb,
        16,
        10_240,
        "Memory that decoding one image takes, estimated from its header. A function with less memory than that for"
        " each image, its files and itself (some 550 MiB) takes no more than it has.",
        unit="MiB",
    )
    side_px: int = number(resizing.Limits.side_px, 1, 65_535, "Longer side.", unit="px")
    frames: int = number(resizing.Limits.frames, 1, 10_000, "Frames of an animation.", unit="frames")
    frame_pixels: int = number(resizing.Limits.frame_pixels, 1, 10_000_000_000, "Frames x width x height.", unit="px")
    jpeg_scans: int = number(resizing.Limits.jpeg_scans, 1, 1000, "Scans of a progressive JPEG.", unit="scans")
    seconds: int = number(
        resizing.Limits.seconds,
        1,
        840,
        "Time to decode and shrink one image, and again to watermark and encode it; at least 5 less than the"
        " timeout_seconds of resize and of watermark.",
        unit="s",
    )


class Moderation(Group):
    """Whether Amazon Rekognition examines every image before anything of it is stored."""

    enabled: bool = setting(
        default=False, meaning="Whether images are examined; each costs some $0.001, an animation `frames` times that."
    )
    frames: int = number(
        resizing.Moderation.frames,
        1,
        5,
        "Frames of an animation that are examined, from the first to the last.",
        unit="frames",
    )
    faces: FacesMode = setting(
        resizing.Moderation.faces,
        "Faces in outputs, found by Rekognition for another $0.001 an image. keep: as they are. blur, pixelate: nobody"
        " can be recognised. An animation is refused then.",
    )
    labels: dict[Label, Annotated[float | None, Field(ge=0, le=100)]] = setting(
        dict(resizing.DEFAULT_REJECTED),
        "Labels of Rekognition (version 7) that reject an image, each with the least confidence in percent. A label"
        " holds for those beneath it that are not listed; null lets a label pass.",
    )


class Output(Group):
    """The outputs' keys and what is written with them."""

    key: str = string(
        storing.Output.key,
        500,
        "Template of the outputs' keys, with {dir}, {stem}, {rendition}, {page}, {ext}, {image_id}, {width}"
        " and {digest}, of the bytes. {rendition} and one of {stem}, {image_id} are required; {page} where pages is"
        " all, {ext} where a set has several formats.",
    )
    cache_control: str | None = string(
        storing.Output.cache_control,
        500,
        "Cache-Control of the outputs; null for none. If the key has {digest}, the default is"
        f' "{storing.IMMUTABLE}".',
        pattern="^[ -~]*$",
        words="printable ASCII, 1 to 500 characters",
    )
    metadata: bool = setting(storing.Output.metadata, "Whether the source's user metadata (x-amz-meta-*) is carried.")
    tags: bool = setting(storing.Output.tags, "Whether the source's tags are carried.")
    follow_deletes: bool = setting(
        storing.Output.follow_deletes,
        "Whether outputs are removed when their source is deleted, by hand, by a rename or by a lifecycle rule.",
    )
    manifest: str | None = string(
        None,
        500,
        "Template of the key of a JSON file beside the outputs, with {dir}, {stem}, {name} and {image_id}; null for no"
        " such file. It lists outputs, and responsive sets as a web page states them.",
    )


class Services(Group):
    """Each service's function and queue."""

    resize: Service = group("The service resize.")
    watermark: Service = group("The service watermark.")
    store: Store = group("The service store.")


class Retention(Group):
    """How long things are kept."""

    dlq_days: int = number(14, 1, 14, "Messages in queues and DLQs.", unit="days")
    work_days: int = number(
        16,
        1,
        3650,
        "Intermediate pixels of images without an outcome; more than dlq_days, so that a replay finds them.",
        unit="days",
    )
    logs_days: LogsDays = setting(30, "Logs, in the periods that CloudWatch has.", unit="days")
    old_versions_days: int = number(30, 1, 3650, "Old versions of images in the input bucket.", unit="days")
    ledger_days: int = number(
        3650,
        30,
        36_500,
        "Rows of the ledger after their last write. The time of the last write counts: a shorter time holds for images"
        " from then on.",
        unit="days",
    )


class Notifications(Group):
    """What people are notified of."""

    batch_timeout_minutes: int = number(
        60,
        1,
        10_080,
        "How long nothing may happen to an upload batch before people get a digest of what is missing.",
        unit="minutes",
    )


class Pipeline(Group):
    """Settings of the image pipeline: pipeline.yaml."""

    name: str = setting(
        REQUIRED,
        "Prefix of every bucket, queue, function and topic.",
        pattern="^[a-z][a-z0-9-]{0,22}[a-z0-9]$",
        words="2 to 24 characters of a-z, 0-9 and -, beginning with a-z",
    )
    encryption: Literal["aws", "customer"] = setting(
        "aws",
        "Owner of the key that everything on AWS is encrypted with. aws: AWS, at no cost. customer: a KMS key that"
        " Terraform makes; uploaders and readers need permission to use it. Going back to aws deletes the key: what it"
        " encrypted is unreadable at once, and lost after 30 days. The guide *Deploy* says how to change it.",
    )
    permissions_boundary: str | None = string(
        None,
        128,
        "Name of a policy of the account that no function's role can exceed; terraform/github makes one.",
        pattern="^[A-Za-z0-9_+=,.@-]+$",
        words="the name of a policy of the account, of A-Z, a-z, 0-9 and _+=,.@-",
    )
    state: Literal["local", "s3"] = setting(
        "local", "Where Terraform keeps its state. local: in files. s3: in a bucket of this pipeline."
    )
    renditions: list[Rendition] | None = setting(
        None,
        "Pictures that are made of every image. By default `resized` (1024 x 1024, watermarked) and `thumb` (256 x 256,"
        " cropped, not watermarked).",
        min_length=1,
        max_length=10,
        functions=RESIZE,
    )
    sets: list[ImageSet] | None = setting(
        None,
        "Responsive sets: pictures at several widths and in several formats, beside the renditions. An image has at"
        " most 100 outputs.",
        max_length=5,
        functions=RESIZE,
    )
    extras: list[Extra] = setting(
        [],
        "What needs codecs that are not in every zip; they go into the zips of resize and watermark that are built"
        " here. jxl: JPEG XL, under GPL-3.0-or-later. Without it, uploads, settings and overrides of jxl are refused."
        " avif10: AVIFs of 10 bits, which hdr: keep needs for PQ and HLG; 20 MB.",
        max_length=2,
        functions=RESIZE,
    )
    watermark: Watermark = group("The watermark.", WATERMARK)
    metadata: Metadata = setting(
        "none",
        "Metadata of the source that outputs keep. copyright: creator, copyright notice, credit line, source, web"
        " statement and licensor's URL. provenance: the IPTC digital source type, which marks what an AI has made.",
        functions=RESIZE,
    )
    hdr: Hdr = setting(
        "sdr",
        "HDR. sdr: outputs are SDR. keep: JPEG outputs keep the gain map of a JPEG (Ultra HDR, ISO 21496-1) or of an"
        " iPhone's HEIC. With extras: [avif10], AVIF outputs keep PQ and HLG. Other outputs are SDR.",
        functions=RESIZE,
    )
    trim: int = number(
        0,
        0,
        MAX_TRIM,
        "Whether a border of one colour is removed before anything else: levels of 255 that its channels may differ. 0:"
        " it is not. 10 suits photographs and scans. Three corners must be alike. An animation is not trimmed.",
        unit="levels",
        functions=RESIZE,
    )
    pages: Pages = setting(
        "first",
        "Pages of a TIFF that become outputs. all: every page has all renditions, at most 100 outputs; output.key must"
        " have {page}.",
        functions=RESIZE,
    )
    overrides: list[Override] = setting(
        list(NAMES),
        "Overrides that an uploader may set for one image, as x-amz-meta-pipeline-<name>.",
        functions=(*RESIZE, *WATERMARK),
    )
    profiles: list[Profile] | None = setting(
        None,
        "Settings of the images under a prefix; of several that match, the longest prefix counts.",
        max_length=20,
        functions=(*RESIZE, *WATERMARK),
    )
    limits: Limits = group("What an image may be at most, checked before it is decoded.", (*RESIZE, *WATERMARK))
    formats: list[InputFormat] = setting(
        list(resizing.INPUT_FORMATS), "Formats that may be uploaded.", functions=RESIZE
    )
    moderation: Moderation = group(
        "Whether Amazon Rekognition examines every image before anything of it is stored.", RESIZE
    )
    output: Output = group("The outputs' keys, and what is written with them.", STORE)
    buckets: Buckets = group("Buckets that exist already, and prefixes.", (*RESIZE, *STORE))
    uploads: Uploads = group("Uploads from pages of other origins.")
    outputs: Outputs = group("Outputs for pages of other origins.")
    budget: Budget = group("A limit of the account's costs, of which people are warned by e-mail.")
    services: Services = group("Each service's function and queue.")
    notifications: Notifications = group("What people are notified of.")
    retention: Retention = group("How long things are kept.")
