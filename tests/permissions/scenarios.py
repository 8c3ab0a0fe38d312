"""What each action of each role is for: one short story an action, which raises Broken where it does not end well."""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from botocore.exceptions import ClientError
from kit import rekognition
from kit.eventually import eventually
from kit.lambda_events import event
from permissions.account import Account, Broken

from ops.names import SERVICES
from shared.aws.batches import DynamoUploadBatches
from shared.aws.ledger import DynamoLedger
from shared.dlq_messages import iso
from shared.messages import BatchDue, Source, UploadBatch
from shared.ports import LedgerEntry
from shared.runner.attempts import attempts_of
from shared.runner.runner import RESERVE_SECONDS

# What is permitted is processed in that time, and what is not permitted never is.
WAIT_SECONDS: Final = 30

Scenario = Callable[[Account], None]

# What no service can read, and every one dead-letters.
UNREADABLE: Final = "no message"
TAGS: Final = "album=sea"


def is_mapped(account: Account) -> None:
    """Lambda maps the queue to the function, and works it off."""
    functions, names = account.local.client("lambda"), account.names
    queue = names.queue(account.service)
    try:
        mapping = functions.create_event_source_mapping(
            EventSourceArn=names.queue_arn(queue), FunctionName=names.function(account.service)
        )
    except ClientError as error:
        raise Broken(f"the mapping is refused: {error.response['Error']['Message']}") from error
    try:
        account.say(UNREADABLE)
        if not eventually(lambda: left(account, queue) == 0, WAIT_SECONDS):
            raise Broken("the mapping does not process the queue")
    finally:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])


def is_logged(account: Account) -> None:
    """What the function says is in its log."""
    message = {
        "MessageId": uuid.uuid4().hex,
        "ReceiptHandle": "none",
        "Body": UNREADABLE,
        "MD5OfBody": "",
        "Attributes": {},
    }
    payload = json.dumps(event([message], receives=1))
    before = account.local.function_logs(account.service).count('"failed"')
    answer = account.local.client("lambda").invoke(
        FunctionName=account.names.function(account.service), Payload=payload
    )
    if json.loads(answer["Payload"].read()) != {"batchItemFailures": []}:
        raise Broken("the function fails")
    if account.local.function_logs(account.service).count('"failed"') != before + 1:
        raise Broken("the function works, and says nothing")


def is_handed_back(account: Account) -> None:
    """A message that there is no time for is back in the queue at once."""
    account.image()
    if not out_of_time(account, receives=1):
        raise Broken("the message is taken as done")
    if not account.receive(account.names.queue(account.service), wait_seconds=0):
        raise Broken("the message stays away for all of the queue's visibility timeout")


def is_requeued(account: Account) -> None:
    """A message whose attempts were used up by waiting is requeued."""
    account.image()
    if out_of_time(account, receives=attempts_of(account.local.settings.services[account.service].max_receive_count)):
        raise Broken("the message comes back with its attempts used up")
    (message,) = account.receive(account.names.queue(account.service))
    if message["Attributes"]["ApproximateReceiveCount"] != "1":
        raise Broken("the message is the old one")


def is_dead_lettered(account: Account) -> None:
    """A message that nobody can read waits in the dead-letter queue."""
    account.say(UNREADABLE)
    if account.run():
        raise Broken("the message comes back again and again")
    if list(account.take(account.names.dlq(account.service))) != [UNREADABLE]:
        raise Broken("the dead-letter queue is empty")


def is_known_as_done(account: Account) -> None:
    """A message that comes again for an image that is stored is nothing to do."""
    source = account.image()
    ledger = DynamoLedger(account.local.dynamodb, account.names.ledger)
    ledger.record(
        LedgerEntry(
            source=source, service="store", seconds=0.0, at=iso(datetime.now(UTC)), outcome="stored", outputs=()
        )
    )
    if account.run(receives=2):
        raise Broken("the message comes back: nobody can know that its image is stored")
    if sent_on(account) or outputs(account, source):
        raise Broken("the image is worked on again")


def is_recorded(account: Account) -> None:
    """The ledger has a row of the image."""
    source = account.image()
    back = account.run()
    if account.fate(source) == "no record":
        raise Broken(f"no record{', and the message comes back' if back else ''}")


def is_reported_failure(account: Account) -> None:
    """Subscribers are reported a failure."""
    account.say(UNREADABLE)
    if account.run():
        raise Broken("nobody is notified, and the message comes back")
    if not any("image-failed" in notice for notice in account.take(account.names.mailbox)):
        raise Broken("nobody is notified")


def is_reported_success(account: Account) -> None:
    """Subscribers are reported a stored image."""
    account.image()
    if account.run():
        raise Broken("nobody is notified, and the message comes back")
    if not any("image-stored" in notice for notice in account.take(account.names.mailbox)):
        raise Broken("nobody is notified")


def is_passed_on(account: Account) -> None:
    """The next service gets the image."""
    passed_on(account, account.image())


