"""The performance that this pipeline promises, and whether a run confirms it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench.contestants import FLOOR, NAIVE, OURS, OURS_BARE, SHARP, SHARP_BARE, THUMBOR
from bench.figures import Spread
from bench.inputs import JPEG_12, JPEG_20, JPEG_24
from bench.quality import JPEG_QUALITY
from bench.results import Results
from ops.names import SERVICES

MEBIBYTE: Final = 2**20
MEGABYTE: Final = 10**6


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One promise and its outcome.

    Args:
        promise: what is compared.
        bound: the bound in words.
        figure: the measured figure in words.
        holds: whether the figure is within the bound; None where it was not measured.
    """

    promise: str
    bound: str
    figure: str
    holds: bool | None

    @property
    def word(self) -> str:
        """For a table."""
        return {True: "holds", False: "**falls short**", None: "not measured"}[self.holds]

    @property
    def row(self) -> tuple[str, str, str, str]:
        """For a table."""
        return self.promise, self.bound, self.figure, self.word


@dataclass(frozen=True, kw_only=True)
class _SpeedBound:
    """The maximum ratio of this pipeline's CPU to another's, at 12 MP and at 20 to 24 MP."""

    ours: str
    other: str
    of_12: float
    of_more: float


_SPEED: Final = (
    _SpeedBound(ours=OURS, other=NAIVE, of_12=0.30, of_more=0.30),
    _SpeedBound(ours=OURS, other=SHARP, of_12=0.85, of_more=0.95),
    _SpeedBound(ours=OURS_BARE, other=SHARP_BARE, of_12=1.35, of_more=1.35),
    _SpeedBound(ours=OURS, other=THUMBOR, of_12=0.90, of_more=0.90),
    _SpeedBound(ours=OURS, other=FLOOR, of_12=2.4, of_more=1.6),
)

SSIMULACRA2_LOSS: Final = 2.0
MEMORY_SHARE: Final = 0.6
BATCH_GAIN: Final = 2.0
# 103 MB before the vector library, which takes 5 (ADR 37), and what came since.
BATCH_BYTES: Final = 120_000_000
START_SHARE: Final = 0.30
COST_SHARE: Final = 0.55
# The files of this picture fit their message: neither a PUT of watermark nor a GET of store.
S3_READS: Final = 2
S3_WRITES_BESIDE_RENDITIONS: Final = 1


def verdicts(results: Results) -> list[Promise]:
    """Evaluate every promise, in the order in which they were made."""
    return [
        *_speed(results),
        *_quality(results),
        _memory(results),
        *_batches(results),
        _throughput(results),
        *_starts(results),
        *_costs(results),
    ]


def at_most(promise: str, bound: float, found: Spread | None) -> Promise:
    """A promise that the median of a ratio is at most the bound."""
    figure = "" if found is None else ratio_text(found)
    return Promise(
        promise=promise,
        bound=f"at most {bound:.2f}",
        figure=figure,
        holds=None if found is None else found.middle <= bound,
    )


def at_least(promise: str, bound: float, found: Spread | None) -> Promise:
    """A promise that the median of a ratio is at least the bound."""
    figure = "" if found is None else ratio_text(found)
    return Promise(
        promise=promise,
        bound=f"at least {bound:.2f}",
        figure=figure,
        holds=None if found is None else found.middle >= bound,
    )


def ratio_text(found: Spread) -> str:
    """Median, minimum and maximum as text."""
    return f"{found.middle:.2f} ({found.low:.2f} to {found.high:.2f})"


def _speed(results: Results) -> Iterator[Promise]:
    for bound in _SPEED:
        for picture in (JPEG_12, JPEG_20, JPEG_24):
            found = results.rounds.ratio(picture, bound.ours, bound.other) if results.rounds else None
            limit = bound.of_12 if picture == JPEG_12 else bound.of_more
            yield at_most(f"CPU of {picture}, {bound.ours} to {bound.other}", limit, found)


