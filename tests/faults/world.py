"""A pipeline on the local AWS whose functions call through a proxy, and a look at all that is in it."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faults.checker import Observed
from faults.proxy import POINT, Proxy
from kit.ledger_rows import all_rows

from ops.local import emulator, stack
from ops.local.mail import parse
from ops.names import SERVICES
from ops.settings import PipelineSettings
from shared.aws.batches import DynamoUploadBatches
from shared.aws.ledger import DynamoLedger
from shared.batches import header
from shared.dlq_messages import iso
from shared.events import change
from shared.messages import BatchDue, ImageResized, ImageWatermarked, Source, UploadBatch
from shared.notifications import BatchEnded, ImageFailed, ImageStored
from shared.removals import ImageRemoved, decoded

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# Of a digest, what is compared.
COUNTS = ("stored", "failed", "missing", "size")


@contextmanager
def pipeline(settings: PipelineSettings, zips: Mapping[str, Path], **options: Any) -> Iterator[stack.LocalStack]:
    """A pipeline on a local AWS of its own."""
    process = emulator.start()
    try:
        yield stack.provision(process, settings, zips, **options)
    finally:
        process.end()


def unmap(local: stack.LocalStack) -> None:
    """Turn the local AWS's own mappings off: somebody else takes the messages."""
    client = local.client("lambda")
    for mapping in client.list_event_source_mappings()["EventSourceMappings"]:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def upload(
    local: stack.LocalStack,
    images: Mapping[str, bytes],
    proxy: Proxy | None = None,
    batches: Mapping[str, UploadBatch] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> None:
    """Upload images by their keys, several at a time: as batches, those whose keys have one; with overrides."""

    def one(item: tuple[str, bytes]) -> None:
        key, data = item
        # Tags cost a request of their own: some images have them.
        tags = {"Tagging": "album=sea"} if "tagged" in key else {}
        batch = (batches or {}).get(key)
        bucket, now = local.names.input_bucket, datetime.now(UTC)
        together = {"pipeline-batch": header(batch, bucket, key, now)} if batch else {}
        metadata = {**(overrides or {}), **together}
        answer = local.s3.put_object(Bucket=local.names.input_bucket, Key=key, Body=data, Metadata=metadata, **tags)
        found = POINT.search(key)
        source = Source(
            bucket=local.names.input_bucket,
            key=key,
            version_id=answer["VersionId"],
            size_bytes=len(data),
            uploaded_at=iso(datetime.now(UTC)),
        )
        if proxy is not None and found:
            proxy.images[source.image_id] = found[1]
        if batch is not None and DynamoUploadBatches(local.dynamodb, local.names.ledger).claim(batch, source.image_id):
            DynamoLedger(local.dynamodb, local.names.ledger).join(source, batch)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, images.items()))


def open_batches(local: stack.LocalStack, batches: Sequence[UploadBatch]) -> None:
    """Record batches as their uploader does, which then dies."""
    kept = DynamoUploadBatches(local.dynamodb, local.names.ledger)
    for each in batches:
        kept.open(each, bucket=local.names.input_bucket, folders=["/"], at=iso(datetime.now(UTC)))


def send_due(local: stack.LocalStack, batches: Sequence[UploadBatch]) -> None:
    """Let store look at batches, whose time is over."""
    url = local.queue_urls[local.names.queue(SERVICES[-1])]
    for each in batches:
        local.client("sqs").send_message(QueueUrl=url, MessageBody=BatchDue(batch=each, timeout_seconds=0).encode())


def look(local: stack.LocalStack) -> Observed:
    """All that there is; messages stay where they are, notices are taken out of the mailbox."""
    outcomes: dict[str, list[str | None]] = {}
    for row in all_rows(local.ledger):
        outcomes.setdefault(row.key, []).append(row.outcome)
    pages = local.s3.get_paginator("list_objects_v2").paginate(Bucket=local.names.output_bucket)
    outputs = {each["Key"]: each["ETag"] for page in pages for each in page.get("Contents", [])}
    notices = [parse(each["Body"]) for each in _all(local, local.names.mailbox, keep=False)]
    return Observed(
        outcomes=outcomes,
        outputs=outputs,
        entries=[_key(each["Body"]) for service in SERVICES for each in _all(local, local.names.dlq(service))],
        notices=[_notice(each) for each in notices if not isinstance(each, BatchEnded)],
        digests=[
            (each.batch_id, each.notice_id, {name: getattr(each, name) for name in COUNTS})
            for each in notices
            if isinstance(each, BatchEnded)
        ],
        waiting=_images_waiting(local),
    )


def _images_waiting(local: stack.LocalStack) -> int:
    """How many messages about images are in the services' queues.

    What lets store look at a batch is delayed by ten minutes, and may come when nothing works any more: it is deleted.
    """
    if not all_waiting(local):
        return 0
    sqs = local.client("sqs")
    for service in SERVICES:
        url = local.queue_urls[local.names.queue(service)]
        for each in _all(local, local.names.queue(service)):
            if json.loads(each["Body"]).get("type") == BatchDue.TYPE:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return all_waiting(local)


def without(observed: Observed, before: Observed) -> Observed:
    """What came since an earlier look; the mailbox was emptied by that."""
    entries = list(observed.entries)
    for each in before.entries:
        entries.remove(each)
    return replace(
        observed,
        outcomes={key: each for key, each in observed.outcomes.items() if key not in before.outcomes},
        outputs={key: each for key, each in observed.outputs.items() if key not in before.outputs},
        entries=entries,
    )


def waiting(sqs: "SQSClient", url: str) -> int:
    """How many messages are in a queue, those at work included."""
    names: list[Any] = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def all_waiting(local: stack.LocalStack) -> int:
    """How many messages are in the services' queues, those at work included."""
    sqs = local.client("sqs")
    return sum(waiting(sqs, local.queue_urls[local.names.queue(service)]) for service in SERVICES)


def drain(local: stack.LocalStack) -> None:
    """Take every message out of the services' queues, once those at work are done."""
    sqs = local.client("sqs")
    while all_waiting(local):
        for service in SERVICES:
            url = local.queue_urls[local.names.queue(service)]
            for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def settle(local: stack.LocalStack, stuck_seconds: float) -> bool:
    """
    Wait until no message is in any service's queue; give up when as long as this, none fewer was there.

    What a message may take is a matter of attempts and time-outs; what all of them take, of the machine.
    """
    fewest, since, quiet = all_waiting(local), time.monotonic(), 0
    while quiet < 3 and time.monotonic() - since < stuck_seconds:
        found = all_waiting(local)
        quiet = 0 if found else quiet + 1
        if found < fewest:
            fewest, since = found, time.monotonic()
        time.sleep(0.5)
    return quiet >= 3


def _all(local: stack.LocalStack, queue: str, *, keep: bool = True) -> list[Any]:
    sqs, url = local.client("sqs"), local.queue_urls[queue]
    found: dict[str, Any] = {}
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=120).get("Messages"):
        for each in messages:
            found[each["MessageId"]] = each
            if not keep:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    if keep:
        for each in found.values():
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0)
    return list(found.values())


def _key(body: str) -> str | None:
    value = json.loads(body)
    if "Records" in value:
        uploaded = change(body)
        return uploaded.source.key if uploaded else None
    return decoded(body, ImageResized if value["type"] == ImageResized.TYPE else ImageWatermarked).source.key


def _notice(notice: ImageStored | ImageFailed | ImageRemoved) -> tuple[str, str | None, str]:
    outcome = notice.TYPE.removeprefix("image-")
    return notice.notice_id, notice.source.key if notice.source else None, outcome
