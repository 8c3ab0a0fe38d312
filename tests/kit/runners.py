"""A service surrounded by fakes, and the messages that it receives."""

from datetime import UTC, datetime

from kit.clocks import FakeClock
from kit.fakes import FakeContext, FakeLedger, FakeNextQueue, FakeNotices, FakeSourceQueue, FakeUploadBatches

from shared.errors import BadMessage
from shared.messages import ImageUploaded, ImageWatermarked, Source
from shared.notifications import ImageRejected, ImageStored
from shared.runner.runner import Runner
from shared.runner.steps import Emit, Finish

NOW = datetime(2026, 1, 1, 0, 0, 9, tzinfo=UTC)


def source(key):
    return Source(
        bucket="in", key=key, version_id="v", sequencer="01", size_bytes=1, uploaded_at="2026-01-01T00:00:00Z"
    )


def passed_on(key):
    return ImageWatermarked(
        source=source(key), intermediate_key="s", renditions=(), source_format="PNG", source_width=1, source_height=1
    )


def stored(key):
    notice = ImageStored(
        notice_id=f"{key}-stored",
        source=source(key),
        outputs=(),
        stored_at="2026-01-01T00:00:09Z",
        seconds=9,
        source_format="PNG",
        source_width=1,
        source_height=1,
    )
    return Finish(outcome="stored", notice=notice, outputs=(f"{key}-resized",))


def rejected(key):
    notice = ImageRejected(
        notice_id=f"{key}-rejected",
        source=source(key),
        label="Blood & Gore",
        confidence=97.3,
        rule="Graphic Violence",
        threshold=80.0,
        model="7.0",
        rejected_at="2026-01-01T00:00:09Z",
    )
    return Finish(outcome="rejected", notice=notice, reason="Blood & Gore at 97.3 %")


def parse(body):
    """Parse a body, which is a key; "?" is unreadable, and "-" means nothing to do."""
    if body.startswith("?"):
        raise BadMessage("the body is not JSON")
    return None if body == "-" else ImageUploaded(source=source(body))


class Bench:
    """A service surrounded by fakes; its step does what `does` says for each key."""

    def __init__(self, does=None, **options):
        self.source_queue, self.next_queue = FakeSourceQueue(), FakeNextQueue()
        self.ledger, self.notices, self.upload_batches = FakeLedger(), FakeNotices(), FakeUploadBatches()
        self.clock = FakeClock()
        self.does = does or {}
        self.steps = []
        defaults = {
            "name": "resize",
            "parse": parse,
            "max_receive_count": 10,
            "workers": 10,
            "next_queue": self.next_queue,
        }
        self.service = Runner(
            namespace="pics",
            step=self.step,
            source_queue=self.source_queue,
            ledger=self.ledger,
            upload_batches=self.upload_batches,
            notices=self.notices,
            now=lambda: NOW,
            clock=self.clock,
            **defaults | options,
        )

    def step(self, job, ends):
        key = job.source.key
        self.steps.append(key)
        does = self.does.get(key, Emit(message=passed_on(key)))
        if callable(does):
            does = does()
        if isinstance(does, BaseException):
            raise does
        return does

    def run(self, *records, seconds=60):
        """Run a batch; returns the keys that are handed back."""
        event = {"Records": [record if isinstance(record, dict) else message(record) for record in records]}
        answer = self.service.run(event, FakeContext(seconds))
        assert set(answer) == {"batchItemFailures"}
        assert all(set(each) == {"itemIdentifier"} for each in answer["batchItemFailures"])
        return [each["itemIdentifier"].removeprefix("id-") for each in answer["batchItemFailures"]]


def message(body, receives=1, replays=None):
    attributes = {} if replays is None else {"replays": {"stringValue": str(replays), "dataType": "String"}}
    return {
        "messageId": f"id-{body}",
        "receiptHandle": f"handle-{body}",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "SentTimestamp": "1767225600000",
            "ApproximateFirstReceiveTimestamp": "1767225601000",
        },
        "messageAttributes": attributes,
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:q",
        "awsRegion": "eu-west-1",
    }


KEYS = [f"{index}.jpg" for index in range(10)]