def _quality(results: Results) -> Iterator[Promise]:
    for picture in (JPEG_12, JPEG_20, JPEG_24):
        promise = f"SSIMULACRA2 of {picture} below a full-decode Lanczos at q{JPEG_QUALITY}"
        bound = f"at most {SSIMULACRA2_LOSS:.1f}"
        judged = results.quality.pictures.get(picture) if results.quality else None
        score = judged.likenesses[OURS].ssimulacra2 if judged else None
        if judged is None or judged.plain_ssimulacra2 is None or score is None:
            yield Promise(promise=promise, bound=bound, figure="", holds=None)
            continue
        loss = judged.plain_ssimulacra2 - score
        figure = f"{loss:.2f} ({score:.1f} to {judged.plain_ssimulacra2:.1f})"
        yield Promise(promise=promise, bound=bound, figure=figure, holds=loss <= SSIMULACRA2_LOSS)
    loss_levels = results.quality.hand_off_loss if results.quality else None
    yield Promise(
        promise="hand-off loss, the greatest difference of a pixel",
        bound="0",
        figure="" if loss_levels is None else str(loss_levels),
        holds=None if loss_levels is None else loss_levels == 0,
    )


def _memory(results: Results) -> Promise:
    promise, bound = f"peak memory for {JPEG_12}, {OURS} to {SHARP}", f"at most {MEMORY_SHARE:.2f}"
    memory = results.memory or {}
    ours, theirs = memory.get((JPEG_12, OURS)), memory.get((JPEG_12, SHARP))
    if ours is None or theirs is None:
        return Promise(promise=promise, bound=bound, figure="", holds=None)
    share = ours / theirs
    figure = f"{share:.2f} ({ours / MEBIBYTE:.0f} to {theirs / MEBIBYTE:.0f} MiB)"
    return Promise(promise=promise, bound=bound, figure=figure, holds=share <= MEMORY_SHARE)


def _batches(results: Results) -> Iterator[Promise]:
    batch = (results.batches or {}).get("resize")
    yield at_least("resize, ten one by one to a batch of ten", BATCH_GAIN, batch.gain if batch else None)
    yield Promise(
        promise="resize, peak memory with a batch of ten",
        bound=f"within {BATCH_BYTES / MEGABYTE:.0f} MB",
        figure="" if batch is None else f"{batch.peak_bytes / MEGABYTE:.0f} MB",
        holds=None if batch is None else batch.peak_bytes <= BATCH_BYTES,
    )


def _throughput(results: Results) -> Promise:
    found = results.throughput
    return Promise(
        promise="images that the whole local pipeline stores",
        bound="all",
        figure="" if found is None else f"{found.stored} of {found.images}, {found.per_second:.1f} per second",
        holds=None if found is None else found.stored == found.images,
    )


def _starts(results: Results) -> Iterator[Promise]:
    for service in SERVICES:
        found = results.starts.functions[service].share if results.starts else None
        yield at_most(f"start-up CPU of {service} to everything imported without .pyc", START_SHARE, found)


def _costs(results: Results) -> Iterator[Promise]:
    costs = results.costs
    yield Promise(
        promise="cost of a million images to the naive design's",
        bound=f"at most {COST_SHARE:.2f}",
        figure="" if costs is None else f"{costs.share:.2f}",
        holds=None if costs is None else costs.share <= COST_SHARE,
    )
    promise = "S3 requests per image, counted"
    bound = f"{S3_READS} GET, {S3_WRITES_BESIDE_RENDITIONS} PUT and one PUT per rendition"
    if costs is None:
        yield Promise(promise=promise, bound=bound, figure="", holds=None)
        return
    amounts = {charge.what: charge.amount for charge in costs.batched}
    reads, writes = amounts["S3 reads"], amounts["S3 writes"]
    yield Promise(
        promise=promise,
        bound=bound,
        figure=f"{reads:g} GET, {writes:g} PUT with {costs.renditions} renditions",
        holds=reads == S3_READS and writes == S3_WRITES_BESIDE_RENDITIONS + costs.renditions,
    )
