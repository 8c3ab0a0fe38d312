"""Passes the deletion of a source on to store, which removes the outputs, or makes an older version again."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from shared.dlq_messages import iso
from shared.errors import EmptyImage, NotFound, PermanentError
from shared.messages import ImageUploaded
from shared.ports import Objects
from shared.removals import SourceRemoved
from shared.runner.steps import Emit, Finish

if TYPE_CHECKING:
    from shared.key_states import SourceKeys


def removal(
    job: SourceRemoved,
    *,
    objects: Objects,
    source_keys: "Callable[[], SourceKeys] | None",
    made_again: Callable[[ImageUploaded], Emit | Finish],
) -> Emit | Finish:
    """Pass a deletion on, or what is made of the version that is the current one by it.

    A version that was deleted by its id may have been a delete marker, or the current version. Then an older version is
    current again: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManagingDelMarkers.html. Its outputs are to
    stand. It is made again under the deletion's own id and place in the key's sequence, so that no earlier deletion
    removes them. Where the last version was deleted, the key is gone.

    Args:
        job: what S3 reported.
        objects: where the source was.
        source_keys: makes the records of which version's outputs stand; None to restore nothing.
        made_again: makes the renditions of an image.

    Raises:
        TransientError: AWS cannot answer now.
    """
    if job.version_id is None:
        return Emit(message=job)
    gone = Emit(message=replace(job, version_id=None))
    try:
        current = objects.head(job.source.bucket, job.source.key)
    except NotFound:
        return gone
    if source_keys is None:
        return Emit(message=job)
    if current.version_id is not None and source_keys().keep(job.source, current.version_id):
        return Finish(outcome="superseded", reason=f"the outputs of {job.source.key} are of another version")
    # With its own time, so that what was removed by hand since then is not stored again.
    uploaded_at = iso(current.modified_at) if current.modified_at else job.source.uploaded_at
    restored = replace(job.source, size_bytes=current.size_bytes, uploaded_at=uploaded_at)
    try:
        made = made_again(ImageUploaded(source=restored))
    except (PermanentError, EmptyImage):
        made = None
    # Of what cannot be made, or may not be stored, no outputs stand: it is as if the key were gone.
    return made if isinstance(made, Emit) else gone
