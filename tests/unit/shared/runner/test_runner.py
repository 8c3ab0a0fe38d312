"""The runner: a batch in, an outcome for each, the unfinished handed back."""

import json
import threading

import pytest
from kit.runners import KEYS, Bench, message, passed_on, source, stored

from shared.errors import AwsUnavailable, BadMessage, UnsupportedImage
from shared.release import VERSION
from shared.runner.failures import pause_seconds
from shared.runner.steps import Emit, Finish


def test_what_is_done_is_passed_on_and_notified_to_the_ledger():
    bench = Bench()
    assert bench.run(*KEYS) == []
    assert sorted(bench.next_queue.sent) == sorted(passed_on(key).encode() for key in KEYS)
    assert {(entry.source.key, entry.service, entry.outcome) for entry in bench.ledger.entries} == {
        (key, "resize", None) for key in KEYS
    }
    assert bench.notices.published == []


def test_ten_messages_go_in_one_request():
    bench = Bench()
    bench.run(*KEYS)
    assert len(bench.next_queue.requests) == 1


def test_one_poison_fails_alone():
    bench = Bench({"3.jpg": UnsupportedImage("no image")})
    assert bench.run(*KEYS) == []
    assert [entry.body for entry in bench.source_queue.dead_lettered] == ["3.jpg"]
    assert len(bench.next_queue.sent) == 9


def test_a_permanent_error_is_dead_lettered_at_once_with_its_reason():
    bench = Bench({"a": UnsupportedImage("the bytes are text")})
    assert bench.run(message("a", replays=2)) == []
    (entry,) = bench.source_queue.dead_lettered
    assert entry.body == "a"
    assert entry.attributes == {
        "service": "resize",
        "error": "UnsupportedImage",
        "reason": "the bytes are text",
        "attempts": "1",
        "first_failure": "2026-01-01T00:00:01.000Z",
        "replays": "2",
        "image_id": source("a").image_id,
        "key": "a",
    }
    assert bench.source_queue.pauses == {}


def test_a_failure_is_reported_to_subscribers_and_the_ledger():
    bench = Bench({"a": UnsupportedImage("the bytes are text")})
    bench.run("a")
    (notice,) = bench.notices.published
    assert (notice.source, notice.service, notice.error, notice.reason, notice.attempts, notice.dlq) == (
        source("a"),
        "resize",
        "UnsupportedImage",
        "the bytes are text",
        1,
        "pics-resize-dlq",
    )
    assert [(entry.outcome, entry.error, entry.reason) for entry in bench.ledger.entries] == [
        ("failed", "UnsupportedImage", "the bytes are text")
    ] * 2  # before subscribers are notified, and that they are


def test_a_failure_is_reported_once_however_often_it_comes_back():
    bench = Bench({"a": UnsupportedImage("x")})
    bench.run("a")
    bench.run(message("a", receives=2))
    assert len(bench.notices.published) == 1


def test_a_replay_that_fails_again_is_reported_again():
    bench = Bench({"a": UnsupportedImage("x")})
    bench.run("a")
    bench.run(message("a", replays=1))
    assert [notice.notice_id[-8:] for notice in bench.notices.published] == ["failed-0", "failed-1"]


@pytest.mark.parametrize(
    "error", [AwsUnavailable("503"), MemoryError(), ValueError("a bug")], ids=["aws", "memory", "bug"]
)
def test_what_may_pass_comes_back_after_a_pause(error):
    bench = Bench({"a": error})
    assert bench.run("a", "b") == ["a"]
    assert bench.source_queue.dead_lettered == []
    assert 2 <= bench.source_queue.pauses["handle-a"] <= 4
    assert bench.notices.published == []
    assert len(bench.next_queue.sent) == 1


@pytest.mark.parametrize(
    ("error", "name"),
    [(AwsUnavailable("503"), "AwsUnavailable"), (KeyError("k"), "KeyError")],
)
def test_the_last_attempt_is_dead_lettered_with_its_own_reason(error, name):
    bench = Bench({"a": error})
    assert bench.run(message("a", receives=4)) == ["a"]
    assert bench.run(message("a", receives=5)) == []
    (entry,) = bench.source_queue.dead_lettered
    assert (entry.attributes["error"], entry.attributes["attempts"]) == (name, "5")


def test_memory_that_runs_out_twice_is_not_tried_a_third_time():
    bench = Bench({"a": MemoryError("cannot allocate")})
    assert bench.run(message("a", receives=1)) == ["a"]
    assert bench.run(message("a", receives=2), "b") == []
    (entry,) = bench.source_queue.dead_lettered
    assert (entry.attributes["error"], entry.attributes["attempts"]) == ("OutOfMemory", "2")
    assert entry.attributes["reason"] == "out of memory: cannot allocate"
    assert len(bench.next_queue.sent) == 1


def test_an_error_without_words_has_a_reason_all_the_same():
    bench = Bench({"a": MemoryError()})
    bench.run(message("a", receives=2))
    assert bench.source_queue.dead_lettered[0].attributes["reason"] == "out of memory: no detail"


