"""Nothing is processed after the caller's time, and a crash costs neither minutes nor what was done before it."""

import threading
from math import inf

import pytest
from kit.clocks import FakeClock
from kit.fakes import FakeContext
from kit.runners import KEYS, Bench, message, passed_on, stored

from ops.settings import ROOT, load
from shared.deadline import Deadline
from shared.errors import HandedBack, NotBegun
from shared.notifications import ImageFailed, ImageStored
from shared.runner.attempts import attempts_of
from shared.runner.failures import RECORDING_SECONDS
from shared.runner.lease import LEASE_SECONDS, RENEW_SECONDS
from shared.runner.permits import Permits
from shared.runner.runner import GATHER_SECONDS, GRACE_SECONDS, RESERVE_SECONDS
from shared.runner.steps import Emit

SETTINGS = load(ROOT / "pipeline.yaml")
TIMEOUT_SECONDS = SETTINGS.services["resize"].timeout_seconds
ATTEMPTS = attempts_of(SETTINGS.services["resize"].max_receive_count)


class Killed(BaseException):
    """The process is gone: nothing after this line runs."""


class Animations(Bench):
    """A service whose images take this many seconds each of the one CPU that there is."""

    def __init__(self, seconds, **options):
        self.seconds = seconds
        super().__init__(workers=3, **options)
        self.cpu = Permits(at_once=1, overdue_seconds=seconds + 1, clock=self.clock)

    def step(self, job, ends):
        self.steps.append(job.source.key)
        with self.cpu.until(ends):
            deadline = Deadline(self.seconds, self.clock.monotonic, ends)
            for _ in range(self.seconds):
                deadline.check()
                self.clock.advance(1)
            deadline.check()
        return Emit(message=passed_on(job.source.key))


def test_images_that_take_their_time_all_succeed_and_starve_nobody():
    bench = Animations(18)
    receives, rounds = dict.fromkeys(KEYS[:8], 1), 0
    while receives and rounds < 20:
        came_back = bench.run(*(message(key, receives=count) for key, count in receives.items()))
        receives = {key: receives[key] + 1 for key in came_back}
        requeued = [entry.body for entry in bench.source_queue.requeued]
        bench.source_queue.requeued.clear()
        receives |= dict.fromkeys(requeued, 1)
        rounds += 1
    assert bench.source_queue.dead_lettered == []
    assert set(bench.next_queue.sent) == {passed_on(key).encode() for key in KEYS[:8]}


def test_a_thread_that_waits_for_a_permit_refuses_when_its_time_is_over():
    clock = FakeClock()
    permits, refused, held = Permits(at_once=1, overdue_seconds=100, clock=clock), [], threading.Event()

    def wait():
        try:
            with permits.until(10):
                pass
        except NotBegun as error:
            refused.append(str(error))

    def hold():
        with permits.until(inf):
            held.set()
            over.wait(20)

    over = threading.Event()
    holder, waiter = threading.Thread(target=hold), threading.Thread(target=wait)
    holder.start()
    assert held.wait(20)
    waiter.start()
    clock.advance(10)
    waiter.join(20)
    assert refused == ["the function's time ran out while this image waited for its turn"]
    over.set()
    holder.join(20)


def test_work_ends_with_the_time_of_its_caller_and_is_no_failure_of_the_image():
    clock = FakeClock()
    deadline = Deadline(20, clock.monotonic, 5)
    clock.advance(5)
    deadline.check()
    clock.advance(1)
    with pytest.raises(HandedBack):
        deadline.check()


def test_a_batch_is_hidden_briefly_before_anything_can_kill_the_function():
    bench = Bench()
    bench.does["0.jpg"] = lambda: bench.source_queue.hidden.append("begun") or Emit(message=passed_on("0.jpg"))
    bench.run(*KEYS)
    first, begun = bench.source_queue.hidden
    assert first == {f"handle-{key}": LEASE_SECONDS for key in KEYS}
    assert begun == "begun"


