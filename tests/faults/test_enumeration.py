"""No failure of any call, in any of its ways, loses an image or leaves a stale one."""

from collections import Counter

import pytest
from faults import enumeration, log
from faults.conftest import ALL
from faults.rules import Point

from ops.names import SERVICES

# How many points are tried together, so that the waits of some overlap with the work of others.
TOGETHER = 400
# `make test-all` tries one point in N. N does not divide the number of points of any call, so each kind is met.
ONE_IN = 11


def batched(items, size):
    return [items[start : start + size] for start in range(0, len(items), size)]


def notified(name, runs, golden):
    """Say what was tried."""
    by_fault, by_call = Counter(), Counter()
    for run in runs:
        for (service, call, fault), count in run.tried.items():
            by_fault[fault] += count
            by_call[f"{service} {call}"] += count
    summary = {
        "run": name,
        "points": by_fault.total(),
        "images": len(golden.outcomes),
        "uploads": sum(run.images for run in runs),
        "invocations": sum(run.invocations for run in runs),
        "processes killed": sum(run.deaths for run in runs),
        **{kind: sum(len(getattr(run.verdict, kind)) for run in runs) for kind in ("lost", "stale", "unexpected")},
        "duplicates": dict(sum((Counter(run.verdict.duplicates) for run in runs), Counter())),
        "faults never met": sum(len(run.unfired) for run in runs),
        "by fault": dict(by_fault),
        "by call": dict(sorted(by_call.items())),
    }
    log.write(summary)


@pytest.fixture(scope="module")
def golden(local, images, tmp_path_factory):
    return enumeration.record(
        local, {name: {name: data} for name, data in images.items()}, tmp_path_factory.mktemp("golden"), slots=4
    )


def test_a_good_run_stores_what_is_good_and_nothing_else(golden, images):
    assert len(images) >= 30
    bad = {name for name in images if name.startswith("cut-")} | {"empty.jpg", "page.jpg", "eps.png", "bomb.bmp"}
    assert {name for (_, name), outcome in golden.outcomes.items() if outcome == "failed"} == bad
    assert all(len(golden.outputs[name, name]) == (0 if name in bad else 2) for name in images)
    assert set(golden.calls["tagged.jpg", "resize"]) - set(golden.calls["photo.jpg", "resize"]) == {
        "s3.GetObjectTagging"
    }


def test_a_crash_refusal_or_lost_answer_at_any_call_loses_nothing(local, golden, tmp_path):
    points = enumeration.points(golden)
    chosen = points if ALL else points[::ONE_IN]
    runs = [
        enumeration.run(local, golden, some, tmp_path / str(number), first=10_000 + number * TOGETHER, slots=8)
        for number, some in enumerate(batched(chosen, TOGETHER))
    ]
    notified("one image at a time", runs, golden)
    for run in runs:
        assert run.verdict.good, run.verdict
        assert run.unfired == []
    assert {fault for run in runs for _, _, fault in run.tried} == {*enumeration.FAULTS, "conflict", "answer_lost"}
    assert {service for run in runs for service, _, _ in run.tried} == set(SERVICES)


def test_a_crash_refusal_or_lost_answer_in_a_batch_loses_none_of_it(local, images, tmp_path):
    names = ["photo.jpg", "alpha.png", "moving.gif", "page.jpg"]
    groups = {"four": {name: images[name] for name in names}}
    recorded = enumeration.record(local, groups, tmp_path / "golden", batch_size=10, slots=2, first=5_000)
    faults = ("kill_before", "kill_after", "unavailable", "lost_response")
    points = enumeration.points(recorded, faults)
    run = enumeration.run(
        local,
        recorded,
        points if ALL else points[::7],
        tmp_path / "run",
        first=6_000,
        batch_size=10,
        slots=3,
    )
    notified("batches of ten", [run], recorded)
    assert run.verdict.good, run.verdict


def test_a_second_failure_while_the_first_is_recovered_from_loses_nothing(local, golden, tmp_path):
    faults = ("kill_before", "kill_after", "unavailable", "lost_response")
    trials = enumeration.deepened(golden, ("photo.jpg", "page.jpg"), faults)
    chosen = trials if ALL else trials[::67]
    runs = [
        enumeration.run(local, golden, some, tmp_path / str(number), first=40_000 + number * TOGETHER, slots=8)
        for number, some in enumerate(batched(chosen, TOGETHER))
    ]
    notified("two faults of one image", runs, golden)
    for run in runs:
        assert run.verdict.good, run.verdict


# What is uploaded under a key just before an image, and the overrides of that: its outputs are called the same, or
# otherwise because of what it is, or of what its uploader asks for.
OLDER = {
    "two versions of one key": ("photo.jpg", "grey.jpg", {}),
    "two formats under one key": ("no-extension", "alpha.png", {}),
    "other renditions under one key": (
        "photo.jpg",
        "grey.jpg",
        {"pipeline-format": "webp", "pipeline-renditions": "thumb"},
    ),
}


@pytest.mark.parametrize("case", OLDER)
def test_a_failure_while_a_newer_version_overtakes_an_older_leaves_the_newer_alone(
    local, golden, images, tmp_path, case
):
    group, older, overrides = OLDER[case]
    # The older version's calls count, too; the newer one's are more where it removes outputs.
    numbers = {"resize": range(8), "watermark": range(8), "store": range(28)}
    trials = [
        enumeration.Trial(group=group, service=service, points=(Point(service=service, number=number, fault=fault),))
        for service, some in numbers.items()
        for number in some
        for fault in ("kill_before", "kill_after", "unavailable", "lost_response", "throttled")
    ]
    run = enumeration.run(
        local,
        golden,
        trials if ALL else trials[::7],
        tmp_path,
        first=70_000 + 1_000 * list(OLDER).index(case),
        slots=8,
        older={group: images[older]},
        overrides=overrides,
    )
    notified(case, [run], golden)
    assert run.verdict.good, run.verdict


def test_a_call_that_outlasts_the_function_s_time_loses_nothing_and_leaves_nothing_stale(local, golden, tmp_path):
    trials = enumeration.points(golden, ("delayed",))
    points = [each for each in trials if each.group == "photo.jpg" and any(p.fault == "delayed" for p in each.points)]
    # Of nine seconds five are kept for the answer: what waits in a step is handed back, and its thread goes on; what
    # waits after that is over its time, and the process is ended.
    run = enumeration.run(local, golden, points, tmp_path, first=80_000, slots=8, seconds=9, delay_seconds=11)
    notified("over the function's time", [run], golden)
    assert run.verdict.good, run.verdict
    assert run.unfired == []
    # How many depends on how busy the machine is: what comes late to a step is handed back, and outlasts nothing.
    assert run.deaths >= 1


def test_the_harness_sees_a_message_that_is_acknowledged_and_was_never_sent(local, golden, tmp_path):
    points = [
        each
        for each in enumeration.points(golden, ("unavailable",))
        for point in each.points
        if golden.calls[each.group, each.service][point.number] == "sqs.SendMessageBatch"
    ][:4]
    run = enumeration.run(local, golden, points, tmp_path, first=90_000, slots=2, break_with="faults.broken")
    assert len(run.verdict.lost) >= 4
