"""What each action of each role is for: one short story an action, which raises Broken where it does not end well."""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from datetime import UTC, datetime
from typing import Final

from botocore.exceptions import ClientError
from records import event
from rights.desk import WAIT_SECONDS, Broken, Desk

from ops.names import SERVICES
from shared.aws.ledger import DynamoLedger
from shared.dead_letters import iso
from shared.messages import Source
from shared.ports import LedgerEntry
from shared.runner import RESERVE_SECONDS
from shared.tries import tries_of

Scenario = Callable[[Desk], None]

# What no service can read, and every one buries.
UNREADABLE: Final = "no message"
TAGS: Final = "album=sea"


def is_mapped(desk: Desk) -> None:
    """Lambda maps the queue to the function, and works it off."""
    functions, names = desk.local.client("lambda"), desk.names
    queue = names.queue(desk.service)
    try:
        mapping = functions.create_event_source_mapping(
            EventSourceArn=names.queue_arn(queue), FunctionName=names.function(desk.service)
        )
    except ClientError as error:
        raise Broken(f"the mapping is refused: {error.response['Error']['Message']}") from error
    try:
        desk.say(UNREADABLE)
        if not desk.eventually(lambda: left(desk, queue) == 0):
            raise Broken("the mapping does not work off the queue")
    finally:
        functions.delete_event_source_mapping(UUID=mapping["UUID"])


def is_logged(desk: Desk) -> None:
    """What the function says is in its log."""
    message = {
        "MessageId": uuid.uuid4().hex,
        "ReceiptHandle": "none",
        "Body": UNREADABLE,
        "MD5OfBody": "",
        "Attributes": {},
    }
    payload = json.dumps(event([message], receives=1))
    before = desk.local.function_logs(desk.service).count('"failed"')
    answer = desk.local.client("lambda").invoke(FunctionName=desk.names.function(desk.service), Payload=payload)
    if json.loads(answer["Payload"].read()) != {"batchItemFailures": []}:
        raise Broken("the function fails")
    if desk.local.function_logs(desk.service).count('"failed"') != before + 1:
        raise Broken("the function works, and says nothing")


def is_handed_back(desk: Desk) -> None:
    """A message that there is no time for is back in the queue at once."""
    desk.image()
    if not out_of_time(desk, receives=1):
        raise Broken("the message is taken as done")
    if not desk.receive(desk.names.queue(desk.service), wait_seconds=0):
        raise Broken("the message stays away for all of the queue's visibility timeout")


def is_sent_anew(desk: Desk) -> None:
    """A message whose tries were used up by waiting is sent anew."""
    desk.image()
    if out_of_time(desk, receives=tries_of(desk.local.settings.services[desk.service].max_receive_count)):
        raise Broken("the message comes back with its tries used up")
    (message,) = desk.receive(desk.names.queue(desk.service))
    if message["Attributes"]["ApproximateReceiveCount"] != "1":
        raise Broken("the message is the old one")


def is_buried(desk: Desk) -> None:
    """A message that nobody can read waits in the dead-letter queue."""
    desk.say(UNREADABLE)
    if desk.run():
        raise Broken("the message comes back again and again")
    if list(desk.take(desk.names.dlq(desk.service))) != [UNREADABLE]:
        raise Broken("the dead-letter queue is empty")


def is_known_as_done(desk: Desk) -> None:
    """A message that comes again for an image that is stored is nothing to do."""
    source = desk.image()
    ledger = DynamoLedger(desk.local.dynamodb, desk.names.ledger)
    ledger.record(
        LedgerEntry(
            source=source, service="store", seconds=0.0, at=iso(datetime.now(UTC)), outcome="stored", outputs=()
        )
    )
    if desk.run(receives=2):
        raise Broken("the message comes back: nobody can tell that its image is stored")
    if sent_on(desk) or outputs(desk, source):
        raise Broken("the image is worked on again")


