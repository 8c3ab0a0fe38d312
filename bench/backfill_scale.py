"""`python -m bench.backfill_scale`: what `pipeline backfill` takes with input buckets and ledgers of any size.

The command, the AWS SDK and its requests are real; what answers them is computed within the same process, by pages of a
thousand objects or a megabyte of rows as S3 and DynamoDB give them, with 15 ms for each request.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from bench.dlq_scale import answered
from bench.environments import HERE
from bench.scale import Measured, Scale, exponent, measure
from bench.simulated_sqs import REQUEST_SECONDS, SimulatedQueue

OUT: Final = HERE / "BACKFILL.md"
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
BUCKET: Final = "image-pipeline-input-123456789012-eu-west-1"

COMMANDS: Final[Mapping[str, Sequence[str]]] = {
    "backfill, all to send": (f"s3://{BUCKET}/", "--yes", "--rate", "10000"),
    "backfill again, all wait": (f"s3://{BUCKET}/", "--yes"),
    "backfill --stuck, 1 of 1,000": ("--stuck", "--yes", "--rate", "10000"),
}
_LISTED: Final = 1_000
_ROWS_OF_A_PAGE: Final = 1_000  # a row has about a kilobyte
_PAGE_SECONDS: Final = 0.02
_STUCK_EVERY: Final = 1_000
_VERSIONED: Final = (
    '<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status>'
    "</VersioningConfiguration>"
)
_AT: Final = "2026-01-01T00:00:00.000Z"


class Computed:
    """An input bucket and a ledger of any size.

    Args:
        images: how many.
        waiting: whether a backfill has sent all of them.
        queue: counts the requests.
    """

    def __init__(self, images: int, *, waiting: bool, queue: SimulatedQueue) -> None:
        self._images, self._waiting, self._queue = images, waiting, queue
        self._now = datetime.now(UTC).isoformat(timespec="milliseconds")

    def s3(self, request: Any, **_: object) -> Any:  # noqa: ANN401 - botocore's
        """A page of versions, what HEAD says of an object, or that the bucket keeps versions."""
        url = urlsplit(request.url)
        query = parse_qs(url.query, keep_blank_values=True)
        if "versioning" in query:
            self._took("GetBucketVersioning")
            return _whole(request, _VERSIONED)
        self._took("ListObjectVersions" if "versions" in query else "HeadObject")
        if "versions" in query:
            return _whole(request, self._versions(query.get("key-marker", [""])[0]))
        number = int(unquote(url.path).rpartition("/")[2].partition(".")[0])
        headers = {"x-amz-version-id": _version(number), "content-length": "3", "etag": '"e"'}
        return _whole(request, "", {**headers, "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT"})

    def _versions(self, marker: str) -> str:
        first = int(marker.rpartition("/")[2].partition(".")[0]) + 1 if marker else 0
        numbers = range(first, min(self._images, first + _LISTED))
        versions = "".join(
            f"<Version><Key>{_key(number)}</Key><VersionId>{_version(number)}</VersionId><IsLatest>true</IsLatest>"
            f"<LastModified>{_AT}</LastModified><ETag>&quot;e&quot;</ETag><Size>3</Size>"
            "<StorageClass>STANDARD</StorageClass></Version>"
            for number in numbers
        )
        more = numbers.stop < self._images
        markers = f"<NextKeyMarker>{_key(numbers.stop - 1)}</NextKeyMarker>" if more else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?><ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{markers}{versions}</ListVersionsResult>"
        )

    def dynamodb(self, request: Any, **_: object) -> Any:  # noqa: ANN401 - botocore's
        """Rows: of no image, of one that waits, or a page of a scan."""
        operation = request.headers["X-Amz-Target"].decode().partition(".")[2]
        asked = json.loads(request.body)
        self._took(operation)
        if operation == "BatchGetItem":
            ((table, keys),) = asked["RequestItems"].items()
            rows = [_waiting_row(key, self._now) for key in keys["Keys"]] if self._waiting else []
            return answered(request, {"Responses": {table: rows}, "UnprocessedKeys": {}})
        if operation == "Scan":
            time.sleep(_PAGE_SECONDS)
            return answered(request, self._page(asked))
        return answered(request, {"Items": [], "Count": 0} if operation == "Query" else {})

    def _page(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        start = asked.get("ExclusiveStartKey")
        first = int(start["image_id"]["S"]) if start else 0
        end = min(self._images, first + _ROWS_OF_A_PAGE)
        items = [_stuck_row(number) for number in range(first, end) if number % _STUCK_EVERY == 0]
        last = {"LastEvaluatedKey": {"source": {"S": "x"}, "image_id": {"S": str(end)}}} if end < self._images else {}
        return {"Items": items, "Count": len(items), "ScannedCount": end - first, **last}

    def _took(self, operation: str) -> None:
        time.sleep(REQUEST_SECONDS)
        self._queue.requests[operation] += 1


def _key(number: int) -> str:
    return f"folder/{number:08}.jpg"


def _version(number: int) -> str:
    return f"v{number:032x}"


def _waiting_row(key: Mapping[str, Any], at: str) -> dict[str, Any]:
    bucket, _, name = key["source"]["S"].partition("/")
    texts = {"bucket": bucket, "key": name, "uploaded_at": at, "updated_at": at, "service": "uploaded", "sent_at": at}
    return {**key, **{name: {"S": value} for name, value in texts.items()}, "size_bytes": {"N": "3"}}


def _stuck_row(number: int) -> dict[str, Any]:
    from shared.messages import Source  # noqa: PLC0415 - a process of its own

    key, version = _key(number), _version(number)
    source = Source(bucket=BUCKET, key=key, version_id=version, size_bytes=3, uploaded_at=_AT)
    texts = {"source": f"{BUCKET}/{key}", "image_id": source.image_id, "bucket": BUCKET, "key": key}
    texts |= {"version_id": version, "uploaded_at": _AT, "updated_at": _AT, "service": "resize", "resize_at": _AT}
    return {name: {"S": value} for name, value in texts.items()} | {"size_bytes": {"N": "3"}}


def _whole(request: Any, text: str, more: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - botocore's
    from botocore.awsrequest import AWSResponse, HeadersDict  # noqa: PLC0415 - a process of its own

    from bench.dlq_scale import Raw  # noqa: PLC0415 - as above

    body = text.encode()
    headers = {"content-type": "application/xml", "content-length": str(len(body)), **(more or {})}
    return AWSResponse(request.url, 200, HeadersDict(headers), Raw(body))  # type: ignore[arg-type]


def measured(command: str, images: int) -> Measured:
    """Run a command with this many images."""
    from bench.dlq_scale import simulated_stack  # noqa: PLC0415 - a process of its own
    from ops import stack as stacks  # noqa: PLC0415 - as above

    queue = SimulatedQueue()
    computed = Computed(images, waiting="again" in command, queue=queue)
    stack = simulated_stack(lambda _: queue, queue, {"s3": computed.s3, "dynamodb": computed.dynamodb})
    stacks.connect = lambda *_, **__: stack
    return measure(command, images, ["backfill", *COMMANDS[command]], lambda: sum(queue.requests.values()))


def page(found: Sequence[Measured]) -> str:
    """The table, with the exponents of each command: CPU and requests grow with the images to their power."""
    lines = [
        "# Backfills at size",
        "",
        "Written by `python -m bench.backfill_scale`: the command and the AWS SDK are real. S3, SQS and DynamoDB are",
        "simulated in the same process, with AWS's page sizes and 15 ms a request. Nothing is processed meanwhile.",
        "An exponent of 1 is linear; it is of the step from the size above. The machine was busy with other work.",
        "Memory that grows with what is sent is the simulation's: it keeps all messages.",
        "",
        "| command | images | requests | exponent | CPU seconds | exponent | seconds | MiB above the start |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    last: dict[str, Measured] = {}
    for each in found:
        grown = [exponent(last.get(each.command), each, name) for name in ("requests", "cpu_seconds")]
        lines.append(
            f"| `{each.command}` | {each.size:,} | {each.requests:,} | {grown[0]} | {each.cpu_seconds:.1f}"
            f" | {grown[1]} | {each.wall_seconds:.1f} | {each.peak_mib:.0f} |"
        )
        last[each.command] = each
    return "\n".join([*lines, ""])


def _pairs(sizes: Sequence[int]) -> Iterator[tuple[str, int]]:
    yield from product(COMMANDS, sizes)


SCALE: Final = Scale(
    module="bench.backfill_scale", meaning=__doc__, pairs=_pairs, sizes=SIZES, measured=measured, page=page, out=OUT
)


if __name__ == "__main__":
    sys.exit(SCALE.main())
