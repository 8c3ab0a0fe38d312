"""Every call that a good run makes, times every way in which it can fail: one upload for each."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from faults import world
from faults.checker import Checked, Expected, judge
from faults.lambdas import Lambdas
from faults.proxy import Proxy
from faults.rules import FaultPlan, Point

from ops.names import SERVICES
from shared.messages import UploadBatch

# Of every call. `lost_once` is healed by the SDK itself, all others reach the handler or its process.
FAULTS = ("kill_before", "kill_after", "unavailable", "lost_response", "throttled", "lost_once")
ANSWER_LOST = "answer_lost"

# How long all may take to come to rest, beside a second for each image: what a killed function held is hidden for six
# of its timeouts, more than once where it is killed more than once, and a busy machine takes its time.
QUIET_SECONDS = 240


@dataclass(frozen=True, kw_only=True)
class Golden:
    """What a good run gives of each image, or group of images.

    Args:
        images: the bytes of each by its name, by the group's name.
        outcomes: of each image, by (group, name).
        outputs: the ETag of each output by its key without the point, by (group, name).
        calls: the names of the calls that each service made of a group, in their order.
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
        tried: how many points of each (service, call, fault).
        unfired: points whose fault was never met.
        images: how many were uploaded.
        invocations: of the functions.
        deaths: processes that were killed.
    """

    verdict: Checked
    tried: Mapping[tuple[str, str, str], int]
    unfired: Sequence[str]
    images: int
    invocations: int
    deaths: int


def key(point: int, name: str) -> str:
    """The key of an image of a point."""
    return f"pt-{point:05d}-{name}"


def batch(point: int) -> str:
    """The id of the batch that a point's images are uploaded in; a call that names it is one about them."""
    return f"pt-{point:05d}-b"


def places(groups: Mapping[int, Iterable[str]], missing: int = 0) -> dict[str, UploadBatch]:
    """The place in a batch of each image by its key: each point's images are one, with more that are never uploaded."""
    numbered = {point: list(names) for point, names in groups.items()}
    return {
        key(point, name): UploadBatch(id=batch(point), number=number, size=len(names) + missing)
        for point, names in numbered.items()
        for number, name in enumerate(names)
    }


