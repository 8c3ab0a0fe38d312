"""Removes the outputs of a deleted source, except those of a version that was uploaded later."""

from collections.abc import Callable
from datetime import datetime

from services.store import naming
from services.store.outputs import Outputs
from services.store.precedence import outlives
from services.store.settings import Settings
from shared.dlq_messages import iso
from shared.errors import AwsUnavailable, PreconditionFailed
from shared.key_states import SourceKeys
from shared.ports import Objects
from shared.removals import ImageRemoved, SourceRemoved
from shared.runner.steps import Finish


def remove(
    job: SourceRemoved,
    *,
    objects: Objects,
    source_keys: SourceKeys,
    settings: Settings,
    now: Callable[[], datetime],
) -> Finish:
    """Remove the outputs of a source.

    The removal is recorded first, so that a version still in the pipeline is not stored afterwards. The locations of
    outputs are kept, so that a redelivered message reports the same.

    Args:
        job: the deletion.
        objects: objects in S3.
        source_keys: records of the last version of each key.
        settings: the output bucket, and whether outputs follow deletions.
        now: returns the time, for the notice.

    Raises:
        TransientError: AWS cannot answer now.
    """
    source = job.source
    if not settings.output.follow_deletes:
        return Finish(outcome="vanished", reason="output.follow_deletes is off: outputs stay")
    try:
        state = source_keys.remove(source, job.version_id)
    except PreconditionFailed as error:
        if not outlives(source_keys.state(source), source, job.version_id):
            raise AwsUnavailable(f"the removal of {source.key} was refused, and nothing later has it") from error
        return Finish(outcome="superseded", reason=f"the outputs of {source.key} are of another version")
    outputs = Outputs(objects=objects, bucket=settings.output_bucket, owner=naming.owner(source, ""))
    outputs.remove(state.outputs, source, state.sequence)
    if not state.outputs:
        return Finish(outcome="removed", reason=f"{source.key} had no outputs")
    notice = ImageRemoved(
        notice_id=f"{source.image_id}-removed",
        source=source,
        output_bucket=settings.output_bucket,
        removed=tuple(sorted(state.outputs)),
        removed_at=iso(now()),
    )
    return Finish(outcome="removed", notice=notice)
