"""Images as people see them."""

import pytest
from kit.ledger_rows import row

from ops.console import view
from ops.console.state import UPLOADED, Seen


def states(replaying=False, **values):
    return [
        (service.name, service.state)
        for service in view.milestones(Seen(row=row(**values), change=1, replaying=replaying))
    ]


def only(*found):
    return list(zip(("uploaded", "resize", "watermark", "store"), found, strict=True))


def test_services_light_up_one_after_the_other():
    assert states(service=UPLOADED) == only("done", "now", "todo", "todo")
    assert states(service="resize") == only("done", "done", "now", "todo")
    assert states(service="watermark") == only("done", "done", "done", "now")
    assert states(service="store", outcome="stored") == only("done", "done", "done", "done")


def test_a_failure_is_shown_where_it_happened():
    assert states(service="resize", outcome="failed") == only("done", "failed", "todo", "todo")
    assert states(service="store", outcome="failed") == only("done", "done", "done", "failed")


def test_an_image_that_ended_otherwise_did_not_fail():
    assert states(service="resize", outcome="vanished") == only("done", "ended", "todo", "todo")
    assert states(service="store", outcome="superseded") == only("done", "done", "done", "ended")


def test_a_replayed_image_is_at_work_where_it_failed():
    assert states(service="store", outcome="failed", replaying=True) == only("done", "done", "done", "now")


def test_each_service_reports_how_long_it_took():
    seen = Seen(row=row(service="store", outcome="stored", seconds={"resize": 0.1234, "store": 2.26}), change=1)
    reported = {service.name: service.shown for service in view.milestones(seen)}
    # What was replayed past a service has no figure of it.
    assert (reported["resize"], reported["watermark"], reported["store"]) == ("123 ms", "", "2.3 s")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 ms"), (0.0854, "85 ms"), (1, "1.0 s"), (59.94, "59.9 s"), (250, "4 min 10 s")]
)
def test_durations_are_for_people(seconds, words):
    assert view.duration_words(seconds) == words


def test_the_facts_of_an_image_hold_its_warnings():
    assert ("note", "page 1 of 3") in view.facts(row(outcome="stored", warnings=("page 1 of 3",)))
    assert "note" not in dict(view.facts(row(outcome="stored")))


def test_an_outcome_is_one_word():
    assert view.outcome(Seen(row=row(), change=1)) == "on its way"
    assert view.outcome(Seen(row=row(outcome="stored"), change=1)) == "stored"
    assert view.outcome(Seen(row=row(outcome="failed"), change=1, replaying=True)) == "replayed"


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [(None, "pending"), ("stored", "stored"), ("failed", "failed"), ("superseded", "other"), ("vanished", "other")],
)
def test_rows_are_distinguished_by_four_kinds(outcome, kind):
    assert view.kind(Seen(row=row(outcome=outcome), change=1)) == kind


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a.jpg", [("a.jpg", False)]),
        ("gpj.\u202eexe", [("gpj.", False), (r"\u202e", True), ("exe", False)]),
        ("a\nb\r", [("a", False), (r"\n", True), ("b", False), (r"\r", True)]),
        (r"a\nb", [(r"a\nb", False)]),
        ("\x00\ud800", [(r"\x00", True), (r"\ud800", True)]),
        ("שלום <b>", [("שלום <b>", False)]),
        ("", []),
    ],
)
def test_what_would_not_be_seen_is_shown_and_distinguished(name, shown):
    assert [(piece.text, piece.escaped) for piece in view.pieces(name)] == shown


def test_the_total_is_from_the_upload_to_the_last_that_is_known():
    assert view.total(row(uploaded=1, updated=4)) == "3.0 s"
    assert view.total(row(uploaded=4, updated=1)) == "0 ms"
    assert view.total(row(service=UPLOADED)) == ""


@pytest.mark.parametrize(("rate", "words"), [(0, "0"), (0.04, "< 0.1"), (1.26, "1.3"), (17.4, "17")])
def test_a_rate_has_two_figures(rate, words):
    assert view.rate_words(rate) == words


def test_facts_that_are_none_are_left_out():
    reported = dict(view.facts(row(version_id=None)))
    assert reported["version"].startswith("none")
    assert "why" not in reported
    assert dict(view.facts(row(error="E", reason="r", replays=2)))["why"] == "E: r"


@pytest.mark.parametrize(
    ("name", "halves"),
    [
        ("short.jpg", ("short.jpg", "")),
        ("holiday/a long name of a picture 17.jpg", ("holiday/a long name of a ", "picture 17.jpg")),
        ("holiday/תמונה ארוכה מאוד של החופש.jpg", ("holiday/תמונה ארוכה מאוד של החופש.jpg", "")),
    ],
)
def test_a_name_is_cut_before_its_end_unless_it_may_run_from_right_to_left(name, halves):
    assert view.halves(name) == halves


def test_seconds_are_those_that_the_words_say_and_none_where_nobody_knows():
    assert view.took_seconds(row(updated=4, outcome="stored")) == 4.0
    assert view.took_seconds(row(service=UPLOADED)) is None
    assert view.took_seconds(row(uploaded=4, updated=1)) == 0.0
