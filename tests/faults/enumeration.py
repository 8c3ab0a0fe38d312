"""Every call that a good run makes, times every way in which it can fail: one drop for each."""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faults import world
from faults.checker import Expected, Verdict, judge
from faults.lambdas import Lambdas
from faults.proxy import Proxy
from faults.rules import Plan, Point

from ops.names import STAGES

# Of every call. `lost_once` is healed by the SDK itself, all others reach the handler or its process.
FAULTS = ("kill_before", "kill_after", "unavailable", "lost_response", "throttled", "lost_once")
ANSWER_LOST = "answer_lost"


@dataclass(frozen=True, kw_only=True)
class Golden:
    """What a good run gives of each image, or group of images.

    Args:
        images: the bytes of each by its name, by the group's name.
        outcomes: of each image, by (group, name).
        outputs: the ETag of each output by its key without the point, by (group, name).
        calls: the names of the calls that each stage made of a group, in their order.
    """

    images: Mapping[str, Mapping[str, bytes]]
    outcomes: Mapping[tuple[str, str], str]
    outputs: Mapping[tuple[str, str], Mapping[str, str]]
    calls: Mapping[tuple[str, str], Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run and what is said of it.

    Args:
        verdict: the checker's.
        tried: how many points of each (stage, call, fault).
        unfired: points whose fault was never met.
        images: how many were dropped.
        invocations: of the functions.
        deaths: processes that were killed.
    """

    verdict: Verdict
    tried: Mapping[tuple[str, str, str], int]
    unfired: Sequence[str]
    images: int
    invocations: int
    deaths: int


def key(point: int, name: str) -> str:
    """The key of an image of a point."""
    return f"pt-{point:05d}-{name}"


def record(
    local: Any,
    groups: Mapping[str, Mapping[str, bytes]],
    folder: Path,
    *,
    first: int = 0,
    **options: Any,
) -> Golden:
    """Run every group once without a fault."""
    plan = Plan()
    numbered = dict(enumerate(groups, first))
    files = {key(number, name): data for number, group in numbered.items() for name, data in groups[group].items()}
    _run(local, plan, files, folder, lost=set(), options=options)
    observed = world.look(local)
    outcomes, outputs = {}, {}
    for number, group in numbered.items():
        prefix = f"pt-{number:05d}-"
        for name in groups[group]:
            (outcome,) = observed.outcomes[prefix + name]
            outcomes[group, name] = outcome
            stem = f"{prefix}{Path(name).stem}-"
            outputs[group, name] = {
                each.removeprefix(prefix): etag for each, etag in observed.outputs.items() if each.startswith(stem)
            }
    calls = {
        (group, stage): [call.name for call in plan.calls[f"{number:05d}"] if call.stage == stage]
        for number, group in numbered.items()
        for stage in STAGES
    }
    return Golden(images=groups, outcomes=outcomes, outputs=outputs, calls=calls)


def points(golden: Golden, faults: Sequence[str] = FAULTS) -> list[tuple[str, str, Point | None]]:
    """All points as (group, stage, point); a point of None is a lost answer of the function itself."""
    found: list[tuple[str, str, Point | None]] = []
    for (group, stage), calls in golden.calls.items():
        for (number, name), fault in itertools.product(enumerate(calls), [*faults, "conflict"]):
            if fault != "conflict" or name.endswith("?"):
                found.append((group, stage, Point(stage=stage, number=number, fault=fault)))  # type: ignore[arg-type]
        if calls:
            found.append((group, stage, None))
    return found


def run(
    local: Any,
    golden: Golden,
    chosen: Iterable[tuple[str, str, Point | None]],
    folder: Path,
    *,
    first: int = 10_000,
    delay_seconds: float = 1,
    **options: Any,
) -> Run:
    """Drop each point's images once, all at the same time, and judge what becomes of them."""
    numbered = dict(enumerate(chosen, first))
    plan = Plan({f"{number:05d}": point for number, (_, _, point) in numbered.items() if point is not None})
    lost = {(stage, f"{number:05d}") for number, (_, stage, point) in numbered.items() if point is None}
    files: dict[str, bytes] = {}
    expected: dict[str, Expected] = {}
    for number, (group, _, _) in numbered.items():
        for name, data in golden.images[group].items():
            files[key(number, name)] = data
            expected[key(number, name)] = Expected(
                outcome=golden.outcomes[group, name],
                outputs={key(number, output): etag for output, etag in golden.outputs[group, name].items()},
            )
    before = world.look(local)
    lambdas = _run(local, plan, files, folder, lost=lost, delay_seconds=delay_seconds, options=options)
    verdict = judge(expected, world.without(world.look(local), before))
    fired = plan.fired | {point for _, point in lambdas.answers_lost}
    return Run(
        verdict=verdict,
        tried=Counter(
            (stage, golden.calls[group, stage][point.number], point.fault) if point else (stage, "answer", ANSWER_LOST)
            for group, stage, point in numbered.values()
        ),
        unfired=[str(each) for number, each in numbered.items() if f"{number:05d}" not in fired],
        images=len(files),
        invocations=lambdas.invocations,
        deaths=lambdas.deaths,
    )


def _run(
    local: Any,
    plan: Plan,
    files: Mapping[str, bytes],
    folder: Path,
    *,
    lost: set[tuple[str, str]],
    delay_seconds: float = 1,
    options: Mapping[str, Any],
) -> Lambdas:
    folder.mkdir(parents=True, exist_ok=True)
    with Proxy(local.emulator.endpoint, STAGES, plan) as proxy:
        proxy.delay_seconds = delay_seconds
        world.drop(local, files, proxy)
        with Lambdas(local, proxy.endpoints, folder, **options) as lambdas:
            lambdas.lost_answers = lost
            proxy.kill = lambdas.kill
            if not lambdas.drain(30 + len(files)):
                raise RuntimeError("the queues do not run dry")
    return lambdas
