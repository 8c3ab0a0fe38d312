"""Objects of the buckets, fetched for a page within limits: sources, outputs and small pictures."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError, ParamValidationError

from ops import settings as pipeline_settings
from ops.aws.objects import get
from ops.errors import CommandError, Exit
from ops.preview.picture_pool import PicturePool
from ops.stack import Stack
from services.resize.formats.sniffing import probe
from services.resize.settings import Limits
from services.resize.settings import Settings as ResizeSettings
from shared.clock import SYSTEM
from shared.deadline import Deadline
from shared.errors import PipelineError

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

THUMB_BOX: Final = (96, 96)
PREVIEW_BOX: Final = (1600, 1600)

# What browsers show, by the formats of services/resize/formats/sniffing.py; of HEIC and TIFF a preview is made here.
SHOWN: Final = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "WebP": "image/webp",
    "AVIF": "image/avif",
    "BMP": "image/bmp",
}
# What store writes; anything else in its bucket is somebody else's, and saved instead of shown.
_WRITTEN: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/jxl"})
ANYTHING: Final = "application/octet-stream"

_MAX_KEPT: Final = 2000
_CHUNK_BYTES: Final = 256 * 1024


class Missing(CommandError):
    """What was asked for is not there, or not to be had; the text says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Exit.NOT_FOUND)


@dataclass(frozen=True, kw_only=True)
class BrowserFile:
    """A file for a browser.

    Args:
        data: its bytes.
        content_type: that it may be taken for.
        form: what it was uploaded as, such as "TIFF"; empty where nobody knows.
        preview: whether it is a preview of a file that browsers do not show.
    """

    data: bytes
    content_type: str
    form: str = ""
    preview: bool = False


@dataclass(kw_only=True)
class Objects:
    """The objects of a stack.

    Args:
        stack: whose.
        pool: that makes small pictures.
    """

    stack: Stack
    pool: PicturePool = field(default_factory=PicturePool)
    limits: Limits = field(init=False)
    formats: tuple[str, ...] = field(init=False)
    _kept: OrderedDict[tuple[str, ...], bytes] = field(default_factory=OrderedDict, init=False)

    def __post_init__(self) -> None:
        environment = pipeline_settings.placeholders(self.stack.settings, "resize")
        resize = ResizeSettings.from_env(environment)
        self.limits, self.formats = resize.limits, resize.formats

    def source(self, bucket: str, key: str, version_id: str | None) -> BrowserFile:
        """What was uploaded, as a browser shows it; a preview where it would not.

        Raises:
            Missing: it is gone, or is not an image.
        """
        data = self._uploaded(bucket, key, version_id)
        try:
            form = probe(data, self.limits, Deadline(self.limits.seconds, SYSTEM.monotonic), self.formats)
            if form in SHOWN:
                return BrowserFile(data=data, content_type=SHOWN[form], form=form)
            return BrowserFile(data=self._small(data, PREVIEW_BOX), content_type="image/webp", form=form, preview=True)
        except PipelineError as error:
            raise Missing(str(error)) from error

    def output(self, key: str) -> BrowserFile:
        """What was made.

        Raises:
            Missing: it is gone.
        """
        answer = self._get(self.stack.names.output_bucket, key)
        content_type = answer.get("ContentType", ANYTHING)
        return BrowserFile(
            data=_read(answer, None), content_type=content_type if content_type in _WRITTEN else ANYTHING
        )

    def thumb_of_output(self, key: str, mark: str) -> bytes:
        """A small picture of an output, as WebP.

        Args:
            key: of the output.
            mark: changes when the output may have.

        Raises:
            Missing: it is gone, or does not decode.
        """
        return self._thumb((key, mark), lambda: self.output(key).data)

    def thumb_of_source(self, bucket: str, key: str, version_id: str | None) -> bytes:
        """A small picture of what was uploaded, as WebP.

        Raises:
            Missing: it is gone, or does not decode.
        """
        return self._thumb((bucket, key, version_id or ""), lambda: self._uploaded(bucket, key, version_id))

    def _thumb(self, name: tuple[str, ...], fetch: Callable[[], bytes]) -> bytes:
        kept = self._kept.get(name)
        if kept is None:
            try:
                kept = self._small(fetch(), THUMB_BOX)
            except PipelineError as error:
                raise Missing(str(error)) from error
            self._kept[name] = kept
            while len(self._kept) > _MAX_KEPT:
                self._kept.popitem(last=False)
        return kept

    def _small(self, data: bytes, box: tuple[int, int]) -> bytes:
        return self.pool.small(data, box, self.limits, self.formats)

    def _uploaded(self, bucket: str, key: str, version_id: str | None) -> bytes:
        # Anyone who may write to a queue may name any bucket there: this console reads the pipeline's own for them.
        if bucket != self.stack.names.input_bucket:
            raise Missing("it does not lie in the pipeline's input bucket")
        return _read(self._get(bucket, key, version_id), self.limits.bytes)

    def _get(self, bucket: str, key: str, version_id: str | None = None) -> "GetObjectOutputTypeDef":
        try:
            return get(self.stack.s3, bucket, key, version_id)
        except (ClientError, ParamValidationError, UnicodeEncodeError) as error:
            raise Missing(f"it cannot be read: {error}") from error


def _read(answer: "GetObjectOutputTypeDef", max_bytes: int | None) -> bytes:
    if max_bytes is not None and answer["ContentLength"] > max_bytes:
        raise Missing(f"it has {answer['ContentLength']:,} bytes; the limit is {max_bytes:,} (limits.bytes)")
    return b"".join(answer["Body"].iter_chunks(_CHUNK_BYTES))