def record(
    local: Any,
    groups: Mapping[str, Mapping[str, bytes]],
    folder: Path,
    *,
    first: int = 0,
    together: bool = False,
    missing: int = 0,
    **options: Any,
) -> Golden:
    """Run every group once without a fault; together: each as a batch, of which some were never uploaded."""
    plan = FaultPlan()
    numbered = dict(enumerate(groups, first))
    files = {key(number, name): data for number, group in numbered.items() for name, data in groups[group].items()}
    batches = places({number: groups[group] for number, group in numbered.items()}, missing) if together else {}
    _run(local, plan, [files], folder, lost=set(), batches=batches, options=options)
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
        (group, service): [call.name for call in plan.calls[f"{number:05d}"] if call.service == service]
        for number, group in numbered.items()
        for service in SERVICES
    }
    return Golden(images=groups, outcomes=outcomes, outputs=outputs, calls=calls)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One upload of a group and what goes wrong with it.

    Args:
        group: its name.
        service: where it begins to go wrong.
        points: the faults; none where the function's own answer is lost.
    """

    group: str
    service: str
    points: tuple[Point, ...] = ()


def points(golden: Golden, faults: Sequence[str] = FAULTS) -> list[Trial]:
    """Every call times every fault, and the answer of each function."""
    found: list[Trial] = []
    for (group, service), calls in golden.calls.items():
        for (number, name), fault in itertools.product(enumerate(calls), [*faults, "conflict"]):
            if fault != "conflict" or name.endswith("?"):
                point = Point(service=service, number=number, fault=fault)  # type: ignore[arg-type]
                found.append(Trial(group=group, service=service, points=(point,)))
        if calls:
            found.append(Trial(group=group, service=service))
    return found


def deepened(golden: Golden, groups: Sequence[str], faults: Sequence[str]) -> list[Trial]:
    """Every call times every fault, and every call of the recovery from that times every fault."""
    found = []
    for trial in points(golden, faults):
        if trial.group in groups and trial.points and trial.points[0].fault in faults:
            (first,) = trial.points
            # The recovery asks the ledger, and does all again.
            after = range(first.number + 1, first.number + len(golden.calls[trial.group, trial.service]) + 2)
            for number, fault in itertools.product(after, faults):
                second = Point(service=trial.service, number=number, fault=fault)  # type: ignore[arg-type]
                found.append(replace(trial, points=(first, second)))
    return found


def run(
    local: Any,
    golden: Golden,
    chosen: Iterable[Trial],
    folder: Path,
    *,
    first: int = 10_000,
    delay_seconds: float = 1,
    older: Mapping[str, bytes] | None = None,
    overrides: Mapping[str, str] | None = None,
    together: bool = False,
    missing: int = 0,
    uploaded: Callable[[], None] = lambda: None,
    **options: Any,
) -> Run:
    """Upload each trial's images, all at the same time, and judge what becomes of them.

    Args:
        local: the pipeline, with its mappings off.
        golden: what a good run gives.
        chosen: the trials.
        folder: for logs.
        first: the number of the first trial: each needs one of its own.
        delay_seconds: of the fault `delayed`.
        older: by an image's name, what is uploaded under the same key just before it.
        overrides: of what is uploaded before it, so that its outputs are called otherwise.
        together: each trial's images are a batch.
        missing: how many more each batch has, which are never uploaded: it ends by its time-out.
        uploaded: called when all is uploaded, and before any function works.
        options: of Lambdas.
    """
    numbered = dict(enumerate(chosen, first))
    plan = FaultPlan({f"{number:05d}": trial.points for number, trial in numbered.items()})
    lost = {(trial.service, f"{number:05d}") for number, trial in numbered.items() if not trial.points}
    files: dict[str, bytes] = {}
    before: dict[str, bytes] = {}
    expected: dict[str, Expected] = {}
    for number, trial in numbered.items():
        for name, data in golden.images[trial.group].items():
            files[key(number, name)] = data
            if older and name in older:
                before[key(number, name)] = older[name]
            expected[key(number, name)] = Expected(
                outcome=golden.outcomes[trial.group, name],
                outputs={key(number, output): etag for output, etag in golden.outputs[trial.group, name].items()},
                versions=2 if older and name in older else 1,
            )
    there = world.look(local)
    batches = places({n: golden.images[trial.group] for n, trial in numbered.items()}, missing) if together else {}
    lambdas = _run(
        local,
        plan,
        [before, files],
        folder,
        lost=lost,
        delay_seconds=delay_seconds,
        batches=batches,
        overrides=[overrides or {}, {}],
        uploaded=uploaded,
        options=options,
    )
    digests = {batch(number): _counts(golden, trial.group, missing) for number, trial in numbered.items() if together}
    verdict = judge(expected, world.without(world.look(local), there), digests)
    met = plan.fired + Counter(point for _, point in lambdas.answers_lost)
    return Run(
        verdict=verdict,
        tried=Counter(_what(golden, trial) for trial in numbered.values()),
        unfired=[str(trial) for number, trial in numbered.items() if met[f"{number:05d}"] < max(1, len(trial.points))],
        images=len(files) + len(before),
        invocations=lambdas.invocations,
        deaths=lambdas.deaths,
    )


def _counts(golden: Golden, group: str, missing: int) -> dict[str, int]:
    """What a digest must count of a group."""
    outcomes = Counter(golden.outcomes[group, name] for name in golden.images[group])
    size = outcomes.total() + missing
    return {"stored": outcomes["stored"], "failed": outcomes["failed"], "missing": missing, "size": size}


def _what(golden: Golden, trial: Trial) -> tuple[str, str, str]:
    """The service, the call and the fault of a trial."""
    if not trial.points:
        return trial.service, "answer", ANSWER_LOST
    first, *more = trial.points
    calls = golden.calls[trial.group, trial.service]
    # A key of two versions has more calls than one.
    call = calls[first.number] if first.number < len(calls) else "of the newer version"
    return trial.service, call, " then ".join([first.fault, *(point.fault for point in more)])


def _run(
    local: Any,
    plan: FaultPlan,
    uploads: Sequence[Mapping[str, bytes]],
    folder: Path,
    *,
    lost: set[tuple[str, str]],
    delay_seconds: float = 1,
    batches: Mapping[str, UploadBatch],
    overrides: Sequence[Mapping[str, str]] = ({},),
    uploaded: Callable[[], None] = lambda: None,
    options: Mapping[str, Any],
) -> Lambdas:
    folder.mkdir(parents=True, exist_ok=True)
    # Of these some were never uploaded.
    overdue = [each for each in batches.values() if each.number == 0 and each.size > _members(batches, each)]
    world.open_batches(local, overdue)
    with Proxy(local.emulator.endpoint, SERVICES, plan) as proxy:
        proxy.delay_seconds = delay_seconds
        for files, overriding in zip(uploads, overrides, strict=True):
            world.upload(local, files, proxy, batches, overriding)
        uploaded()
        with Lambdas(local, proxy.endpoints, folder, **options) as lambdas:
            lambdas.lost_answers = lost
            proxy.kill, lambdas.delayed = lambdas.kill, lambda: proxy.delayed
            for due in ([], overdue) if overdue else ([],):
                world.send_due(local, due)
                if not lambdas.drain(QUIET_SECONDS + sum(map(len, uploads))):
                    raise RuntimeError("the queues do not run dry")
    return lambdas


def _members(batches: Mapping[str, UploadBatch], batch: UploadBatch) -> int:
    return sum(each.id == batch.id for each in batches.values())
