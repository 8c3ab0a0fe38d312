"""What a service's step is handed, and what it returns: a message for the next service, or the image's outcome."""

from collections.abc import Mapping
from dataclasses import field
from typing import Protocol

from shared.light_dataclass import dataclass
from shared.messages import ImageResized, ImageWatermarked, Source
from shared.notifications import ImageRejected, ImageStored
from shared.progress import Outcome
from shared.removals import ImageRemoved, SourceRemoved


class Job(Protocol):
    """A parsed message: it is about one image."""

    @property
    def source(self) -> Source:
        """The image."""


@dataclass(frozen=True, kw_only=True)
class Emit:
    """A step's result: the message for the next service.

    Args:
        message: the message to send.
        own_output: whether the image is an output of a pipeline that was uploaded again.
        log_fields: additional fields of the log line.
    """

    message: ImageResized | ImageWatermarked | SourceRemoved
    own_output: bool = False
    log_fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Finish:
    """A step's result: the image has its outcome.

    Args:
        outcome: stored, superseded, vanished, rejected or removed.
        notice: what subscribers are notified, if anything.
        reason: in words, where the outcome is not plain.
        outputs: keys in the output bucket.
        intermediate_keys: intermediate keys that nobody needs any more.
        log_fields: additional fields of the log line.
    """

    outcome: Outcome
    notice: ImageStored | ImageRejected | ImageRemoved | None = None
    reason: str | None = None
    outputs: tuple[str, ...] = ()
    intermediate_keys: tuple[str, ...] = ()
    log_fields: Mapping[str, object] = field(default_factory=dict)
