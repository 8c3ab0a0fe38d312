"""One tree of errors that answers "retry or not?"."""

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from shared.messages import UploadBatch


class PipelineError(Exception):
    """Whatever this pipeline raises on purpose; its text is the reason that people read."""

    # The batch of the image, where a step had read it and whatever reports the error has not.
    batch: "UploadBatch | None" = None


class PermanentError(PipelineError):
    """Trying again would fail the same way: the message goes to the dead-letter queue at once, with its reason."""


class TransientError(PipelineError):
    """Trying again may help: the message comes back after a pause."""

    # How many attempts such an error is worth; None: as many as the queue allows.
    max_attempts: ClassVar[int | None] = None


class BadSetting(PermanentError):
    """Settings are wrong; each argument is a sentence that names one, its value and what is allowed."""

    def __str__(self) -> str:
        """All of them on one line."""
        return " | ".join(map(str, self.args))


class BadMessage(PermanentError):
    """A message that no release of this service can read."""


class BadOverride(PermanentError):
    """An override in the object's metadata is wrong; the text names it and what is allowed."""


class UnsupportedImage(PermanentError):
    """The bytes are not an image of a format that we decode."""


class UnreadableImage(PermanentError):
    """The bytes begin like an image but do not decode: truncated or damaged."""


class ImageTooLarge(PermanentError):
    """The image exceeds a limit of pipeline.yaml."""


class ImageTooSlow(PermanentError):
    """Making the renditions takes longer than pipeline.yaml allows."""


class OwnOutput(PermanentError):
    """An output was put among the uploads of the bucket that outputs go to: it would be processed without end."""


class OutputKeyTaken(PermanentError):
    """The output key belongs to another source."""


class OutputKeyInvalid(PermanentError):
    """The key template gives a key that S3 does not take."""


class OutputTooLarge(PermanentError):
    """A rendition cannot be encoded within its max_bytes, however low its quality and small its size."""


class EncoderMissing(PermanentError):
    """The image needs a codec that is not in the zip of resize or watermark, such as jxl without `extras: [jxl]`."""


class IntermediateObjectMissing(PermanentError):
    """What the previous service left in the work bucket is gone, or is not what the message says."""


class ModerationRefused(PermanentError):
    """The moderator does not accept the picture that it was sent."""


class ObjectArchived(PermanentError):
    """The object is in an archive of S3 (Glacier), and must be restored before anybody can read it."""


class CustomerKeyRequired(PermanentError):
    """The object is encrypted with a key that only its uploader has (SSE-C)."""


class KeyUnusable(PermanentError):
    """The KMS key is disabled, deleted or of another kind, so nobody can use it."""


class RequestInvalid(PermanentError):
    """AWS does not take the request, however often and by whom it is sent."""


class OutputKeyStillTaken(TransientError):
    """The output key belongs to another source, which may be about to go (a rename, with output.follow_deletes)."""


class BeingStored(TransientError):
    """Another message of this image, with a later place, stores it now. Its own next attempt finds that done."""


class EmptyImage(TransientError):
    """The object has no bytes. File managers and mounts create objects empty, and write the bytes a moment later."""

    max_attempts = 2


class OutOfMemory(TransientError):
    """The image did not fit into what memory was left."""

    # Another image may have taken the memory once. An image that runs out of it twice would take it from others again.
    max_attempts = 2


class AwsUnavailable(TransientError):
    """An AWS call failed in a way that may pass: throttled, timed out, 5xx."""


class AccessDenied(TransientError):
    """AWS refuses a call for lack of a permission, which somebody may grant: a policy, a scan of the object, a key."""


class HandedBack(TransientError):
    """The function's time ran out before this message was finished."""


class NotBegun(HandedBack):
    """The function's time ran out before it came to this message: that does not count as an attempt."""


class NotRecorded(HandedBack):
    """The function's time ran out while the outcome of this message was being recorded: it may be there by now."""


class FunctionDied(TransientError):
    """Every attempt ended with the function killed or timed out, so none could say why."""


class NotNotified(TransientError):
    """The image has its outcome, but no attempt could notify subscribers of it. A replay does."""


class NotFound(PipelineError):
    """The object is not there: 404, or 405 where the version is a delete marker."""


class PreconditionFailed(PipelineError):
    """A conditional write found another state than its condition: 412, 409, or 404 on If-Match."""