def is_vanished(account: Account) -> None:
    """An image that was deleted before it was read is vanished, and nobody is notified of a failure."""
    source = account.image()
    account.local.s3.delete_object(Bucket=source.bucket, Key=source.key, VersionId=source.version_id)
    if account.run():
        raise Broken("the message comes back: nobody can know that its image was deleted")
    if account.fate(source) != "recorded as vanished":
        raise Broken(f"the image is {account.fate(source)}")


def is_missed(account: Account) -> None:
    """An image whose intermediate object is gone fails at once, with its reason."""
    source = account.image()
    for each in account.local.s3.list_objects_v2(Bucket=account.names.work_bucket).get("Contents", []):
        account.local.s3.delete_object(Bucket=account.names.work_bucket, Key=each["Key"])
    if account.run():
        raise Broken("the message comes back: nobody can know that the object is gone")
    if account.fate(source) != "recorded as failed: IntermediateObjectMissing":
        raise Broken(f"the image is {account.fate(source)}")


def is_passed_on_under_a_newer_one(account: Account) -> None:
    """An image is read by its version where a newer one has its key by now."""
    source = account.image()
    account.local.s3.put_object(Bucket=source.bucket, Key=source.key, Body=b"newer")
    passed_on(account, source)


def is_passed_on_without_version(account: Account) -> None:
    """An image whose event names no version is read by its key."""
    passed_on(account, account.image(versioned=False))


def is_passed_on_with_tags(account: Account) -> None:
    """The tags of an image go with it."""
    has_tags(passed_on(account, account.image(TAGS)))


def is_passed_on_with_tags_without_version(account: Account) -> None:
    """The tags of an image whose event names no version go with it."""
    has_tags(passed_on(account, account.image(TAGS, versioned=False)))


def is_moderated(account: Account) -> None:
    """An image that a moderator has looked at goes on."""
    before = account.moderator.targets.count(rekognition.LABELS)
    passed_on(account, account.image())
    if account.moderator.targets.count(rekognition.LABELS) != before + 1:
        raise Broken("nobody has looked at it")


def has_no_faces(account: Account) -> None:
    """An image whose faces were looked for goes on."""
    before = account.moderator.targets.count(rekognition.FACES)
    passed_on(account, account.image())
    if account.moderator.targets.count(rekognition.FACES) != before + 1:
        raise Broken("nobody has looked for faces")


def is_stored(account: Account) -> None:
    """Every rendition is in the output bucket."""
    stored(account, account.image())


def is_stored_with_tags(account: Account) -> None:
    """The renditions have the tags of the source."""
    for key in stored(account, account.image(TAGS)):
        tags = account.local.s3.get_object_tagging(Bucket=account.names.output_bucket, Key=key)["TagSet"]
        if [f"{tag['Key']}={tag['Value']}" for tag in tags] != [TAGS]:
            raise Broken("the tags are lost")


def is_replaced(account: Account) -> None:
    """A newer version of an image is stored over the older one."""
    older = account.image()
    (key, *_) = stored(account, older)
    before = account.local.s3.get_object(Bucket=account.names.output_bucket, Key=key)["Metadata"]
    newer = account.again(older, f"{int(older.sequencer or '0', 16) + 1:0{len(older.sequencer or '0')}X}")
    if account.run():
        raise Broken("the newer version comes back: nobody can know whose output is there")
    if account.local.s3.get_object(Bucket=account.names.output_bucket, Key=key)["Metadata"] == before:
        raise Broken(f"the older version's output stays; the newer one is {account.fate(newer)}")


def is_replaced_in_another_format(account: Account) -> None:
    """Nothing stays of an older version whose outputs are called otherwise."""
    older = account.image()
    stored(account, older)
    sequencer = f"{int(older.sequencer or '0', 16) + 1:0{len(older.sequencer or '0')}X}"
    account.again(older, sequencer, form="webp")
    if account.run():
        raise Broken("the newer version comes back")
    if kept := [key for key in outputs(account, older) if not key.endswith(".webp")]:
        raise Broken(f"{kept[0]} of the older version stays")


def is_overdue(account: Account) -> None:
    """A batch whose uploader died is reported, with what is missing."""
    batch = UploadBatch(id=uuid.uuid4().hex, number=0, size=2)
    kept = DynamoUploadBatches(account.local.dynamodb, account.names.ledger)
    kept.open(batch, bucket=account.names.input_bucket, folders=["/"], at=iso(datetime.now(UTC)))
    account.say(BatchDue(batch=batch, timeout_seconds=0).encode())
    if account.run():
        raise Broken("the message comes back: nobody can know what is missing")
    if not any("batch-ended" in notice for notice in account.take(account.names.mailbox)):
        raise Broken("nobody is notified")


def is_swept(account: Account) -> None:
    """Nothing stays intermediate of a stored image."""
    bucket = account.names.work_bucket
    for each in account.local.s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        account.local.s3.delete_object(Bucket=bucket, Key=each["Key"])
    stored(account, account.image())
    if account.local.s3.list_objects_v2(Bucket=bucket)["KeyCount"]:
        raise Broken("what was intermediate stays")


