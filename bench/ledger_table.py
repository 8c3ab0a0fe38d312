"""A ledger of any size that answers like DynamoDB, within its limits: rows are computed on request."""

import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from shared import ledger_index as index
from shared.dlq_messages import iso

BUCKET: Final = "ledger-input-123456789012-eu-west-1"
TABLE: Final = "ledger-ledger"
MANY_VERSIONS: Final = "many.jpg"

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
PAGE_BYTES: Final = 1024 * 1024
UNIT_BYTES: Final = 4096
MAX_KEYS: Final = 100
# Time of a request within a region, and of reading a page.
REQUEST_SECONDS: Final = 0.005
BYTES_PER_SECOND: Final = 50e6

_FIRST: Final = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
_FAILED_EVERY: Final = 100


def image_id(number: int) -> str:
    """The id of an image, whose last digit is its shard."""
    return f"{number:08x}{0:012x}"


def key_of(number: int) -> str:
    """The key of an image, in one of a hundred folders."""
    return f"folder-{number % 100:02}/image-{number}.jpg"


def moment(number: int) -> str:
    """The time at which an image was uploaded: one per second."""
    return iso(datetime.fromtimestamp(_FIRST + number, UTC))


def row(number: int, key: str) -> dict[str, Any]:
    """A row, as large as those of the pipeline."""
    failed = number // index.SHARDS % _FAILED_EVERY == 0
    at = moment(number)
    texts = {
        "source": f"{BUCKET}/{key}",
        "image_id": image_id(number),
        "bucket": BUCKET,
        "key": key,
        "version_id": f"{number:032x}",
        "sequencer": f"{number:016x}",
        "uploaded_at": at,
        "updated_at": at,
        "service": "store",
        "outcome": "failed" if failed else "stored",
        index.SHARD: index.shard_of(image_id(number)),
        **{f"{service}_at": at for service in ("resize", "watermark", "store")},
    }
    outputs = [] if failed else [{"S": key.replace(".jpg", f"-{name}.jpg")} for name in ("resized", "thumb")]
    return {
        **{name: {"S": text} for name, text in texts.items()},
        **{f"{service}_seconds": {"N": "0.123"} for service in ("resize", "watermark", "store")},
        "rank": {"N": "13"},
        "size_bytes": {"N": "2345678"},
        "replays": {"N": "0"},
        "outputs": {"L": outputs},
        "placeholder": {"S": "3OcRJYB4d3h/iIeHeEh3eIhw+j3A"},
        "warnings": {"L": []},
    }


class Ledger:
    """The table and its indexes.

    Args:
        count: number of images, and of versions of one more key.
    """

    def __init__(self, count: int) -> None:
        self._count = count

    def query(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a query: one page of a partition, of the table or of an index."""
        values = {name: value["S"] for name, value in request["ExpressionAttributeValues"].items()}
        of = request.get("IndexName")
        partition = values.get(":partition", values.get(":source", ""))
        if of in {None, index.VERSIONS}:
            found = range(self._count) if partition == f"{BUCKET}/{MANY_VERSIONS}" else range(0)
        else:
            found = range(int(partition), self._count, index.SHARDS)
        numbers: Iterator[int] = iter(found if request.get("ScanIndexForward", True) else reversed(found))
        start = request.get("ExclusiveStartKey")
        if start is not None:
            last = int(start["image_id"]["S"][:8], 16)
            numbers = iter(range(last - index.SHARDS, -1, -index.SHARDS))
        if of == index.FAILED:
            numbers = (number for number in numbers if number // index.SHARDS % _FAILED_EVERY == 0)
        key = MANY_VERSIONS if of in {None, index.VERSIONS} else None
        prefix = values[":source"] if "FilterExpression" in request else ""

        def made(number: int) -> dict[str, Any]:
            whole = row(number, key or key_of(number))
            return whole if of is None else {n: whole[n] for n in ("source", "image_id", "uploaded_at", index.SHARD)}

        return _page(numbers, made, request, lambda item: item["source"]["S"].startswith(prefix))

    def scan(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a scan: one page of all rows."""
        start = request.get("ExclusiveStartKey")
        first = int(start["image_id"]["S"][:8], 16) + 1 if start else 0
        return _page(iter(range(first, self._count)), lambda number: row(number, key_of(number)), request)

    def batch_get_item(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request for rows by their keys."""
        keys = request["RequestItems"][TABLE]["Keys"]
        if len(keys) > MAX_KEYS:
            raise ValueError("Too many items requested for the BatchGetItem call")
        rows = [row(int(each["image_id"]["S"][:8], 16), each["source"]["S"].partition("/")[2]) for each in keys]
        time.sleep(sum(map(_size, rows)) / BYTES_PER_SECOND)
        return {"Responses": {TABLE: rows}, "UnprocessedKeys": {}}


def _page(
    numbers: Iterator[int],
    made: Callable[[int], dict[str, Any]],
    request: Mapping[str, Any],
    wanted: Callable[[dict[str, Any]], bool] = lambda _: True,
) -> dict[str, Any]:
    items, size, looked, last, limit = [], 0, 0, None, request.get("Limit", sys.maxsize)
    for number in numbers:
        item = made(number)
        if looked == limit or size + _size(item) > PAGE_BYTES:
            break
        looked, size, last = looked + 1, size + _size(item), item
        items += [item] if wanted(item) else []
    else:
        last = None
    time.sleep(size / BYTES_PER_SECOND)
    names = ("source", "image_id", "uploaded_at", index.SHARD) if "IndexName" in request else ("source", "image_id")
    more = {} if last is None else {"LastEvaluatedKey": {name: last[name] for name in names}}
    units = max(0.5, size / UNIT_BYTES * (1.0 if request.get("ConsistentRead") else 0.5))
    return {
        "Items": items,
        "Count": len(items),
        "ScannedCount": looked,
        "ConsumedCapacity": {"CapacityUnits": units},
        **more,
    }


def _size(item: Mapping[str, Any]) -> int:
    return sum(len(name) + len(str(*value.values())) for name, value in item.items())


def serve(count: int) -> None:
    """Answer like DynamoDB until this process is ended; prints the port."""
    ledger = Ledger(count)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            operation = re.sub(r"(?<=.)([A-Z])", r"_\1", self.headers["x-amz-target"].partition(".")[2]).lower()
            time.sleep(REQUEST_SECONDS)
            answer = json.dumps(getattr(ledger, operation)(request)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/x-amz-json-1.0")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Log nothing: standard output has only the port."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
