"""The aims of this pipeline against an earlier build and other software, and whether a run reaches them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench.contestants import AGAINST, NAIVE, OURS, OURS_BARE, PYVIPS, SHARP, SHARP_BARE, SHARP_TUNED
from bench.figures import spread
from bench.inputs import ANIMATED_GIF, JPEG_12, JPEG_20, JPEG_24, PNG_ALPHA, WEBP_12
from bench.paired_builds import PairedBuilds
from bench.promises import MEBIBYTE, Promise, at_least, at_most
from bench.results import Results
from ops.names import SERVICES


@dataclass(frozen=True, kw_only=True)
class _CpuAim:
    """The maximum ratio of CPU to another's, by picture."""

    other: str
    ours: str = OURS
    bounds: dict[str, float]


_CPU: Final = (
    _CpuAim(
        other=AGAINST,
        bounds={JPEG_12: 0.72, JPEG_20: 0.82, JPEG_24: 0.88, PNG_ALPHA: 0.36, WEBP_12: 0.78, ANIMATED_GIF: 0.92},
    ),
    _CpuAim(
        other=SHARP,
        bounds={JPEG_12: 0.65, JPEG_20: 0.80, JPEG_24: 0.80, PNG_ALPHA: 0.60, WEBP_12: 0.72, ANIMATED_GIF: 0.35},
    ),
    _CpuAim(
        other=SHARP_TUNED,
        bounds={JPEG_12: 0.72, JPEG_20: 0.87, JPEG_24: 0.87, PNG_ALPHA: 0.67, WEBP_12: 0.83, ANIMATED_GIF: 0.50},
    ),
    _CpuAim(ours=OURS_BARE, other=SHARP_BARE, bounds={JPEG_12: 1.0, JPEG_20: 1.0, JPEG_24: 1.0}),
    _CpuAim(other=PYVIPS, bounds={JPEG_12: 0.77, JPEG_20: 0.87, JPEG_24: 0.87}),
    _CpuAim(other=NAIVE, bounds={JPEG_12: 0.24}),
)

# Bytes of this pipeline's file to those of sharp's, by picture.
_BYTES: Final = {ANIMATED_GIF: 0.85, PNG_ALPHA: 0.85, JPEG_12: 1.0, JPEG_20: 1.0, JPEG_24: 1.0}
# As wholes, to the other build. Two threads gain less over one as pixels get cheaper, so images per second count.
THREADS: Final = 1.35
THROUGHPUT: Final = 1.15
COST: Final = 0.88
_JPEGS: Final = (JPEG_12, JPEG_20, JPEG_24)


def verdicts(results: Results) -> list[Promise]:
    """Evaluate every aim."""
    return [*_cpu(results), *_bytes(results), *_quality(results), *_memory(results), *_paired(results)]


def _cpu(results: Results) -> Iterator[Promise]:
    for aim in _CPU:
        for picture, bound in aim.bounds.items():
            found = results.rounds.ratio(picture, aim.ours, aim.other) if results.rounds else None
            yield at_most(f"CPU of {picture}, {aim.ours} to {aim.other}", bound, found)


def _bytes(results: Results) -> Iterator[Promise]:
    for picture, bound in _BYTES.items():
        ours, theirs = (results.rounds.size_bytes(picture, name) if results.rounds else None for name in (OURS, SHARP))
        found = spread([ours / theirs]) if ours and theirs else None
        yield at_most(f"bytes of {picture}, {OURS} to {SHARP}", bound, found)


def _quality(results: Results) -> Iterator[Promise]:
    """A score is that of one file, which is the same in every round: nothing varies but the file."""
    for other in (SHARP, AGAINST):
        for picture in _JPEGS:
            judged = results.quality.pictures.get(picture) if results.quality else None
            scores = (
                [judged.likenesses[name].ssimulacra2 for name in (OURS, other) if name in judged.likenesses]
                if judged
                else []
            )
            measured = [score for score in scores if score is not None]
            promise, bound = f"SSIMULACRA2 of {picture}, {OURS} beside {other}", "not below it"
            if len(measured) != len((OURS, other)):
                yield Promise(promise=promise, bound=bound, figure="", holds=None)
                continue
            ours, theirs = measured
            yield Promise(promise=promise, bound=bound, figure=f"{ours:.2f} to {theirs:.2f}", holds=ours >= theirs)


def _memory(results: Results) -> Iterator[Promise]:
    memory = results.memory or {}
    for picture in (*_JPEGS, PNG_ALPHA, WEBP_12, ANIMATED_GIF):
        ours, theirs = memory.get((picture, OURS)), memory.get((picture, AGAINST))
        promise, bound = f"peak memory for {picture}, {OURS} to {AGAINST}", "at most 1.00"
        if ours is None or theirs is None:
            yield Promise(promise=promise, bound=bound, figure="", holds=None)
            continue
        figure = f"{ours / theirs:.2f} ({ours / MEBIBYTE:.0f} to {theirs / MEBIBYTE:.0f} MiB)"
        yield Promise(promise=promise, bound=bound, figure=figure, holds=ours <= theirs)


def _paired(results: Results) -> Iterator[Promise]:
    found = results.paired or PairedBuilds()
    yield at_least(f"images per second of two threads, {OURS} to {AGAINST}", THREADS, found.threads)
    yield at_least(f"images per second of the local pipeline, {OURS} to {AGAINST}", THROUGHPUT, found.throughput)
    yield at_most(f"modelled cost of a million images, {OURS} to {AGAINST}", COST, found.cost)
    for service in SERVICES:
        start = found.starts[service] if found.starts else None
        yield at_most(f"start-up CPU of {service}, {OURS} to {AGAINST}", 1.0, start)
