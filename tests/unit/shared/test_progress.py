"""How far an image has come, and what is left to do for a message about it."""

import itertools

import pytest

from shared.progress import FINISHED, RANKS, Progress

SERVICES = ("resize", "watermark", "store")


def test_services_come_before_outcomes_and_failed_before_all_that_is_final():
    assert sorted(RANKS, key=RANKS.__getitem__)[:5] == ["uploaded", *SERVICES, "failed"]
    assert {name for name, rank in RANKS.items() if rank > RANKS["failed"]} == FINISHED


@pytest.mark.parametrize(("there", "here"), list(itertools.product(SERVICES, SERVICES)))
def test_a_service_is_done_with_what_a_later_one_has(there, here):
    assert Progress(service=there).done_with(here) == (SERVICES.index(there) > SERVICES.index(here))


@pytest.mark.parametrize("outcome", sorted(FINISHED))
@pytest.mark.parametrize("service", SERVICES)
def test_every_service_is_done_with_what_is_finished(service, outcome):
    assert Progress(service="resize", outcome=outcome).done_with(service)


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_is_done_with_what_failed(service):
    assert not Progress(service="store", outcome="failed").done_with(service)


@pytest.mark.parametrize(("recorded", "replays", "known"), [(0, 0, True), (0, 1, False), (2, 1, True)])
def test_a_failure_is_another_one_after_each_replay(recorded, replays, known):
    assert Progress(service="store", outcome="failed", replays=recorded).failed_in("store", replays) is known
    assert not Progress(service="store").failed_in("store", replays)
    assert not Progress(service="store", outcome="stored").failed_in("store", replays)


def test_ranks_stay_what_they_were_since_rows_have_them():
    ranks = {"resize": 1, "watermark": 2, "store": 3, "failed": 10, "vanished": 11, "superseded": 12, "stored": 13}
    assert {name: rank for name, rank in RANKS.items() if name in ranks} == ranks
    assert RANKS["vanished"] < RANKS["rejected"] < RANKS["stored"]


def test_a_failure_in_a_later_service_is_another_one():
    assert not Progress(service="resize", outcome="failed").failed_in("watermark", 0)
