"""Which of S3's events are about this pipeline's uploads: a rule or a queue may bring others."""

from shared import events
from shared.buckets import Buckets


def change(body: str, *, buckets: Buckets) -> events.Change | None:
    """What an S3 event reports; None where it is nothing to do, as for an output in the bucket of the uploads.

    Args:
        body: body of the SQS message; see shared.events.change.
        buckets: which keys are uploads.

    Raises:
        BadMessage: the body is not an S3 event.
    """
    found = events.change(body)
    return found if found is not None and buckets.takes(found.source.key) else None
