"""`python -m bench.ledger_scale`: costs of status, console, wait and replay on ledgers of 1,000 to 1,000,000 rows."""

import json
import math
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Final

import boto3

from bench import ledger_table
from bench.ledger_table import BUCKET, MANY_VERSIONS, TABLE
from ops.aws.ledger import LedgerTable
from ops.aws.ledger_pages import LedgerPages, Wanted
from ops.console.ledger_reader import Reader
from ops.console.state import State
from ops.console.throughput import Throughput
from ops.images.follow import Uploaded, follow

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
# A scan of a million rows takes gigabytes, which is why scans were replaced.
MAX_SCANNED: Final = 100_000
WAITED_FOR: Final = 500

# Credentials for a table that no request reaches: any will do.
_CREDENTIALS: Final[dict[str, Any]] = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}


def status(client: Any, _: int) -> None:  # noqa: ANN401 - a client of boto3
    """Run `pipeline status`: the newest 50."""
    assert len(_pages(client).page(Wanted(), 50).rows) == 50  # noqa: PLR2004, S101 - the right rows are measured


def failed(client: Any, _: int) -> None:  # noqa: ANN401
    """Run `pipeline status --failed`, where one in a hundred failed."""
    assert _pages(client).page(Wanted(failed=True), 50).rows  # noqa: S101


def prefix(client: Any, _: int) -> None:  # noqa: ANN401
    """Run `pipeline status --prefix`, for one folder in a hundred."""
    assert _pages(client).page(Wanted(prefix="folder-07/"), 50).rows  # noqa: S101


def console(client: Any, _: int) -> None:  # noqa: ANN401
    """Open a page of the console, and refresh it once."""
    stack: Any = SimpleNamespace(ledger_pages=_pages(client), ledger=LedgerTable(client, TABLE))
    reader = Reader(stack, State(), Throughput())
    reader.newest()
    reader.newest()


def wait(client: Any, count: int) -> None:  # noqa: ANN401
    """Run `pipeline upload --wait` for 500 images."""
    images = [_Waited(count - 1 - back) for back in range(WAITED_FOR)]
    assert len(follow(LedgerTable(client, TABLE), images, timeout_seconds=60)) == WAITED_FOR  # noqa: S101


def replay(client: Any, _: int) -> None:  # noqa: ANN401
    """Look up the versions of a key for a replay, as many as there are rows."""
    assert _pages(client).versions(BUCKET, MANY_VERSIONS).rows  # noqa: S101


def scan(client: Any, count: int) -> None:  # noqa: ANN401
    """Run `pipeline status` as it was before there were indexes: all rows, sorted."""
    rows = sorted(LedgerTable(client, TABLE).scan(), key=lambda row: (row.uploaded_at, row.key), reverse=True)
    assert len(rows) == count  # noqa: S101


class _Waited(Uploaded):
    """An image of the computed ledger."""

    def __init__(self, number: int) -> None:
        super().__init__(bucket=BUCKET, key=ledger_table.key_of(number), version_id=None, size_bytes=1)
        object.__setattr__(self, "number", number)

    @property
    def image_id(self) -> str:
        """The image's id, as in the ledger."""
        return ledger_table.image_id(self.__dict__["number"])


PARTS: Final[dict[str, Callable[[Any, int], None]]] = {
    each.__name__: each for each in (status, failed, prefix, console, wait, replay, scan)
}


def _pages(client: Any) -> LedgerPages:  # noqa: ANN401
    return LedgerPages(client=client, table=TABLE, bucket=BUCKET)


def measured(part: str, count: int, endpoint: str) -> dict[str, float]:
    """What a part takes in this process: CPU without the start, memory with it, and requests."""
    client = boto3.client("dynamodb", endpoint_url=endpoint, region_name="eu-west-1", **_CREDENTIALS)
    requests: Counter[str] = Counter()
    client.meta.events.register("before-call.dynamodb.*", lambda model, **_: requests.update([model.name]))
    began, cpu = time.monotonic(), time.process_time()
    PARTS[part](client, count)
    return {
        "cpu": time.process_time() - cpu,
        "seconds": time.monotonic() - began,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "requests": sum(requests.values()),
    }


def table(sizes: Sequence[int]) -> str:
    """A table in Markdown of every part at every size, each in its own process."""
    found: dict[tuple[str, int], dict[str, float]] = {}
    for count in sizes:
        server = subprocess.Popen(
            [sys.executable, "-m", "bench.ledger_table", str(count)], stdout=subprocess.PIPE, text=True
        )
        try:
            endpoint = f"http://127.0.0.1:{(server.stdout.readline() if server.stdout else '').strip()}"
            for part in PARTS:
                if part != scan.__name__ or count <= MAX_SCANNED:
                    argv = [sys.executable, "-m", "bench.ledger_scale", part, str(count), endpoint]
                    found[part, count] = json.loads(subprocess.check_output(argv, text=True, env={**os.environ}))
        finally:
            server.terminate()
            server.wait()
    lines = [
        "| | rows | CPU, s | memory, MB | requests | time, s | exponent of CPU |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for part in PARTS:
        counts = [count for count in sizes if (part, count) in found]
        for count in counts:
            it = found[part, count]
            exponent = ""
            if count == counts[-1] and len(counts) > 1:
                growth = math.log(it["cpu"] / found[part, counts[0]]["cpu"]) / math.log(count / counts[0])
                exponent = f"{growth:.2f}"
            lines.append(
                f"| {part} | {count:,} | {it['cpu']:.2f} | {it['mb']:.0f} | {it['requests']:.0f} |"
                f" {it['seconds']:.2f} | {exponent} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.stdout.write(json.dumps(measured(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
    else:
        sys.stdout.write(table(SIZES) + "\n")
