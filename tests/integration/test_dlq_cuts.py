"""A replay that is cut off at any of its calls, or runs twice at once, loses nothing."""

import threading
from collections import Counter

import pytest
from kit.dlq_messages import body_of, source
from kit.dlq_queues import Failing
from kit.sampling import THOROUGH, sampled
from kit.stacks import with_clients

from ops import stack as stacks
from ops.cli.main import main
from ops.names import SERVICES
from ops.settings import ROOT
from ops.stack import connect

ARGV = ["dlq", "replay", "--yes", "--rate", "10000"]


@pytest.fixture
def wrapped(queues, monkeypatch):
    """Let the command have clients that fail; their count."""
    stack = connect(ROOT / "pipeline.yaml")

    def wrap(at=None, error=None, *, after=False):
        count = Counter()

        clients = {
            name: Failing(getattr(stack, name), count, at, error, after=after) for name in ("s3", "dynamodb", "sqs")
        }
        monkeypatch.setattr(stacks, "connect", lambda *_, **__: with_clients(stack, **clients))
        return count

    return wrap


@pytest.fixture
def fourteen(queues, aws):
    """Messages of fourteen images over all services, more than one batch of resize; their bodies."""

    bodies = {service: [] for service in SERVICES}
    for service, entries in zip(SERVICES, (11, 2, 1), strict=True):
        for number in range(entries):
            key = f"{service}/{number}.jpg"
            version = aws.s3.put_object(Bucket=aws.names.input_bucket, Key=key, Body=b"123")["VersionId"]
            bodies[service].append(body_of(service, source(key, version)))

    def dead_letter():
        for service, of_service in bodies.items():
            queues.dead_letter(service, *of_service, error="AwsUnavailable")
        return sorted(body for of_service in bodies.values() for body in of_service)

    return dead_letter


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("killed")], ids=["interrupted", "crashed"])
def test_a_replay_cut_off_at_any_call_loses_nothing(queues, fourteen, wrapped, error, after):
    fourteen()
    count = wrapped()
    assert main(ARGV) == 0
    calls = count["calls"]
    assert calls > 40
    cut = set()
    for at in sampled(range(1, calls + 1)):
        queues.empty()
        bodies = fourteen()
        wrapped(at, error, after=after)
        cut.add(main(ARGV))
        assert set(queues.all_messages()) | set(queues.all_sent()) == set(bodies), f"lost when cut at call {at}"
        queues.let_holds_end()
        wrapped()
        assert main(ARGV) == 0
        assert set(queues.all_sent()) == set(bodies)
        assert queues.all_messages() == []
    codes = {130} if isinstance(error, KeyboardInterrupt) else {1, 3}
    assert cut >= codes if THOROUGH else cut & codes


def test_received_messages_are_visible_again_after_an_interrupt(queues, aws, fourteen, wrapped, capsys):
    bodies = fourteen()
    wrapped()

    def at_the_first_send(*_):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ops.dlq.cleanup.send_all", at_the_first_send)
        assert main(ARGV) == 130
    assert "Interrupted" in capsys.readouterr().err
    assert (queues.all_messages(), sum(map(queues.hidden, SERVICES))) == (bodies, 0)


def test_two_replays_at_once_lose_nothing(queues, aws, fourteen):
    bodies = fourteen()
    codes = []

    def run(archive):
        codes.append(main([*ARGV, "--archive", archive]))

    workers = [threading.Thread(target=run, args=(archive,)) for archive in ("a.jsonl", "b.jsonl")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert set(codes) <= {0, 1}
    assert set(queues.all_sent()) | set(queues.all_messages()) == set(bodies)
    queues.let_holds_end()
    assert main(ARGV) == 0
    assert set(queues.all_sent()) == set(bodies)
    assert queues.all_messages() == []
