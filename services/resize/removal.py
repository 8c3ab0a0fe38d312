"""Passes the deletion of a source on to store, which removes the outputs, if the whole key is deleted."""

from dataclasses import replace

from shared.errors import NotFound
from shared.ports import Objects
from shared.removals import SourceRemoved
from shared.runner.runner import Emit


def removal(job: SourceRemoved, *, objects: Objects) -> Emit:
    """Pass a deletion on.

    Where one version was deleted by its id, the key is gone too if it was the last one.

    Args:
        job: deletion that S3 reported.
        objects: objects in S3, for checking whether the key still exists.

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