def until(event, clock, step_seconds):
    """Let time pass until others have come as far as this."""
    while not event.wait(0.1):
        clock.advance(step_seconds)


def watched(bench, name):
    """Set whenever the queue is asked this."""
    asked, real = threading.Event(), getattr(bench.source_queue, name)
    setattr(bench.source_queue, name, lambda receipts: (real(receipts), asked.set()))
    return asked


def test_what_is_in_progress_stays_hidden_and_what_is_done_does_not():
    def slow():
        until(acknowledged, bench.clock, GATHER_SECONDS / 2)
        hidden.clear()
        until(hidden, bench.clock, RENEW_SECONDS / 2)
        return Emit(message=passed_on("slow"))

    bench = Bench({"slow": slow})
    acknowledged, hidden = watched(bench, "acknowledge"), watched(bench, "retry_later")
    assert bench.run("slow", "a", "b") == []
    assert bench.source_queue.hidden[-1] == {"handle-slow": LEASE_SECONDS}
    assert sorted(bench.source_queue.acknowledged) == ["handle-a", "handle-b"]


def test_what_is_done_is_sent_on_while_a_neighbour_is_still_at_work():
    def kill():
        until(acknowledged, bench.clock, GATHER_SECONDS / 2)
        raise Killed

    bench = Bench({"poison": kill})
    acknowledged = watched(bench, "acknowledge")
    with pytest.raises(Killed):
        bench.run("poison", "a", "b")
    assert sorted(bench.source_queue.acknowledged) == ["handle-a", "handle-b"]
    assert len(bench.next_queue.sent) == 2


class Queue:
    """SQS as it hides and gives back messages, by a clock: a batch of what is visible, each with its receive count."""

    def __init__(self, bench, keys):
        self.bench, self.clock = bench, bench.clock
        self.visible_at = dict.fromkeys(keys, 0.0)
        self.receives = dict.fromkeys(keys, 0)
        bench.source_queue.retry_later = self.hide
        bench.source_queue.acknowledge = self.remove

    def hide(self, receipts):
        for receipt, seconds in receipts.items():
            self.visible_at[receipt.removeprefix("handle-")] = self.clock.now + seconds

    def remove(self, receipts):
        for receipt in receipts:
            del self.visible_at[receipt.removeprefix("handle-")]

    def work(self):
        """Until nothing is left, with every function killed that an image kills."""
        while self.visible_at:
            self.clock.advance(max(0.0, min(self.visible_at.values()) - self.clock.now))
            batch = [key for key, at in self.visible_at.items() if at <= self.clock.now][:10]
            for key in batch:
                self.receives[key] += 1
                self.visible_at[key] = self.clock.now + 6 * TIMEOUT_SECONDS
            event = {"Records": [message(key, receives=self.receives[key]) for key in batch]}
            try:
                back = self.bench.service.run(event, FakeContext(TIMEOUT_SECONDS))["batchItemFailures"]
            except Killed:
                continue
            ids = {each["itemIdentifier"].removeprefix("id-") for each in back}
            self.remove([f"handle-{key}" for key in batch if key not in ids and key in self.visible_at])


@pytest.mark.parametrize("place", [0, 4, 9])
def test_a_killer_is_notified_within_six_minutes_and_its_neighbours_take_two(place):
    poison, at = KEYS[place], {}

    def kill():
        bench.clock.advance(5)  # memory runs out after as long
        raise Killed

    def note(key):
        return lambda: (at.setdefault(key, bench.clock.now) and None) or Emit(message=passed_on(key))

    bench = Bench({key: note(key) for key in KEYS} | {poison: kill}, workers=1)
    Queue(bench, KEYS).work()
    (entry,) = bench.source_queue.dead_lettered
    assert (entry.body, entry.attributes["error"]) == (poison, "FunctionDied")
    assert bench.clock.now == ATTEMPTS * LEASE_SECONDS <= 6 * 60
    assert max(at.values()) <= 2 * LEASE_SECONDS
    assert [each[1:] for each in bench.ledger.attempts if each[0] == poison] == [
        ("resize", number, ATTEMPTS) for number in range(2, ATTEMPTS + 1)
    ]