# By the statement's Sid and the action; a service's own where it is for something else there.
NEEDED: Final[Mapping[tuple[str, str], Scenario | Mapping[str, Scenario]]] = {
    ("ConsumeItsQueue", "sqs:ReceiveMessage"): is_mapped,
    ("ConsumeItsQueue", "sqs:GetQueueAttributes"): is_mapped,
    ("ConsumeItsQueue", "sqs:DeleteMessage"): is_mapped,
    ("ConsumeItsQueue", "sqs:ChangeMessageVisibility"): is_handed_back,
    ("ConsumeItsQueue", "sqs:SendMessage"): is_requeued,
    ("SendToItsDlq", "sqs:SendMessage"): is_dead_lettered,
    ("KeepTheLedger", "dynamodb:GetItem"): is_known_as_done,
    ("KeepTheLedger", "dynamodb:UpdateItem"): is_recorded,
    ("NotifySubscribers", "sns:Publish"): {
        "resize": is_reported_failure,
        "watermark": is_reported_failure,
        "store": is_reported_success,
    },
    ("WriteItsLog", "logs:CreateLogStream"): is_logged,
    ("WriteItsLog", "logs:PutLogEvents"): is_logged,
    ("ReadUploads", "s3:GetObject"): is_passed_on_without_version,
    ("ReadUploads", "s3:GetObjectTagging"): is_passed_on_with_tags_without_version,
    ("ReadUploads", "s3:GetObjectVersion"): is_passed_on_under_a_newer_one,
    ("ReadUploads", "s3:GetObjectVersionTagging"): is_passed_on_with_tags,
    ("DistinguishMissingUploads", "s3:ListBucket"): is_vanished,
    ("DistinguishMissingIntermediate", "s3:ListBucket"): is_missed,
    ("WriteIntermediate", "s3:GetObject"): is_passed_on,
    ("WriteIntermediate", "s3:PutObject"): is_passed_on,
    ("Moderate", "rekognition:DetectModerationLabels"): is_moderated,
    ("FindFaces", "rekognition:DetectFaces"): has_no_faces,
    ("SendToTheNextService", "sqs:SendMessage"): is_passed_on,
    ("ReadAndSweepIntermediate", "s3:GetObject"): is_stored,
    ("ReadAndSweepIntermediate", "s3:DeleteObject"): is_swept,
    ("ReadUploadBatches", "dynamodb:Query"): is_overdue,
    ("WriteOutputs", "s3:DeleteObject"): is_replaced_in_another_format,
    ("DistinguishMissingOutputs", "s3:ListBucket"): is_replaced_in_another_format,
    ("WriteOutputs", "s3:GetObject"): is_replaced,
    ("WriteOutputs", "s3:PutObject"): is_stored,
    ("WriteOutputs", "s3:PutObjectTagging"): is_stored_with_tags,
}


def needing(service: str, sid: str, action: str) -> Scenario | None:
    """The story that does not end well without an action; None if nobody has notified what the action is for."""
    found = NEEDED.get((sid, action))
    return found.get(service) if isinstance(found, Mapping) else found


def passed_on(account: Account, source: Source) -> str:
    """Let the image be worked on; the message that the next service gets."""
    if account.run():
        raise Broken("the image comes back")
    bodies = sent_on(account)
    if not bodies:
        raise Broken(f"the next service gets nothing; {account.fate(source)}")
    return bodies[0]


def has_tags(body: str) -> None:
    """Whether a message carries the tags of its image."""
    if json.loads(body)["passthrough"]["tags"] != dict([TAGS.split("=")]):
        raise Broken("the tags are lost")


def stored(account: Account, source: Source) -> list[str]:
    """Let the image be stored; the keys of its outputs."""
    if account.run():
        raise Broken("the image comes back")
    keys = outputs(account, source)
    if not keys:
        raise Broken(f"nothing is stored; {account.fate(source)}")
    return keys


def sent_on(account: Account) -> Sequence[str]:
    """The messages that the next service got; none where there is no next."""
    following = SERVICES[SERVICES.index(account.service) + 1 :][:1]
    return account.take(account.names.queue(following[0]), wait_seconds=0) if following else ()


def outputs(account: Account, source: Source) -> list[str]:
    """The keys of an image's renditions in the output bucket."""
    stem = source.key.rpartition(".")[0]
    listed = account.local.s3.list_objects_v2(Bucket=account.names.output_bucket, Prefix=stem).get("Contents", [])
    return [each["Key"] for each in listed]


def out_of_time(account: Account, receives: int) -> bool:
    """Let the function have no time left for any image; whether the message must come back."""
    return bool(account.run(receives=receives, seconds=RESERVE_SECONDS))


def left(account: Account, queue: str) -> int:
    """How many messages are in a queue, those that are being worked on included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = account.local.sqs.get_queue_attributes(QueueUrl=account.url(queue), AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)