def is_recorded(desk: Desk) -> None:
    """The ledger has a row of the image."""
    source = desk.image()
    back = desk.run()
    if desk.fate(source) == "no record":
        raise Broken(f"no record{', and the message comes back' if back else ''}")


def is_told_of_failure(desk: Desk) -> None:
    """Subscribers are told of a failure."""
    desk.say(UNREADABLE)
    if desk.run():
        raise Broken("nobody is told, and the message comes back")
    if not any("image-failed" in notice for notice in desk.take(desk.names.mailbox)):
        raise Broken("nobody is told")


def is_told_of_success(desk: Desk) -> None:
    """Subscribers are told of a stored image."""
    desk.image()
    if desk.run():
        raise Broken("nobody is told, and the message comes back")
    if not any("image-stored" in notice for notice in desk.take(desk.names.mailbox)):
        raise Broken("nobody is told")


def is_passed_on(desk: Desk) -> None:
    """The next service gets the image."""
    passed_on(desk, desk.image())


def is_passed_on_without_version(desk: Desk) -> None:
    """An image whose event names no version is read by its key."""
    passed_on(desk, desk.image(versioned=False))


def is_passed_on_with_tags(desk: Desk) -> None:
    """The tags of an image go with it."""
    has_tags(passed_on(desk, desk.image(TAGS)))


def is_passed_on_with_tags_without_version(desk: Desk) -> None:
    """The tags of an image whose event names no version go with it."""
    has_tags(passed_on(desk, desk.image(TAGS, versioned=False)))


def is_moderated(desk: Desk) -> None:
    """An image that a moderator has looked at goes on."""
    before = len(desk.moderator.pictures)
    passed_on(desk, desk.image())
    if len(desk.moderator.pictures) != before + 1:
        raise Broken("nobody has looked at it")


def is_stored(desk: Desk) -> None:
    """Every rendition is in the output bucket."""
    stored(desk, desk.image())


def is_stored_with_tags(desk: Desk) -> None:
    """The renditions have the tags of the source."""
    for key in stored(desk, desk.image(TAGS)):
        tags = desk.local.s3.get_object_tagging(Bucket=desk.names.output_bucket, Key=key)["TagSet"]
        if [f"{tag['Key']}={tag['Value']}" for tag in tags] != [TAGS]:
            raise Broken("the tags are lost")


def is_replaced(desk: Desk) -> None:
    """A newer version of an image is stored over the older one."""
    older = desk.image()
    (key, *_) = stored(desk, older)
    before = desk.local.s3.get_object(Bucket=desk.names.output_bucket, Key=key)["Metadata"]
    newer = desk.again(older, f"{int(older.sequencer or '0', 16) + 1:0{len(older.sequencer or '0')}X}")
    if desk.run():
        raise Broken("the newer version comes back: nobody can tell whose output is there")
    if desk.local.s3.get_object(Bucket=desk.names.output_bucket, Key=key)["Metadata"] == before:
        raise Broken(f"the older version's output stays; the newer one is {desk.fate(newer)}")


def is_swept(desk: Desk) -> None:
    """Nothing stays intermediate of a stored image."""
    bucket = desk.names.work_bucket
    for each in desk.local.s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        desk.local.s3.delete_object(Bucket=bucket, Key=each["Key"])
    stored(desk, desk.image())
    if desk.local.s3.list_objects_v2(Bucket=bucket)["KeyCount"]:
        raise Broken("what was intermediate stays")