def test_when_every_attempt_died_the_last_receive_says_so_and_attempts_no_more():
    bench = Bench()
    assert bench.run(message("a", receives=6)) == []
    assert bench.steps == []
    (entry,) = bench.source_queue.dead_lettered
    assert entry.attributes["error"] == "FunctionDied"
    assert "each of 5 attempts" in entry.attributes["reason"]
    assert entry.attributes["key"] == "a"


def test_pauses_grow_and_are_bounded():
    shortest = [min(pause_seconds(receives) for _ in range(200)) for receives in range(1, 5)]
    longest = [max(pause_seconds(receives) for _ in range(200)) for receives in range(1, 5)]
    assert all(
        2 * 3 ** (n) <= low and high <= 4 * 3**n for n, (low, high) in enumerate(zip(shortest, longest, strict=True))
    )
    assert len({pause_seconds(4) for _ in range(50)}) > 5
    assert pause_seconds(1000) <= 900


def test_a_message_that_cannot_be_read_is_dead_lettered_without_an_image():
    bench = Bench()
    assert bench.run("?what", "a") == []
    (entry,) = bench.source_queue.dead_lettered
    assert entry.attributes["error"] == "BadMessage"
    assert "key" not in entry.attributes
    (notice,) = bench.notices.published
    assert notice.source is None
    assert len(bench.next_queue.sent) == 1


def test_nothing_to_do_is_done():
    bench = Bench()
    assert bench.run("-") == []
    assert (bench.next_queue.requests, bench.ledger.entries, bench.source_queue.dead_lettered) == ([], [], [])


def test_a_message_that_the_next_queue_refuses_comes_back_alone():
    bench = Bench()
    bench.next_queue.refuse = lambda body: "4.jpg" in body
    assert bench.run(*KEYS) == ["4.jpg"]
    assert "handle-4.jpg" in bench.source_queue.pauses


def test_a_message_that_the_dlq_refuses_stays_in_the_queue():
    bench = Bench({"a": UnsupportedImage("x"), "b": UnsupportedImage("y")})
    bench.source_queue.refused = {"a"}
    assert bench.run("a", "b", "c") == ["a"]
    assert [entry.body for entry in bench.source_queue.dead_lettered] == ["b"]


def test_a_ledger_that_is_down_delays_and_loses_nothing():
    bench = Bench({"b": UnsupportedImage("x")})
    bench.ledger.down = True
    assert sorted(bench.run("a", "b")) == ["a", "b"]
    assert (bench.next_queue.sent, bench.source_queue.dead_lettered) == ([], [])
    bench.ledger.down = False
    assert bench.run(message("a", receives=2), message("b", receives=2)) == []
    assert (len(bench.next_queue.sent), len(bench.source_queue.dead_lettered)) == (1, 1)


def test_a_topic_that_is_down_delays_the_notification():
    bench = Bench({"a": stored("a"), "b": UnsupportedImage("x")}, next_queue=None)
    bench.notices.down = True
    assert sorted(bench.run("a", "b")) == ["a", "b"]
    bench.notices.down = False
    assert bench.run(message("a", receives=2), message("b", receives=2)) == []
    assert len(bench.notices.published) == 2


def test_a_topic_that_stays_down_keeps_no_message_from_the_dlq():
    bench = Bench({"a": UnsupportedImage("x")})
    bench.notices.down = True
    assert bench.run(message("a", receives=10)) == []
    assert len(bench.source_queue.dead_lettered) == 1


@pytest.mark.parametrize("outcome", ["superseded", "vanished"])
def test_some_outcomes_are_for_the_ledger_alone(outcome):
    bench = Bench({"a": Finish(outcome=outcome, reason="why")})
    assert bench.run("a") == []
    assert [(entry.outcome, entry.reason) for entry in bench.ledger.entries] == [(outcome, "why")]
    assert (bench.notices.published, bench.next_queue.sent) == ([], [])


def test_a_step_that_hangs_is_handed_back_at_once_and_its_neighbours_are_done():
    def hang():
        bench.clock.advance(60)
        return hung.wait(20) and Emit(message=passed_on("a"))

    hung, bench = threading.Event(), Bench({"a": hang}, workers=1)
    try:
        assert bench.run("b", "c", "a") == ["a"]
    finally:
        hung.set()
    assert bench.source_queue.pauses == {"handle-a": 0}
    assert len(bench.next_queue.sent) == 2


def test_what_the_time_does_not_suffice_for_is_not_begun():
    bench = Bench({"a": lambda: bench.clock.advance(60) or Emit(message=passed_on("a"))}, workers=1)
    assert {"b", "c"} <= set(bench.run("a", "b", "c"))
    assert bench.steps == ["a"]


def test_a_message_that_failed_before_is_processed_last():
    bench = Bench(workers=1)
    bench.run(message("poison", receives=3), "a", "b")
    assert bench.steps == ["a", "b", "poison"]


