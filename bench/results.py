"""Everything that one run measured; a part that was not requested is None."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.batches import Batch
from bench.contestants import Field
from bench.costs import Costs
from bench.inputs import Input
from bench.paired_builds import PairedBuilds
from bench.quality import Quality
from bench.rounds import Rounds
from bench.starts import Starts
from bench.threads import Threads
from bench.throughput import Throughput


@dataclass(kw_only=True)
class Results:
    """The parts of a run.

    Args:
        field: the contestants.
        pictures: the inputs.
        rounds: CPU, seconds and bytes of every contestant, without unfit pictures.
        unfit: reason why a contestant's picture does not count, by (input, contestant).
        quality: quality of every picture.
        memory: peak bytes by (input, contestant).
        threads: one and two threads in one process.
        batches: batches by service.
        throughput: throughput of the whole local pipeline.
        starts: cold starts of the functions.
        costs: costs on AWS.
        paired: this build and another one, as wholes.
    """

    field: Field
    pictures: Sequence[Input]
    unfit: Mapping[tuple[str, str], str]
    rounds: Rounds | None = None
    quality: Quality | None = None
    memory: Mapping[tuple[str, str], int] | None = None
    threads: Threads | None = None
    batches: Mapping[str, Batch] | None = None
    throughput: Throughput | None = None
    starts: Starts | None = None
    costs: Costs | None = None
    paired: PairedBuilds | None = None
