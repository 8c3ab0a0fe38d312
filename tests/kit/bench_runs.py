"""Parts of a benchmark run, with figures that can be estimated by hand."""

from math import ceil

from bench.batches import Batch
from bench.contestants import FLOOR, NAIVE, OURS, OURS_BARE, SHARP, SHARP_BARE, THUMBOR
from bench.figures import spread
from bench.quality import Judged, Likeness
from bench.worker import Answer

# CPU seconds of each contestant on every picture: every ratio is slightly better than promised.
CPU = {OURS: 0.05, OURS_BARE: 0.05, NAIVE: 0.2, SHARP: 0.07, SHARP_BARE: 0.04, THUMBOR: 0.06, FLOOR: 0.04}


def answers(seconds, rounds=3):
    return [Answer(cpu_seconds=seconds, wall_seconds=seconds, size_bytes=90_000, peak_bytes=1) for _ in range(rounds)]


def likeness(score=79.0, **changes):
    values = {
        "size": (1024, 768),
        "frames": 1,
        "psnr": 40.0,
        "ssim": 0.95,
        "ssimulacra2": score,
        "logo_levels": 10.0,
        "logo_psnr": 35.0,
    }
    return Likeness(**(values | changes))


def judged(score=79.0, **others):
    likenesses = {OURS: likeness(score), **others}
    return Judged(size=(1024, 768), frames=1, plain_ssimulacra2=80.0, likenesses=likenesses)


def batch(seconds, **requests):
    return Batch(
        gain=spread([2.5]),
        single_seconds=spread([seconds * 2]),
        batch_seconds=spread([seconds]),
        cpu_seconds=spread([seconds]),
        peak_bytes=100 * 2**20,
        # A message alone is in as many chunks as in a batch, the last one begun: of 22 for ten, 3.
        single_requests=requests
        | {"SQS send": 10 * bool(requests.get("SQS send")), "SQS 64 KB": 10 * ceil(requests.get("SQS 64 KB", 0) / 10)},
        batch_requests=requests,
        intermediate_bytes=0,
        row_bytes=700,
    )
