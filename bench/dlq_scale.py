"""`python -m bench.dlq_scale`: requests, time and memory of the commands of `pipeline dlq` with queues of any length.

The commands, the AWS SDK and its requests are real; AWS's answers are simulated within the same process, with the
rules that AWS documents (bench/simulated_sqs.py) and 15 ms per request. The cost of the SDK's sockets is missing.
"""

import io
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from bench.environments import HERE
from bench.scale import Measured, Scale, exponent, measure
from bench.simulated_sqs import REQUEST_SECONDS, SimulatedQueue

OUT: Final = HERE / "DLQ.md"
SIZES: Final = (1_000, 10_000, 100_000, 200_000)
REPLAY_ALL: Final = "dlq replay, all of them"
# Two requests each, so this takes minutes.
MAX_REPLAYED: Final = 100_000
COMMANDS: Final[Mapping[str, Sequence[str]]] = {
    "dlq ls": ("ls",),
    "dlq show KEY": ("show", "holiday/500.jpg"),
    "dlq export": ("export", "--out", "messages.jsonl"),
    "dlq replay --error, 1 of 10": ("replay", "--error", "AwsUnavailable", "--yes", "--rate", "10000"),
    REPLAY_ALL: ("replay", "--yes", "--rate", "10000"),
}
_URL: Final = "https://sqs.eu-west-1.amazonaws.com/123456789012/"
_BUCKET: Final = "image-pipeline-input-123456789012-eu-west-1"


def measured(command: str, messages: int) -> Measured:
    """Run a command, with a dead-letter queue of resize that has this many messages."""
    from ops import stack as stacks  # noqa: PLC0415 - a process of its own

    queue = SimulatedQueue()
    now = int(time.time()) - 3600
    queue.put(((body(number), attributes(number)) for number in range(messages)), now * 1000)
    empty = SimulatedQueue()
    stack = simulated_stack(lambda url: queue if url.endswith("-resize-dlq") else empty, queue)
    stacks.connect = lambda *_, **__: stack
    return measure(
        command,
        messages,
        ["dlq", *COMMANDS[command], "--service", "resize"],
        lambda: sum(queue.requests.values()) + sum(empty.requests.values()),
    )


def simulated_stack(
    queue_of: Callable[[str], SimulatedQueue],
    ledger: SimulatedQueue,
    answers: Mapping[str, Callable[..., Any]] | None = None,
) -> Any:  # noqa: ANN401 - ops.stack.Stack
    """A pipeline with the SDK's own clients, whose requests end in this process.

    Args:
        queue_of: returns the queue of a URL.
        ledger: counts the requests to S3 and DynamoDB as well.
        answers: what answers the requests to another service, in place of what is here, by its name.
    """
    from ops.aws.session import open_session  # noqa: PLC0415 - a process of its own
    from ops.names import Names  # noqa: PLC0415 - as above
    from ops.settings import ROOT, load  # noqa: PLC0415 - as above
    from ops.stack import Stack  # noqa: PLC0415 - as above

    session = open_session(region="eu-west-1", access_key_id="simulated", secret_access_key="simulated")  # noqa: S106
    settings = load(ROOT / "pipeline.yaml")
    names = Names(name=settings.name, account="123456789012", region="eu-west-1")
    stack = Stack(settings=settings, names=names, session=session)

    def sqs(request: Any, **_: object) -> Any:  # noqa: ANN401 - botocore's
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        asked = json.loads(request.body)
        if operation == "GetQueueUrl":
            return answered(request, {"QueueUrl": _URL + asked["QueueName"]})
        answer = getattr(queue_of(asked["QueueUrl"]), _METHODS[operation])(**asked)
        return answered(request, answer)

    def dynamodb(request: Any, **_: object) -> Any:  # noqa: ANN401 - botocore's
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        asked = json.loads(request.body)
        _other(ledger, operation)
        if operation == "BatchGetItem":
            ((table, keys),) = asked["RequestItems"].items()
            asked_rows = (key for key in keys["Keys"] if not key["source"]["S"].startswith("key#"))
            rows = [_row(key["source"]["S"], key["image_id"]["S"]) for key in asked_rows]
            return answered(request, {"Responses": {table: rows}, "UnprocessedKeys": {}})
        source = next(value["S"] for value in asked["ExpressionAttributeValues"].values())
        return answered(request, {"Items": [_row(source, "0123456789abcdef")], "Count": 1})

    def s3(request: Any, **_: object) -> Any:  # noqa: ANN401 - botocore's
        _other(ledger, "HeadObject")
        return answered(request, None)

    for name, handler in ({"sqs": sqs, "dynamodb": dynamodb, "s3": s3} | dict(answers or {})).items():
        getattr(stack, name).meta.events.register_first(f"before-send.{name}", handler)
    return stack