def test_images_of_a_batch_are_processed_at_once():
    meeting = threading.Barrier(4, timeout=60)

    def meet(key):
        return lambda: meeting.wait() is not None and Emit(message=passed_on(key))

    bench = Bench({key: meet(key) for key in "abcd"})
    assert bench.run(*"abcd") == []


def test_no_more_workers_than_asked_for():
    busy, most, lock = [], [], threading.Lock()
    together = threading.Barrier(3, timeout=20)

    def work(key):
        def does():
            with lock:
                busy.append(key)
                most.append(len(busy))
            together.wait()  # all that may are in here at once
            with lock:
                busy.remove(key)
            return Emit(message=passed_on(key))

        return does

    bench = Bench({key: work(key) for key in KEYS}, workers=3)
    bench.run(*KEYS[:9])
    assert max(most) == 3


def test_several_images_in_one_message_have_outcomes_of_their_own():
    bench = Bench({"b": UnsupportedImage("x")}, split=lambda body: tuple(body.split("+")))
    assert bench.run("a+b+c") == []
    assert [entry.body for entry in bench.source_queue.dead_lettered] == ["b"]
    assert len(bench.next_queue.sent) == 2


def test_a_message_with_an_image_that_may_yet_succeed_comes_back_whole():
    bench = Bench({"b": UnsupportedImage("x"), "c": AwsUnavailable("503")}, split=lambda body: tuple(body.split("+")))
    assert bench.run("a+b+c") == ["a+b+c"]
    assert bench.source_queue.dead_lettered == []
    bench.does["c"] = Emit(message=passed_on("c"))
    assert bench.run(message("a+b+c", receives=2)) == []
    assert [entry.body for entry in bench.source_queue.dead_lettered] == ["b"]


def test_metrics_are_json_with_few_dimensions(capsys):
    Bench({"b": UnsupportedImage("x"), "c": AwsUnavailable("503")}).run("a", "b", "c")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (metrics,) = [line for line in lines if "_aws" in line]
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "pics"
    assert metrics["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
    assert (metrics["ImagesDone"], metrics["ImagesFailed"], metrics["MessagesRetried"]) == ([1.0], [1.0], [1.0])
    assert len(metrics["ServiceSeconds"]) == 1
    assert "OutputsReturned" not in metrics


def test_outputs_that_are_uploaded_again_are_counted(capsys):
    again = Emit(message=passed_on("x"), own_output=True)
    Bench({"a": again, "b": again}).run("a", "b", "c")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (metrics,) = [line for line in lines if "_aws" in line]
    assert (metrics["ImagesDone"], metrics["OutputsReturned"]) == ([3.0], [2.0])


def test_logs_name_the_image(capsys):
    # A logger of a name keeps the stream that it first saw: this one is this test's own.
    Bench({"b": UnsupportedImage("the reason")}, name="logged").run("a", "b")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    notified = {line["image_id"]: line for line in lines if "image_id" in line}
    assert notified[source("a").image_id]["message"] == "passed on"
    assert notified[source("b").image_id]["reason"] == "the reason"
    assert notified[source("b").image_id]["level"] == "ERROR"
    assert {line["pipeline_version"] for line in lines if "_aws" not in line} == {VERSION}


@pytest.mark.parametrize("replays", ["", "x", "-1", "9" * 39, "9" * 5000], ids=lambda text: text[:9])
def test_an_invalid_replay_count_counts_as_zero_and_costs_no_neighbour(replays):
    bench = Bench({"a": UnsupportedImage("x")})
    assert bench.run(message("a", replays=replays), "b") == []
    assert bench.source_queue.dead_lettered[0].attributes["replays"] == "0"


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "yesterday"])
def test_an_impossible_time_of_the_first_failure_is_ignored_and_costs_no_neighbour(moment):
    record = message("a")
    record["messageAttributes"] = {"first_failure": {"stringValue": moment, "dataType": "String"}}
    bench = Bench({"a": UnsupportedImage("x")})
    assert bench.run(record, "b") == []
    assert bench.source_queue.dead_lettered[0].attributes["first_failure"] == "2026-01-01T00:00:01.000Z"


def test_a_message_that_cannot_be_split_is_dead_lettered_as_it_came():
    def split(body):
        raise BadMessage("the body is not JSON")

    bench = Bench(split=split)
    assert bench.run("?broken") == []
    assert [(entry.body, entry.attributes["error"]) for entry in bench.source_queue.dead_lettered] == [
        ("?broken", "BadMessage")
    ]


def test_what_died_and_cannot_be_read_is_dead_lettered_as_unreadable():
    bench = Bench()
    assert bench.run(message("?broken", receives=6)) == []
    assert bench.source_queue.dead_lettered[0].attributes["error"] == "BadMessage"


def test_a_first_receive_without_a_time_counts_from_now():
    record = message("a")
    del record["attributes"]["ApproximateFirstReceiveTimestamp"]
    record["attributes"]["ApproximateFirstReceiveTimestamp"] = ""
    bench = Bench({"a": UnsupportedImage("x")})
    assert bench.run(record) == []
    assert bench.source_queue.dead_lettered[0].attributes["first_failure"].startswith("20")
