"""Each promise with its bound, and whether the figures keep it."""

from dataclasses import replace

import pytest
from kit.bench_runs import answers, judged

from bench import promises
from bench.contestants import OURS, SHARP, Field
from bench.figures import spread
from bench.inputs import JPEG_12, JPEG_24
from bench.quality import Quality
from bench.results import Results
from bench.throughput import Throughput


def verdict(results, *words):
    (found,) = [each for each in promises.verdicts(results) if all(word in each.promise for word in words)]
    return found


def test_a_run_that_keeps_every_bound_holds_in_every_line(results):
    assert [each for each in promises.verdicts(results) if not each.holds] == []


def test_a_promise_that_was_not_measured_neither_holds_nor_falls_short():
    nothing = Results(field=Field(contestants=(), missing={}), pictures=[], unfit={})
    assert {each.holds for each in promises.verdicts(nothing)} == {None}
    assert {each.word for each in promises.verdicts(nothing)} == {"not measured"}


def test_an_empty_run_has_as_many_promises_as_a_whole_one(results):
    nothing = Results(field=Field(contestants=(), missing={}), pictures=[], unfit={})
    assert [each.promise for each in promises.verdicts(nothing)] == [
        each.promise for each in promises.verdicts(results)
    ]


def test_the_median_of_the_rounds_decides(results):
    results.rounds.answers[JPEG_12, OURS] = [*answers(0.05, 2), *answers(0.5, 1)]
    found = verdict(results, f"CPU of {JPEG_12}", "pipeline to sharp")
    assert found.holds
    assert found.figure == "0.71 (0.71 to 7.14)"
    results.rounds.answers[JPEG_12, OURS] = [*answers(0.05, 1), *answers(0.5, 2)]
    assert verdict(results, f"CPU of {JPEG_12}", "pipeline to sharp").word == "**falls short**"


def test_large_photos_have_bounds_of_their_own(results):
    results.rounds.answers[JPEG_12, OURS] = results.rounds.answers[JPEG_24, OURS] = answers(0.065)
    assert verdict(results, f"CPU of {JPEG_12}", "pipeline to sharp").bound == "at most 0.85"
    assert not verdict(results, f"CPU of {JPEG_12}", "pipeline to sharp").holds
    assert verdict(results, f"CPU of {JPEG_24}", "pipeline to sharp").bound == "at most 0.95"
    assert verdict(results, f"CPU of {JPEG_24}", "pipeline to sharp").holds


def test_a_contestant_whose_picture_was_unfit_is_not_measured(results):
    results.rounds = results.rounds.without(((JPEG_12, SHARP),))
    assert verdict(results, f"CPU of {JPEG_12}", "pipeline to sharp").holds is None


@pytest.mark.parametrize(("score", "holds"), [(78.0, True), (77.9, False), (85.0, True)])
def test_a_picture_may_be_two_points_below_the_best_plain_one(results, score, holds):
    results.quality = Quality(pictures={**results.quality.pictures, JPEG_12: judged(score)}, hand_off_loss=0)
    assert verdict(results, JPEG_12, "SSIMULACRA2").holds is holds


def test_a_hand_off_that_changes_one_level_falls_short(results):
    results.quality = replace(results.quality, hand_off_loss=1)
    assert not verdict(results, "hand-off").holds


def test_memory_is_held_against_sharp_s(results):
    results.memory = {(JPEG_12, OURS): 73 * 2**20, (JPEG_12, SHARP): 120 * 2**20}
    assert verdict(results, "peak memory for").figure == "0.61 (73 to 120 MiB)"
    assert not verdict(results, "peak memory for").holds


def test_a_batch_must_be_fast_and_small(results):
    results.batches["resize"] = replace(results.batches["resize"], gain=spread([1.9]), peak_bytes=121 * 10**6)
    assert not verdict(results, "one by one").holds
    assert not verdict(results, "with a batch of ten").holds


@pytest.mark.parametrize(("stored", "holds"), [(200, True), (199, False)])
def test_the_local_pipeline_must_store_every_image(results, stored, holds):
    results.throughput = Throughput(images=200, stored=stored, seconds=10.0)
    assert verdict(results, "whole local pipeline").figure == f"{stored} of 200, {stored / 10:.1f} per second"
    assert verdict(results, "whole local pipeline").holds is holds


def test_one_request_too_many_is_reported(results):
    bill = [
        replace(charge, amount=3.1 if charge.what == "S3 reads" else charge.amount) for charge in results.costs.batched
    ]
    results.costs = replace(results.costs, batched=tuple(bill))
    assert verdict(results, "S3 requests").figure == "3.1 GET, 3 PUT with 2 renditions"
    assert not verdict(results, "S3 requests").holds


def test_a_dearer_design_falls_short(results):
    results.costs = replace(results.costs, naive=results.costs.batched)
    assert verdict(results, "cost of a million").figure == "1.00"
    assert not verdict(results, "cost of a million").holds
