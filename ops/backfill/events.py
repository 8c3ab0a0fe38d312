"""An S3 event for an object that is there already, in its place among those that S3 itself notified of."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import quote_plus

from ops.aws.ledger import Row
from ops.backfill.present_objects import Present
from ops.names import Names
from shared import sequence as sequences
from shared.dlq_messages import iso
from shared.events import BACKFILL_CONFIGURATION
from shared.sequence import padded

# S3's sequencers have 16 to 18 digits.
_LONGER_THAN_ANY: Final = 40
_DIGITS_OF_TIME: Final = 12


def body(present: Present, *, sequencer: str, names: Names, now: datetime) -> str:
    """The event as S3 would have sent it.

    Args:
        present: the object.
        sequencer: its place among the events of its key.
        names: the names of the pipeline's resources, for region and partition.
        now: when the event is handed to the pipeline, which is its time.
    """
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": names.region,
        "eventTime": iso(now),
        "eventName": "ObjectCreated:Put",
        "userIdentity": {"principalId": "pipeline-backfill"},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": BACKFILL_CONFIGURATION,
            "bucket": {"name": present.bucket, "arn": f"arn:{names.partition}:s3:::{present.bucket}"},
            "object": {
                # S3 encodes keys in events, once: "a b+c.jpg" goes as "a+b%2Bc.jpg".
                "key": quote_plus(present.key, safe="/"),
                "size": present.size_bytes,
                "eTag": present.etag,
                **({} if present.version_id is None else {"versionId": present.version_id}),
                "sequencer": sequencer,
            },
        },
    }
    return json.dumps({"Records": [record]})


def sequencer(older: Iterable[Row], modified: datetime, *, last: str = "") -> str:
    """Where an object stands that has no sequencer of its own: above all versions that are known, below all to come.

    Nobody can ask S3 for the sequencer of an object. One made up from the time could stand above that of a version
    that is uploaded later, and the output would stay the old one for ever. So it is that of the newest version that the
    ledger knows, filled up with zeros beyond any sequencer of S3's, and the time behind those: more than the former,
    less than any that is more than the former. Where the ledger knows none it is less than any.

    Args:
        older: the rows of the key's other versions. What no service has begun says nothing of its place.
        modified: when the object was put: the order among those that are there already.
        last: the sequence of the last version of the key, or of its removal; empty where none is known.
    """
    begun = [sequences.of(row) for row in older if row.sequencer or row.service != "uploaded"]
    known = max([*begun, last], key=_padded)
    moment = int(modified.timestamp() * 1000)
    if len(known) > _LONGER_THAN_ANY:
        # Of two that were put within one second S3 says the same time, and this one is the later.
        before = padded(known[_LONGER_THAN_ANY:], _DIGITS_OF_TIME)
        moment = max(moment, int(before, 16) + 1)
    return f"{_padded(known)}{moment:0{_DIGITS_OF_TIME}X}"


def _padded(order: str) -> str:
    return padded(order[:_LONGER_THAN_ANY], _LONGER_THAN_ANY)
