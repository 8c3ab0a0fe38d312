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


@pytest.mark.parametrize(
    ("outcome", "recorded", "replays", "notified"),
    [
        ("stored", 0, 5, True),
        ("failed", 0, 0, True),
        ("failed", 0, 1, False),
        ("failed", 2, 1, True),
    ],
)
def test_a_failure_is_reported_again_after_each_replay_and_an_image_is_stored_once(
    outcome, recorded, replays, notified
):
    assert (
        Progress(service="store", outcome=outcome, replays=recorded).reports_of(outcome, "store", replays) is notified
    )
    assert not Progress(service="store").reports_of(outcome, "store", replays)


def test_nobody_is_notified_that_an_image_is_rejected_which_is_stored():
    assert Progress(service="store", outcome="stored").reports_of("rejected", "resize", 0)
    assert Progress(service="resize", outcome="rejected").reports_of("rejected", "resize", 0)
    for outcome in ("failed", "vanished", "superseded", None):
        assert not Progress(service="resize", outcome=outcome).reports_of("rejected", "resize", 0)
    assert not Progress(service="resize", outcome="rejected").reports_of("stored", "store", 0)


def test_ranks_stay_what_they_were_since_rows_have_them():
    ranks = {"resize": 1, "watermark": 2, "store": 3, "failed": 10, "vanished": 11, "superseded": 12, "stored": 13}
    assert {name: rank for name, rank in RANKS.items() if name in ranks} == ranks
    assert RANKS["vanished"] < RANKS["rejected"] < RANKS["stored"]


def test_a_failure_in_a_later_service_is_reported_again():
    assert not Progress(service="resize", outcome="failed").reports_of("failed", "watermark", 0)
    assert Progress(service="watermark", outcome="stored").reports_of("stored", "store", 0)
