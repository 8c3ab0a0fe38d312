"""Nobody is notified twice of an image whose message waits twice, however the two are processed."""

import itertools

import pytest
from kit.backfills import running
from kit.deployment import photo

from ops.names import SERVICES

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
@pytest.mark.parametrize("order", ORDERS[::3], ids="-".join)
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
        assert len(pipeline.run("store")["store"]) == 2
    pipeline.wait()
    drained(pipeline)
    assert len(pipeline.mail()) == 1
