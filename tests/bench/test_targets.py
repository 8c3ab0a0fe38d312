"""The aims against another build and other software."""

from dataclasses import replace

import pytest
from kit.bench_runs import answers, judged, likeness

from bench import targets
from bench.contestants import AGAINST, OURS, SHARP, Field
from bench.figures import spread
from bench.inputs import JPEG_12
from bench.paired_builds import PairedBuilds
from bench.quality import Quality
from bench.results import Results


def verdict(results, *words):
    (found,) = [each for each in targets.verdicts(results) if all(word in each.promise for word in words)]
    return found


def test_nothing_measured_is_neither_met_nor_missed():
    nothing = Results(field=Field(contestants=(), missing={}), pictures=[], unfit={})
    assert {each.holds for each in targets.verdicts(nothing)} == {None}


@pytest.mark.parametrize(("seconds", "holds"), [(0.0719, True), (0.0721, False)])
def test_a_ratio_to_the_other_build_is_paired_and_held_to_its_bound(results, seconds, holds):
    results.rounds.answers[JPEG_12, OURS] = answers(seconds)
    results.rounds.answers[JPEG_12, AGAINST] = answers(0.1)
    assert verdict(results, f"CPU of {JPEG_12}", AGAINST).holds is holds


def test_a_run_without_another_build_says_so(results):
    assert verdict(results, f"CPU of {JPEG_12}", AGAINST).word == "not measured"


@pytest.mark.parametrize(("size_bytes", "holds"), [(90_000, True), (89_999, False)])
def test_a_jpeg_may_have_as_many_bytes_as_sharp_s(results, size_bytes, holds):
    results.rounds.answers[JPEG_12, SHARP] = [replace(each, size_bytes=size_bytes) for each in answers(0.07)]
    assert verdict(results, f"bytes of {JPEG_12}", SHARP).holds is holds


@pytest.mark.parametrize(("score", "holds"), [(79.0, True), (79.1, False)])
def test_a_picture_must_not_look_worse_than_sharp_s(results, score, holds):
    results.quality = Quality(pictures={JPEG_12: judged(79.0, **{SHARP: likeness(score)})}, hand_off_loss=0)
    assert verdict(results, f"SSIMULACRA2 of {JPEG_12}", f"beside {SHARP}").holds is holds


@pytest.mark.parametrize(("peak_bytes", "holds"), [(60 * 2**20, True), (60 * 2**20 - 1, False)])
def test_memory_must_not_grow(results, peak_bytes, holds):
    results.memory = {(JPEG_12, OURS): 60 * 2**20, (JPEG_12, AGAINST): peak_bytes}
    assert verdict(results, f"peak memory for {JPEG_12}").holds is holds


@pytest.mark.parametrize(("ratio", "holds"), [(1.35, True), (1.34, False)])
def test_two_threads_make_more_images_than_the_other_build_s(results, ratio, holds):
    results.paired = PairedBuilds(threads=spread([ratio]))
    assert verdict(results, "two threads").holds is holds
    assert verdict(results, "local pipeline").holds is None


@pytest.mark.parametrize(("ratio", "holds"), [(1.0, True), (1.01, False)])
def test_no_function_starts_slower_than_the_other_build_s(results, ratio, holds):
    results.paired = PairedBuilds(starts={"resize": spread([ratio]), "watermark": spread([0.9]), "store": spread([1])})
    assert verdict(results, "start-up CPU of resize").holds is holds
