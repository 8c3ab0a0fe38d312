"""What one build of this project does as a whole, by its own code: prints its figures by name, as JSON."""

import json
import sys
from dataclasses import fields
from pathlib import Path

from bench import batches, costs, starts, threads, throughput
from bench.inputs import Input
from ops import settings


def two_threads(picture: Input) -> dict[str, float]:
    """Images per second of two threads."""
    return {"all": threads.pace(picture.path, 1)[1][0]}


def local_pipeline(picture: Input) -> dict[str, float]:
    """Images per second of the whole pipeline on the local AWS."""
    return {"all": throughput.measure(picture).per_second}


def start_up(_: Input) -> dict[str, float]:
    """CPU seconds of each function's start."""
    return {service: start.ready.middle for service, start in starts.measure(1).functions.items()}


def cost(picture: Input) -> dict[str, float]:
    """Dollars of a million images on AWS, in full batches, by this build's model."""
    found = batches.measure(picture, 3)
    bills = costs.compare(
        found,
        settings.load(),
        naive_cpu_seconds=0,  # whose bill is not read
        source_bytes=picture.path.stat().st_size,
        output_bytes=0,
        renditions=found["store"].batch_requests["PUT"] // batches.IMAGES,
    )
    return {"all": costs.total(bills.batched)}


def picture_of(path: Path) -> Input:
    """A JPEG as the build describes pictures: another build may have other fields, which are not read here."""
    values = {"name": path.stem, "kind": "jpeg", "path": path}
    return Input(**{each.name: values.get(each.name, "") for each in fields(Input)})


FIGURES = {"threads": two_threads, "throughput": local_pipeline, "starts": start_up, "cost": cost}

if __name__ == "__main__":
    name, path = sys.argv[1:]
    sys.stdout.write(json.dumps(FIGURES[name](picture_of(Path(path)))))
