"""The answer to Lambda never acknowledges unfinished work, whatever fails, and in whatever combination."""

from hypothesis import given, settings
from hypothesis import strategies as st
from kit.runners import Bench, message, passed_on, rejected, source, stored
from kit.sampling import THOROUGH

from shared.errors import AwsUnavailable, UnsupportedImage
from shared.runner.steps import Emit, Finish

MOST = 10
ATTEMPTS = 5

DOES = {
    "passed": lambda key: Emit(message=passed_on(key)),
    "stored": stored,
    "superseded": lambda _: Finish(outcome="superseded", reason="newer"),
    "rejected": rejected,
    "permanent": lambda _: UnsupportedImage("no image"),
    "transient": lambda _: AwsUnavailable("503"),
    "memory": lambda _: MemoryError(),
    "bug": lambda _: ZeroDivisionError("a bug"),
}


@st.composite
def batches(draw):
    """Up to ten messages: what the step does of each, its receives, and what fails around it."""
    size = draw(st.integers(1, 10))
    return [
        (
            f"{number}.jpg",
            draw(st.sampled_from(sorted(DOES))),
            draw(st.integers(1, MOST)),
            draw(st.sets(st.sampled_from(["send", "dead_letter", "record", "look", "publish"]))),
        )
        for number in range(size)
    ]


class Troubled(Bench):
    """A service whose ports fail for some of its images."""

    def __init__(self, batch):
        super().__init__({key: DOES[does](key) for key, does, _, _ in batch}, max_receive_count=MOST)
        fails = {key: faults for key, _, _, faults in batch}
        self.source_queue.refused = {key for key, faults in fails.items() if "dead_letter" in faults}
        self.next_queue.refuse = lambda body: any(
            f'"{key}"' in body for key, faults in fails.items() if "send" in faults
        )
        record, progress, publish = self.ledger.record, self.ledger.progress, self.notices.publish

        def guarded(fault, call, key_of):
            def calling(what):
                if fault in fails[key_of(what)]:
                    raise AwsUnavailable(fault)
                return call(what)

            return calling

        self.ledger.record = guarded("record", record, lambda entry: entry.source.key)
        self.ledger.progress = guarded("look", progress, lambda source: source.key)
        self.notices.publish = guarded("publish", publish, lambda notice: notice.source.key)


@settings(max_examples=300 if THOROUGH else 60)
@given(batches())
def test_the_answer_never_acknowledges_unfinished_work(batch):
    bench = Troubled(batch)
    unfinished = bench.run(*(message(key, receives=receives) for key, _, receives, _ in batch))
    sent, dead_lettered = set(bench.next_queue.sent), {entry.body for entry in bench.source_queue.dead_lettered}
    for key, _, _, _ in batch:
        ended = any(
            e.source == source(key) and e.outcome in {"stored", "superseded", "rejected"} for e in bench.ledger.entries
        )
        finished = passed_on(key).encode() in sent or key in dead_lettered or ended
        assert finished or key in unfinished
        assert not (f"handle-{key}" in bench.source_queue.acknowledged and key in unfinished)
    notified = [notice.notice_id for notice in bench.notices.published]
    assert len(notified) == len(set(notified))


@settings(max_examples=100 if THOROUGH else 40)
@given(batches())
def test_no_transient_failure_is_dead_lettered_before_its_attempts_are_used_up(batch):
    bench = Troubled(batch)
    bench.run(*(message(key, receives=receives) for key, _, receives, _ in batch))
    attempts = {key: receives for key, _, receives, _ in batch}
    for entry in bench.source_queue.dead_lettered:
        if entry.attributes["error"] in {"AwsUnavailable", "ZeroDivisionError", "FunctionDied"}:
            assert attempts[entry.body] >= ATTEMPTS
        elif entry.attributes["error"] == "OutOfMemory":
            assert attempts[entry.body] >= 2
