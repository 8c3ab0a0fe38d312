"""A source that was deleted: whether that is of the whole key, and the message for store, which removes the outputs."""

from dataclasses import replace

from shared.errors import NotFound
from shared.ports import Objects
from shared.removals import SourceRemoved
from shared.runner.runner import Emit


def removal(job: SourceRemoved, *, objects: Objects) -> Emit:
    """Pass a deletion on.

    Where one version was deleted by its id, the key is gone too if that was the last one.

    Args:
        job: what S3 reported.
        objects: where the source was.

    Raises:
        TransientError: AWS cannot answer now.
    """
    if job.version_id is None:
        return Emit(message=job)
    try:
        objects.head(job.source.bucket, job.source.key)
    except NotFound:
        return Emit(message=replace(job, version_id=None))
    return Emit(message=job)
