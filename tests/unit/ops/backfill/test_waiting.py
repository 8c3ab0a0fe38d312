"""A backfill holds back while too many messages wait in any queue."""

from types import SimpleNamespace

from kit.clocks import FakeClock

from ops.backfill.waiting import MAX_WAITING, Backlog
from ops.names import SERVICES


class Queues:
    """Queues whose depths a test says; each look counts."""

    def __init__(self, **depths):
        self.depths = depths
        self.looks = 0

    def get_queue_attributes(self, *, QueueUrl, **_):  # noqa: N803 - as boto3 names it
        self.looks += 1
        return {"Attributes": {"ApproximateNumberOfMessages": str(self.depths.get(QueueUrl, 0))}}


def backlog(queues, clock):
    names = SimpleNamespace(queue=lambda service: service)
    return Backlog(stack=SimpleNamespace(sqs=queues, names=names, queue_url=lambda name: name), clock=clock)


def test_nothing_is_held_back_while_few_wait_and_sqs_is_asked_every_two_seconds():
    queues, clock = Queues(resize=MAX_WAITING - 1), FakeClock()
    holding = backlog(queues, clock)
    for _ in range(100):
        holding.hold()
    assert (queues.looks, clock.waited) == (len(SERVICES), [])
    clock.advance(2)
    holding.hold()
    assert queues.looks == 2 * len(SERVICES)


def test_it_goes_on_once_the_deepest_queue_is_below_the_limit():
    def later(_):
        queues.depths["store"] -= 1_000

    said = []
    queues = Queues(store=MAX_WAITING + 1_500, resize=10)
    holding = backlog(queues, FakeClock(meanwhile=later))
    holding.waits = said.append
    holding.hold()
    assert said == [6_500, 5_500]
    assert queues.depths["store"] == 4_500
