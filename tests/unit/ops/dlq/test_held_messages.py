"""Messages that SQS gives to two receives at once are deleted by whichever handle was the last."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from kit.clocks import FakeClock

from ops.dlq.held_messages import HeldMessages


class Sqs:
    """A queue whose messages are deleted by the handle of their last receive alone; other handles are accepted.

    Args:
        last: the handle of the last receive, by message.
        refused: handles that are refused.
        meanwhile: called before a request is answered.
    """

    def __init__(self, last, refused=(), meanwhile=lambda: None):
        self.last, self.refused, self.meanwhile = dict(last), refused, meanwhile

    def delete_message_batch(self, QueueUrl, Entries):  # noqa: N803 - as the SDK has them
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        handles = {each["Id"]: each["ReceiptHandle"] for each in Entries}
        failed = [
            {"Id": place, "Code": "no", "SenderFault": True} for place in handles if handles[place] in self.refused
        ]
        gone = set(handles.values()) - set(self.refused)
        self.last = {message: handle for message, handle in self.last.items() if handle not in gone}
        return {"Failed": failed}


def held(sqs):
    return HeldMessages(sqs=sqs, url="u", visibility_seconds=60, pool=ThreadPoolExecutor(2), clock=FakeClock())


@pytest.mark.parametrize("last", ["first", "second"])
def test_a_message_that_came_twice_is_deleted_whichever_handle_was_the_last(last):
    sqs = Sqs({"m": last})
    messages = held(sqs)
    messages.add([("m", "first")], 0)
    messages.add([("m", "second")], 0)
    assert messages.delete(["m"]) == {}
    assert (sqs.last, len(messages)) == ({}, 0)


def test_a_message_that_comes_again_after_it_was_deleted_is_deleted_again():
    sqs = Sqs({"m": "second"})
    messages = held(sqs)
    messages.add([("m", "first"), ("n", "third")], 0)
    assert messages.delete(["m"]) == {}
    assert sqs.last == {"m": "second"}
    messages.add([("m", "second")], 0)
    assert (sqs.last, len(messages)) == ({}, 1)


def test_a_message_that_comes_again_while_it_is_deleted_is_deleted_again():
    sqs = Sqs({"m": "second"})
    messages = held(sqs)
    messages.add([("m", "first")], 0)
    sqs.meanwhile = lambda: messages.add([("m", "second")], 0)
    assert messages.delete(["m"]) == {}
    assert (sqs.last, len(messages)) == ({}, 0)


def test_a_message_stays_only_if_every_handle_is_refused():
    messages = held(Sqs({"m": "second", "n": "third"}, refused={"first", "third"}))
    messages.add([("m", "first"), ("n", "third")], 0)
    messages.add([("m", "second")], 0)
    assert list(messages.delete(["m", "n"])) == ["n"]
    assert len(messages) == 1