class Late:
    """A thread whose function's time runs out, and which goes on once its function has answered."""

    def __init__(self):
        self.threads, self.may_go_on = [], threading.Event()

    def wait(self, clock):
        self.threads.append(threading.current_thread())
        clock.advance(60)
        self.may_go_on.wait(20)

    def go_on(self):
        self.may_go_on.set()
        for thread in self.threads:
            thread.join(20)
            assert not thread.is_alive()


def test_a_thread_that_is_given_up_records_no_outcome_of_an_image_that_is_reported_as_failed():
    late = Late()
    bench = Bench({"slow": lambda: late.wait(bench.clock) or stored("slow")}, name="store")
    assert bench.run(message("slow", receives=attempts_of(10))) == []
    late.go_on()
    (entry,) = bench.source_queue.dead_lettered
    assert entry.attributes["error"] == "HandedBack"
    assert {each.outcome for each in bench.ledger.entries} == {"failed"}
    assert {type(each) for each in bench.notices.published} == {ImageFailed}


@pytest.mark.parametrize(("seconds", "begun"), [(49, True), (51, False)])
def test_a_last_attempt_is_not_used_up_on_the_last_moments_of_a_batch(seconds, begun):
    bench = Bench()
    bench.does["2.jpg"] = lambda: bench.clock.advance(seconds) or Emit(message=passed_on("2.jpg"))
    bench.does["1.jpg"] = HandedBack("resize ran out of time with this image after 4 s")
    last = attempts_of(10)
    assert bench.run(message("2.jpg", receives=last), message("1.jpg", receives=last)) == []
    assert bench.steps == ["2.jpg", "1.jpg"][: 1 + begun]
    assert len(bench.source_queue.dead_lettered) == begun
    assert [entry.body for entry in bench.source_queue.requeued] == ["1.jpg"][begun:]


def test_an_image_whose_outcome_is_being_recorded_as_the_time_runs_out_is_no_failure():
    late, bench = Late(), Bench({"slow": stored("slow")}, name="store")
    record = bench.ledger.record

    def slow(entry):
        if not late.threads:
            late.wait(bench.clock)
        return record(entry)

    bench.ledger.record = slow
    assert bench.run(message("slow", receives=attempts_of(10))) == ["slow"]
    assert bench.source_queue.hidden[-1] == {"handle-slow": RECORDING_SECONDS}
    late.go_on()
    assert bench.run(message("slow", receives=attempts_of(10) + 1)) == []
    assert bench.source_queue.dead_lettered == []
    assert {type(each) for each in bench.notices.published} == {ImageStored}


def test_an_image_that_may_not_come_back_any_more_goes_to_the_dlq_before_sqs_moves_it():
    late, again = Late(), Late()
    bench, slow = Bench({"slow": stored("slow")}, name="store"), [late, again]
    record = bench.ledger.record

    def recorded(entry):
        if slow:
            slow.pop(0).wait(bench.clock)
        return record(entry)

    bench.ledger.record = recorded
    assert bench.run(message("slow", receives=attempts_of(10))) == ["slow"]
    late.go_on()
    assert bench.run(message("slow", receives=10)) == []
    again.go_on()
    assert [each.attributes["error"] for each in bench.source_queue.dead_lettered] == ["NotNotified"]


def test_the_queue_hides_messages_for_longer_than_a_function_takes():
    assert RENEW_SECONDS < LEASE_SECONDS < 6 * TIMEOUT_SECONDS
    assert GRACE_SECONDS < RESERVE_SECONDS