# By the statement's Sid and the action; a service's own where it is for something else there.
NEEDED: Final[Mapping[tuple[str, str], Scenario | Mapping[str, Scenario]]] = {
    ("WorkOffItsQueue", "sqs:ReceiveMessage"): is_mapped,
    ("WorkOffItsQueue", "sqs:GetQueueAttributes"): is_mapped,
    ("WorkOffItsQueue", "sqs:DeleteMessage"): is_mapped,
    ("WorkOffItsQueue", "sqs:ChangeMessageVisibility"): is_handed_back,
    ("WorkOffItsQueue", "sqs:SendMessage"): is_sent_anew,
    ("BuryInItsDlq", "sqs:SendMessage"): is_buried,
    ("KeepTheLedger", "dynamodb:GetItem"): is_known_as_done,
    ("KeepTheLedger", "dynamodb:UpdateItem"): is_recorded,
    ("TellSubscribers", "sns:Publish"): {
        "resize": is_told_of_failure,
        "watermark": is_told_of_failure,
        "store": is_told_of_success,
    },
    ("WriteItsLog", "logs:CreateLogStream"): is_logged,
    ("WriteItsLog", "logs:PutLogEvents"): is_logged,
    ("ReadDrops", "s3:GetObject"): is_passed_on_without_version,
    ("ReadDrops", "s3:GetObjectTagging"): is_passed_on_with_tags_without_version,
    ("ReadDrops", "s3:GetObjectVersion"): is_passed_on,
    ("ReadDrops", "s3:GetObjectVersionTagging"): is_passed_on_with_tags,
    ("WriteIntermediate", "s3:GetObject"): is_passed_on,
    ("WriteIntermediate", "s3:PutObject"): is_passed_on,
    ("Moderate", "rekognition:DetectModerationLabels"): is_moderated,
    ("SendToTheNextService", "sqs:SendMessage"): is_passed_on,
    ("ReadAndSweepIntermediate", "s3:GetObject"): is_stored,
    ("ReadAndSweepIntermediate", "s3:DeleteObject"): is_swept,
    ("WriteOutputs", "s3:GetObject"): is_replaced,
    ("WriteOutputs", "s3:PutObject"): is_stored,
    ("WriteOutputs", "s3:PutObjectTagging"): is_stored_with_tags,
}


def needing(service: str, sid: str, action: str) -> Scenario | None:
    """The story that does not end well without an action; None if nobody has told what the action is for."""
    found = NEEDED.get((sid, action))
    return found.get(service) if isinstance(found, Mapping) else found


def passed_on(desk: Desk, source: Source) -> str:
    """Let the image be worked on; the message that the next service gets."""
    if desk.run():
        raise Broken("the image comes back")
    bodies = sent_on(desk)
    if not bodies:
        raise Broken(f"the next service gets nothing; {desk.fate(source)}")
    return bodies[0]


def has_tags(body: str) -> None:
    """Whether a message carries the tags of its image."""
    if json.loads(body)["carried"]["tags"] != dict([TAGS.split("=")]):
        raise Broken("the tags are lost")


def stored(desk: Desk, source: Source) -> list[str]:
    """Let the image be stored; the keys of its outputs."""
    if desk.run():
        raise Broken("the image comes back")
    keys = outputs(desk, source)
    if not keys:
        raise Broken(f"nothing is stored; {desk.fate(source)}")
    return keys


def sent_on(desk: Desk) -> Sequence[str]:
    """The messages that the next service got; none where there is no next."""
    following = SERVICES[SERVICES.index(desk.service) + 1 :][:1]
    return desk.take(desk.names.queue(following[0]), wait_seconds=0) if following else ()


def outputs(desk: Desk, source: Source) -> list[str]:
    """The keys of an image's renditions in the output bucket."""
    stem = source.key.rpartition(".")[0]
    listed = desk.local.s3.list_objects_v2(Bucket=desk.names.output_bucket, Prefix=stem).get("Contents", [])
    return [each["Key"] for each in listed]


def out_of_time(desk: Desk, receives: int) -> bool:
    """Let the function have no time left for any image; whether the message must come back."""
    with desk.monkeypatch.context() as patch:
        # However busy this machine is, each image's thread gets far enough to see that there is no time.
        patch.setattr("shared.runner.wait", lambda waited, **_: futures.wait(waited, WAIT_SECONDS))
        return bool(desk.run(receives=receives, seconds=RESERVE_SECONDS))


def left(desk: Desk, queue: str) -> int:
    """How many messages are in a queue, those that are being worked on included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = desk.local.sqs.get_queue_attributes(QueueUrl=desk.url(queue), AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)
