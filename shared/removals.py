"""Removals: the message that a source was deleted, and what subscribers are notified of it."""

from typing import TypeVar

from shared import wire
from shared.light_dataclass import dataclass
from shared.messages import Source, Typed
from shared.notifications import Notification

T = TypeVar("T", bound=Typed)


@dataclass(frozen=True, kw_only=True)
class SourceRemoved(Typed):
    """resize by way of watermark to store: a source was deleted, or one version of it.

    Args:
        source: the deletion: its key, its delete marker if there is one, and its place in the key's sequence. It is not
            the image that was deleted: that has a row and an outcome of its own.
        version_id: the one version that was deleted, "null" too; None where the whole key is gone.
    """

    TYPE = "source-removed"

    source: Source
    version_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class ImageRemoved(Notification):
    """The notice of a removal: a source was deleted, and its outputs with it.

    Args:
        notice_id: the same for every copy of this notice.
        source: the deletion.
        output_bucket: where the outputs were.
        removed: keys of the outputs that are gone.
        removed_at: ISO 8601 in UTC.
        left_out: number of keys that are not listed, since a notification has room for 256 KB.
    """

    TYPE = "image-removed"

    notice_id: str
    source: Source
    output_bucket: str
    removed: tuple[str, ...]
    removed_at: str
    left_out: int = 0


def decoded(body: str, kind: type[T]) -> T | SourceRemoved:
    """The message in a JSON body: one of this kind, or that a source was removed.

    Raises:
        BadMessage: it is neither, or of a newer schema, or lacks a field.
    """
    if wire.loads(body).get("type") == SourceRemoved.TYPE:
        return SourceRemoved.decode(body)
    return kind.decode(body)
