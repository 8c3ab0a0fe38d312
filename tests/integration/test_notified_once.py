"""Nobody is notified twice of an image whose message waits twice, however the two are processed."""

import itertools

import pytest
from kit.backfills import running
from kit.deployment import photo
from kit.sampling import sampled

from ops.names import SERVICES
from shared import inline
from shared.aws import clients

ORDERS = [order for order in itertools.product(SERVICES, repeat=4) if order[0] == "resize"]


@pytest.fixture
def backfill(aws, capsys, monkeypatch, tmp_path):
    return running(aws, capsys, monkeypatch, tmp_path)


def drained(pipeline):
    """Let all services work until nothing waits."""
    for _ in range(6):
        pipeline.run()
        pipeline.wait()


def twice(pipeline, key, body):
    """An image with S3's event of it, and that of a backfill which did not know that it waits."""
    pipeline.upload(key, body)
    (message,) = pipeline.bodies("resize")
    return message


def test_a_second_backfill_of_a_done_image_notifies_nobody(aws, backfill, pipeline):
    aws.s3.put_object(Bucket=aws.names.input_bucket, Key="a.jpg", Body=photo((300, 200)))
    backfill("--yes")
    drained(pipeline)
    assert len(pipeline.mail()) == 1
    for options in ((), ("--failed",), ("--stuck",)):
        assert backfill("--yes", *options)[1]["sent"] == 0
    assert pipeline.mail() == []


def test_an_image_whose_own_event_waits_while_a_backfill_sends_it_is_notified_once(backfill, pipeline):
    pipeline.upload("a.jpg", photo((300, 200)))
    assert backfill("--yes")[1]["sent"] == 1
    drained(pipeline)
    assert [outcome for outcome, _ in pipeline.rows().values()] == ["stored"]
    assert len(pipeline.mail()) == 1


@pytest.mark.parametrize("body", [photo((300, 200)), b"123"], ids=["stored", "failed"])
@pytest.mark.parametrize("order", sampled(ORDERS[::3]), ids="-".join)
def test_two_messages_of_one_image_are_one_notification_in_any_order(pipeline, order, body):
    message = twice(pipeline, "a.jpg", body)
    for service in order:
        pipeline.run(service)
    pipeline.send_to("resize", message)
    drained(pipeline)
    assert len(pipeline.mail()) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_two_messages_that_wait_together_before_a_service_are_one_notification(pipeline, service):
    message = twice(pipeline, "a.jpg", photo((300, 200)))
    pipeline.send_to("resize", message)
    for before in SERVICES[: SERVICES.index(service)]:
        pipeline.run(before)
    assert len(pipeline.bodies(service)) == 2
    drained(pipeline)
    assert len(pipeline.mail()) == 1
    assert [pipeline.dead_lettered(each) for each in SERVICES] == [[], [], []]


def test_the_notification_comes_though_the_first_of_two_died_before_it(pipeline):
    message = twice(pipeline, "a.jpg", photo((300, 200)))
    pipeline.send_to("resize", message)
    pipeline.run("resize", "watermark")
    with pipeline.failing("sns", "Publish"):
        assert len(pipeline.run("store")["store"]) == 1  # the one that recorded it
    pipeline.wait()
    drained(pipeline)
    assert len(pipeline.mail()) == 1


def test_what_the_first_of_two_needs_to_notify_stays_until_it_has(pipeline, monkeypatch):
    monkeypatch.setattr(inline, "MAX_BODY_BYTES", 0)
    message = twice(pipeline, "a.jpg", photo((300, 200)))
    pipeline.send_to("resize", message)
    pipeline.run("resize", "watermark")
    with pipeline.failing("sns", "Publish"):
        assert len(pipeline.run("store")["store"]) == 1  # the other one is done
    pipeline.wait()
    drained(pipeline)
    assert len(pipeline.mail()) == 1
    assert pipeline.dead_lettered("store") == []


@pytest.fixture
def meanwhile(pipeline):
    """Let another message of an image be processed whole, right before a call of the first."""

    def register(call, message, nth=1):
        service = call.split(".")[0]
        events, name = getattr(clients, service)().meta.events, f"before-call.{call}"
        left = [None] * (nth - 1)

        def run_other(**_):
            if left:
                left.pop()
                return
            events.unregister(name, run_other)
            pipeline.send_to("resize", message)
            pipeline.run("resize")
            done.append(call)

        done = []
        events.register(name, run_other)
        return done

    return register


# What resize calls for an image that fails: the attempt, the outcome, the notification, that it was sent, its message.
CALLS_OF_A_FAILURE = (
    *("s3.GetObject", "dynamodb.GetItem", "dynamodb.UpdateItem", "dynamodb.UpdateItem 2", "sns.Publish"),
    *("dynamodb.UpdateItem 3", "sqs.SendMessageBatch"),
)


@pytest.mark.parametrize("call", CALLS_OF_A_FAILURE)
def test_of_two_messages_that_fail_at_once_one_notifies(pipeline, meanwhile, call):
    message = twice(pipeline, "a.jpg", b"123")
    done = meanwhile(call.split()[0], message, int(call.split()[-1]) if " " in call else 1)
    pipeline.run("resize")
    drained(pipeline)
    assert done
    assert [notice.error for notice in pipeline.mail()] == ["UnsupportedImage"]
    assert [outcome for outcome, _ in pipeline.rows().values()] == ["failed"]
    assert len(pipeline.dead_lettered("resize")) == 2
    assert pipeline.bodies("resize") == []


def test_a_message_that_was_to_notify_and_died_notifies_when_it_comes_back(pipeline, meanwhile):
    message = twice(pipeline, "a.jpg", b"123")
    meanwhile("sns.Publish", message)
    with pipeline.failing("sns", "Publish"):
        assert len(pipeline.run("resize")["resize"]) == 1
    assert pipeline.mail() == []
    pipeline.wait()
    drained(pipeline)
    assert [notice.error for notice in pipeline.mail()] == ["UnsupportedImage"]