def body(number: int) -> str:
    """An event of S3 for one image."""
    key = f"holiday/{number}.jpg"
    return json.dumps(
        {
            "Records": [
                {
                    "eventVersion": "2.1",
                    "eventSource": "aws:s3",
                    "eventName": "ObjectCreated:Put",
                    "eventTime": "2026-01-01T00:00:00.000Z",
                    "s3": {
                        "bucket": {"name": _BUCKET},
                        "object": {"key": key, "size": 3, "versionId": f"v{number}", "sequencer": f"{number:016X}"},
                    },
                }
            ]
        }
    )


def attributes(number: int) -> dict[str, Any]:
    """What a service records of a failure: one in ten is of AWS."""
    said = {
        "service": "resize",
        "error": "UnreadableImage" if number % 10 else "AwsUnavailable",
        "reason": "the image ends after 1,024 of 20,480 bytes",
        "attempts": "1",
        "first_failure": "2026-01-01T00:00:01.000Z",
        "key": f"holiday/{number}.jpg",
    }
    return {name: {"DataType": "String", "StringValue": value} for name, value in said.items()}


_METHODS: Final = {
    "GetQueueAttributes": "get_queue_attributes",
    "ReceiveMessage": "receive_message",
    "ChangeMessageVisibilityBatch": "change_message_visibility_batch",
    "DeleteMessageBatch": "delete_message_batch",
    "SendMessageBatch": "send_message_batch",
}


def _row(source: str, image_id: str) -> dict[str, Any]:
    bucket, _, key = source.partition("/")
    values = {
        "source": source,
        "image_id": image_id,
        "bucket": bucket,
        "key": key,
        "uploaded_at": "2026-01-01T00:00:00.000Z",
        "updated_at": "2026-01-01T00:00:01.000Z",
        "service": "resize",
        "outcome": "failed",
        "error": "UnreadableImage",
        "reason": "the image ends after 1,024 of 20,480 bytes",
    }
    return {name: {"S": value} for name, value in values.items()} | {"size_bytes": {"N": "3"}}


def _other(ledger: SimulatedQueue, operation: str) -> None:
    time.sleep(REQUEST_SECONDS)
    ledger.requests[operation] += 1


class Raw(io.BytesIO):
    """A body as botocore reads it."""

    def stream(self, **_: object) -> Iterator[bytes]:  # noqa: D102 - as botocore calls it
        yield self.read()


def answered(request: Any, said: Mapping[str, Any] | None) -> Any:  # noqa: ANN401 - botocore's
    """The answer to a request, in JSON; without a body for None."""
    from botocore.awsrequest import AWSResponse, HeadersDict  # noqa: PLC0415 - a process of its own

    headers = (said or {}).get("ResponseMetadata", {}).get("HTTPHeaders", {})
    text = b"" if said is None else json.dumps(said).encode()
    kind = {"content-type": "application/x-amz-json-1.0", "content-length": str(len(text))}
    return AWSResponse(request.url, 200, HeadersDict({**headers, **kind}), Raw(text))  # type: ignore[arg-type]


def page(found: Sequence[Measured]) -> str:
    """The table as Markdown, with the exponent of each command: seconds grow as messages to this power."""
    lines = [
        "# Dead-letter queues at size",
        "",
        "Written by `python -m bench.dlq_scale`: the commands and the AWS SDK are real. SQS, S3 and DynamoDB are",
        "simulated in the same process, with AWS's documented rules and 15 ms per request. One queue has all messages.",
        "An exponent of 1 is linear; it is for the step from the size above. The seconds are those of two cores. Other",
        "work lengthens them, so all rows but the last, which had the machine alone, are better read by their CPU.",
        "",
        "| command | messages | requests | seconds | exponent | CPU seconds | MiB above the start | exit code |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    last: dict[str, Measured] = {}
    for each in found:
        grown = exponent(last.get(each.command), each, "wall_seconds")
        lines.append(
            f"| `{each.command}` | {each.size:,} | {each.requests:,} | {each.wall_seconds:.1f} | {grown}"
            f" | {each.cpu_seconds:.1f} | {each.peak_mib:.0f} | {each.code} |"
        )
        last[each.command] = each
    exit_code = (
        "Exit code 3: the command reported about how many more messages there are than SQS returned. It returns\n"
        "120,000 of a queue at most until some are deleted, so a million costs no more than 200,000."
    )
    return "\n".join([*lines, "", exit_code, ""])


def _pairs(sizes: Sequence[int]) -> Iterator[tuple[str, int]]:
    for command in COMMANDS:
        yield from ((command, size) for size in sizes if size <= MAX_REPLAYED or command != REPLAY_ALL)


SCALE: Final = Scale(
    module="bench.dlq_scale", meaning=__doc__, pairs=_pairs, sizes=SIZES, measured=measured, page=page, out=OUT
)


if __name__ == "__main__":
    sys.exit(SCALE.main())
