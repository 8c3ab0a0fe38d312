"""A service's ports on AWS, from the function's environment."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from shared.aws import clients
from shared.aws.batches import DynamoUploadBatches
from shared.aws.bucket_owner import account_of, bound_to
from shared.aws.ledger import DynamoLedger
from shared.aws.objects import S3Objects
from shared.aws.queues import SqsNextQueue, SqsSourceQueue, send_later
from shared.aws.topics import SnsNotices
from shared.clock import SYSTEM
from shared.messages import MAX_DELAY_SECONDS, BatchDue, UploadBatch
from shared.runner.runner import Runner
from shared.runner.steps import Emit, Finish, Job
from shared.settings import required

if TYPE_CHECKING:
    from shared.key_states import SourceKeys
    from shared.ports import FaceDetector

J = TypeVar("J", bound=Job)

# Lambda gives a core's worth of time for each of these, and shows two cores at least.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
MEGABYTES_A_CORE: Final = 1769


def cores(env: Mapping[str, str]) -> int:
    """How many images may be worked on at once: more would share the same time, and each would keep its pixels."""
    there = os.cpu_count() or 1
    available_mb = memory_mb(env)
    return max(1, there if available_mb is None else min(there, available_mb // MEGABYTES_A_CORE))


def memory_mb(env: Mapping[str, str]) -> int | None:
    """The function's memory in MiB; None outside Lambda.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    value = env.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    return int(value) if value.isdecimal() else None


def objects(env: Mapping[str, str]) -> S3Objects:
    """The object store: buckets of the function's own account, which its topic's ARN names.

    Raises:
        BadSetting: a variable is missing.
    """
    return S3Objects(bound_to(clients.s3(), account_of(required(env, "TOPIC_ARN"))))


def upload_batches(env: Mapping[str, str]) -> DynamoUploadBatches:
    """The batches in the ledger; store looks at those of other clients, once any service has counted an image of them.

    Raises:
        BadSetting: a variable is missing.
    """
    queue_url = env.get("NEXT_QUEUE_URL") or required(env, "QUEUE_URL")
    seconds = 60 * int(required(env, "BATCH_TIMEOUT_MINUTES"))

    def time_out(batch: UploadBatch) -> None:
        due = BatchDue(batch=replace(batch, number=0), timeout_seconds=seconds)
        send_later(clients.sqs(), queue_url, due.encode(), min(seconds, MAX_DELAY_SECONDS))

    table, days = required(env, "LEDGER_TABLE"), int(required(env, "LEDGER_DAYS"))
    return DynamoUploadBatches(clients.dynamodb(), table, days=days, time_out=time_out)


def face_detector(needed: bool) -> "FaceDetector | None":
    """What finds faces, where that is needed; its client is made for the first picture."""
    if not needed:
        return None
    from shared.aws.faces import RekognitionFaces  # noqa: PLC0415 - of resize alone, and of few pipelines

    return RekognitionFaces(clients.rekognition)


def source_keys(env: Mapping[str, str]) -> "Callable[[], SourceKeys]":
    """Makes the records of source keys once a deletion asks for them: uploads start without."""

    def make() -> "SourceKeys":
        from shared.aws.source_keys import DynamoSourceKeys  # noqa: PLC0415 - as above

        return DynamoSourceKeys(clients.dynamodb(), required(env, "LEDGER_TABLE"))

    return make


def runner(
    env: Mapping[str, str],
    *,
    parse: Callable[[str], J | None],
    step: Callable[[J, float], Emit | Finish],
    workers: int,
    split: Callable[[str], tuple[str, ...]] = lambda body: (body,),
    sweep: Callable[[Sequence[str]], None] = lambda _: None,
) -> Runner[J]:
    """A service on AWS; see shared.runner.runner.Runner.

    Args:
        env: the function's environment.
        parse: see Runner.
        step: see Runner.
        workers: see Runner.
        split: see Runner.
        sweep: see Runner.

    Raises:
        BadSetting: a variable is missing.
    """
    next_queue = env.get("NEXT_QUEUE_URL")
    table, days = required(env, "LEDGER_TABLE"), int(required(env, "LEDGER_DAYS"))
    if not next_queue:
        clients.sns()  # the last service publishes every image: made now, not while the first of them waits
    return Runner(
        name=required(env, "POWERTOOLS_SERVICE_NAME"),
        namespace=required(env, "POWERTOOLS_METRICS_NAMESPACE"),
        parse=parse,
        step=step,
        source_queue=SqsSourceQueue(clients.sqs, required(env, "QUEUE_URL"), required(env, "DLQ_URL")),
        next_queue=SqsNextQueue(clients.sqs(), next_queue) if next_queue else None,
        ledger=DynamoLedger(clients.dynamodb(), table, days),
        upload_batches=upload_batches(env),
        notices=SnsNotices(clients.sns, required(env, "TOPIC_ARN")),
        max_receive_count=int(required(env, "MAX_RECEIVE_COUNT")),
        workers=workers,
        clock=SYSTEM,
        split=split,
        sweep=sweep,
    )
