"""What a batch of ten gains over ten batches of one on one core, and the requests, time and memory of each."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.chain import upload_record
from bench.environments import BUILD, ROOT
from bench.figures import Spread, ratios, spread
from bench.inputs import Input
from bench.worker import pinned
from ops import settings
from ops.names import SERVICES
from ops.show import note

IMAGES: Final = 10

_CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
}


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Measurements of one service with ten images.

    Args:
        gain: ratio of the time of ten invocations with one image to that of one with ten, round by round.
        single_seconds: billed seconds of one image alone.
        batch_seconds: billed seconds of one image in a batch.
        cpu_seconds: CPU seconds of one image in a batch.
        peak_bytes: peak memory of the process.
        single_requests: requests of ten invocations, by kind.
        batch_requests: requests of one invocation, by kind.
        intermediate_bytes: bytes in the work bucket for one image after this service.
        row_bytes: size of the largest row in the ledger.
    """

    gain: Spread
    single_seconds: Spread
    batch_seconds: Spread
    cpu_seconds: Spread
    peak_bytes: int
    single_requests: Mapping[str, int]
    batch_requests: Mapping[str, int]
    intermediate_bytes: float
    row_bytes: int


def measure(picture: Input, rounds: int) -> dict[str, Batch]:
    """Measure every service in turn, each on the output of the previous one.

    Args:
        picture: picture that is uploaded ten times.
        rounds: number of rounds that count.
    """
    parsed = settings.load()
    names = settings.placeholder_names(parsed)
    keys = [f"photo-{number}.jpg" for number in range(IMAGES)]
    size = picture.path.stat().st_size
    bodies = [json.dumps({"Records": [upload_record(names.input_bucket, key, size)]}) for key in keys]
    rows: dict[str, Any] = {}
    measured = {}
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="batches-", dir=BUILD) as folder:
        for service in SERVICES:
            note(f"batches: {rounds} rounds of {service}")
            job: dict[str, Any] = {
                "service": service,
                "environment": settings.placeholders(parsed, service)
                | _CREDENTIALS
                # A function derives its number of cores from this: as many as it is pinned to here.
                | {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(parsed.services[service].memory_mb)},
                "folder": folder,
                "bodies": bodies,
                "uploads": [{"bucket": names.input_bucket, "key": key, "source": str(picture.path)} for key in keys],
                # A stored image would be found again: each round starts with an empty output bucket.
                "fresh": [names.output_bucket],
                "rows": rows,
                "rounds": rounds,
            }
            answer = _run(job, Path(folder))
            bodies, rows = answer["sent"], answer["rows"]
            measured[service] = _batch(answer, _size(Path(folder) / names.work_bucket) / IMAGES)
    return measured


def _run(job: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    path = folder / f"{job['service']}.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    # In the environment from the start: the C library reads its settings before Python runs.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    environment = kept | job["environment"] | {"PYTHONPATH": str(ROOT)}
    command = [*pinned(), sys.executable, "-m", "bench.function", str(path)]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{job['service']} ended with {result.returncode}:\n{result.stderr.strip()}")
    answer: dict[str, Any] = json.loads(path.with_suffix(".measured").read_text(encoding="utf-8"))
    return answer


def _batch(answer: Mapping[str, Any], intermediate_bytes: float) -> Batch:
    def seconds(kind: str, clock: str) -> Sequence[float]:
        return [each[clock] / IMAGES for each in answer[kind]]

    return Batch(
        gain=ratios(seconds("single", "wall"), seconds("batch", "wall")),
        single_seconds=spread(seconds("single", "wall")),
        batch_seconds=spread(seconds("batch", "wall")),
        cpu_seconds=spread(seconds("batch", "cpu")),
        peak_bytes=answer["peak"],
        single_requests=answer["requests"]["single"],
        batch_requests=answer["requests"]["batch"],
        intermediate_bytes=intermediate_bytes,
        row_bytes=answer["row_bytes"],
    )


def _size(bucket: Path) -> int:
    return sum(path.stat().st_size for path in bucket.glob("*") if not path.suffix)
