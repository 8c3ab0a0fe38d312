"""One function as Lambda runs it, in its own process on one core: the real handler on the simulated AWS.

Reads a job as JSON from the given file, and writes the measurements beside it.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from bench.simulated import Aws
from bench.workers.serve import peak_bytes
from shared.aws import clients

Handler = Callable[[Mapping[str, Any], Any], Mapping[str, Any]]

_PATIENCE_MS: Final = 60_000


class _Context:
    """Lambda's."""

    function_name = "bench"
    memory_limit_in_mb = 1769
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:bench"
    aws_request_id = "1"

    def get_remaining_time_in_millis(self) -> int:
        """Always enough."""
        return _PATIENCE_MS


def main(path: Path) -> None:
    """Run the job in a file: {"service", "folder", "bodies", "uploads", "rows", "fresh", "rounds"}."""
    job = json.loads(path.read_text(encoding="utf-8"))
    aws = Aws(folder=Path(job["folder"]), rows=job["rows"])
    # The real clients are created as well: a function has them in memory.
    job["clients"] = [clients.s3(), clients.dynamodb(), clients.sns() if job["service"] == "store" else clients.sqs()]
    clients.s3 = clients.sqs = clients.sns = clients.dynamodb = lambda: aws  # type: ignore[assignment,return-value]
    for upload in job["uploads"]:
        aws.upload(upload["bucket"], upload["key"], Path(upload["source"]))
    handler: Handler = import_module(f"services.{job['service']}.handler").handler
    bodies: list[str] = job["bodies"]
    singles = [[body] for body in bodies]
    batches = [bodies]
    _run(handler, aws, batches, job["fresh"])
    measured: dict[str, list[dict[str, float]]] = {"single": [], "batch": []}
    for number in range(job["rounds"]):
        for kind, events in (("single", singles), ("batch", batches))[:: 1 if number % 2 else -1]:
            measured[kind].append(_run(handler, aws, events, job["fresh"]))
    measured_once = {
        "requests": {"single": _counted(handler, aws, singles, job), "batch": _counted(handler, aws, batches, job)},
        "sent": aws.sent[-len(bodies) :],
        "rows": aws.rows,
        "row_bytes": aws.largest_row_bytes,
        "peak": peak_bytes(),
    }
    path.with_suffix(".measured").write_text(json.dumps(measured | measured_once), encoding="utf-8")


def _run(handler: Handler, aws: Aws, events: Sequence[Sequence[str]], fresh: Sequence[str]) -> dict[str, float]:
    """Process all images once, in invocations of one or of many; returns the seconds that this took."""
    for bucket in fresh:
        aws.empty(bucket)
    aws.restore()
    wall, cpu = time.perf_counter(), time.process_time()
    for event in events:
        answer = handler({"Records": [_record(body, number) for number, body in enumerate(event)]}, _Context())
        if answer["batchItemFailures"]:
            raise RuntimeError(f"not finished: {answer}")
    return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}


def _counted(handler: Handler, aws: Aws, events: Sequence[Sequence[str]], job: Mapping[str, Any]) -> dict[str, int]:
    aws.requests.clear()
    _run(handler, aws, events, job["fresh"])
    return dict(aws.requests)


def _record(body: str, number: int) -> dict[str, Any]:
    return {
        "messageId": str(number),
        "receiptHandle": str(number),
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1", "ApproximateFirstReceiveTimestamp": "1767225600000"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:bench",
        "awsRegion": "us-east-1",
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
