"""A run that keeps every promise."""

from pathlib import Path

import pytest
from kit.bench_runs import CPU, answers, batch, judged

from bench import costs
from bench.contestants import NO_LOGO, OURS, SHARP, Contestant, Field
from bench.figures import spread
from bench.inputs import JPEG_12, JPEG_20, JPEG_24, Input
from bench.quality import Quality
from bench.results import Results
from bench.rounds import Rounds
from bench.starts import BARE_CLIENT, Start, Starts
from bench.threads import Threads
from bench.throughput import Throughput
from ops import settings


@pytest.fixture
def batches():
    """As the real services are with files that fit their messages: 2 GET, 3 PUT with two renditions."""
    ledger = {"DynamoDB write": 10}
    return {
        "resize": batch(0.1, GET=10, PUT=10, **ledger, **{"SQS send": 1, "SQS 64 KB": 1}),
        "watermark": batch(0.02, GET=10, **ledger, **{"SQS send": 2, "SQS 64 KB": 22}),
        "store": batch(0.01, PUT=20, **ledger, **{"SNS publish": 10}),
    }


@pytest.fixture
def results(batches):
    pictures = [
        Input(name=name, description="a photo", kind="jpeg", path=Path("x")) for name in (JPEG_12, JPEG_20, JPEG_24)
    ]
    names = [Contestant(name=name, description="so", command=(), logo=NO_LOGO) for name in CPU]
    rounds = Rounds(
        answers={(picture.name, name): answers(seconds) for picture in pictures for name, seconds in CPU.items()},
        outputs={},
        versions=dict.fromkeys(CPU, "1.0"),
    )
    start = Start(imported=spread([0.1]), ready=spread([0.2]), share=spread([0.29]))
    return Results(
        field=Field(contestants=tuple(names), missing={}),
        pictures=pictures,
        unfit={},
        rounds=rounds,
        quality=Quality(pictures={picture.name: judged() for picture in pictures}, hand_off_loss=0),
        memory={(JPEG_12, OURS): 60 * 2**20, (JPEG_12, SHARP): 120 * 2**20},
        threads=Threads(one=spread([10.0]), two=spread([18.0]), gain=spread([1.8]), cores=2),
        batches=batches,
        throughput=Throughput(images=200, stored=200, seconds=20.0),
        starts=Starts(
            functions={"resize": start, "watermark": start, "store": start}, others={BARE_CLIENT: spread([0.2])}
        ),
        costs=costs.compare(
            batches,
            settings.load(),
            naive_cpu_seconds=0.2,
            source_bytes=4_700_000,
            output_bytes=90_000,
            renditions=2,
        ),
    )
