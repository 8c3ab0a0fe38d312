"""A second backfill, two at once and one that was killed: what waits already is not sent again, and nothing is lost."""

import itertools
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from kit.backfills import Killed, aged, bodies, killing, listed, running, sending
from kit.deployment import photo
from kit.sampling import sampled

from ops.backfill.sent import CLAIM
from shared.dlq_messages import iso


@pytest.fixture
def backfill(aws, capsys, monkeypatch, tmp_path):
    return running(aws, capsys, monkeypatch, tmp_path)


@pytest.fixture
def there(aws):
    """Twelve images that nothing reported."""
    keys = [f"{number:02}.jpg" for number in range(12)]
    for key in keys:
        aws.s3.put_object(Bucket=aws.names.input_bucket, Key=key, Body=b"123")
    return keys


def test_a_second_run_sends_nothing_that_waits_and_says_how_many(aws, there, backfill):
    assert backfill("--yes")[1]["sent"] == 12
    code, reported, err = backfill("--yes")
    assert (code, reported["sent"], reported["to_send"], reported["sent_before_and_waiting"]) == (0, 0, 0, 12)
    assert "12 were sent before, and wait" in err
    assert len(bodies(aws, "resize")) == 12


def test_what_was_sent_is_on_its_way_until_a_service_has_it(aws, backfill, pipeline):
    aws.s3.put_object(Bucket=aws.names.input_bucket, Key="a.jpg", Body=photo((300, 200)))
    backfill("--yes")
    assert list(pipeline.rows().values()) == [(None, None)]
    pipeline.run("resize")
    assert backfill("--yes")[1]["on_their_way"] == 1
    pipeline.run()
    assert backfill("--yes")[1]["done_already"] == 1


def test_what_sqs_forgot_is_sent_again(aws, there, backfill):
    backfill("--yes")
    aged(aws, timedelta(days=13, hours=23))
    assert backfill("--yes")[1]["sent"] == 0
    aged(aws, timedelta(hours=1))
    assert backfill("--yes")[1]["sent"] == 12


def test_a_failed_image_is_sent_once_by_two_runs(aws, backfill, pipeline):
    aws.s3.put_object(Bucket=aws.names.input_bucket, Key="text.jpg", Body=b"123")
    backfill("--yes")
    pipeline.run("resize")
    assert [backfill("--yes", "--failed")[1]["sent"] for _ in range(2)] == [1, 0]
    assert [outcome for outcome, _ in pipeline.rows().values()] == ["failed"]
    pipeline.run("resize")
    assert backfill("--yes", "--failed")[1]["sent"] == 1


def test_two_runs_at_once_send_each_image_once(aws, there):
    objects, together = listed(aws), threading.Barrier(2)

    def run(_):
        sender = sending()
        together.wait(60)
        assert list(sender.send(objects))[-1] == there[-1]
        return sender.sent, sender.waiting

    with ThreadPoolExecutor(2) as pool:
        (one, left_to_other), (other, left_to_one) = pool.map(run, range(2))
    assert (one + other, left_to_other, left_to_one) == (12, other, one)
    assert len(bodies(aws, "resize")) == 12


KILLED_AT = itertools.product([0, 5, 15, 30], ["UpdateItem", "SendMessageBatch"], ["before", "after"])


@pytest.mark.parametrize(("number", "operation", "when"), sampled(list(KILLED_AT)))
def test_a_run_that_is_killed_at_any_call_loses_nothing(aws, there, number, operation, when):
    objects, sender = listed(aws), sending()
    with killing(sender.stack, operation, number, done=when == "after"):
        try:
            list(sender.send(objects))
        except Killed:
            killed = True
        else:
            killed = False
    before = len(bodies(aws, "resize", keep=True))
    again = sending()
    list(again.send(objects))
    assert before + again.sent <= 12  # what another run may be about to send is left alone
    aged(aws, CLAIM)
    last = sending()
    list(last.send(objects))
    sent = Counter(body.source.key for body in bodies(aws, "resize"))
    assert set(sent) == set(there)
    # What was under way when it was killed may go a second time: every request at once, if none was answered.
    assert max(sent.values()) <= (2 if killed else 1)
    none = sending()
    list(none.send(objects))
    assert none.sent == 0


def test_what_could_not_be_sent_is_left_to_the_next_run_at_once(aws, there):
    objects, sender = listed(aws), sending()
    sender.stack.sqs.meta.events.register("before-call.sqs.SendMessageBatch", _refuse)
    with pytest.raises(ConnectionError):
        list(sender.send(objects))
    again = sending()
    list(again.send(objects))
    assert again.sent == 12


def _refuse(**_):
    raise ConnectionError


def test_a_version_whose_place_is_unknown_goes_first(aws, backfill):
    """It would come last, since its own event has S3's sequencer, and a backfill's is below that."""
    bucket = aws.names.input_bucket
    older = aws.s3.put_object(Bucket=bucket, Key="a.jpg", Body=b"123")["VersionId"]
    aws.dynamodb.put_item(TableName=aws.names.ledger, Item=uploaded(bucket, "a.jpg", older))
    aws.s3.put_object(Bucket=bucket, Key="a.jpg", Body=b"1234")
    reported, err = backfill("--yes")[1:]
    assert (reported["to_send"], reported["sent"], reported["left_to_others"]) == (1, 0, 1)
    assert "1 left to another run or an older version" in err
    aged(aws, timedelta(days=14))
    assert backfill("--yes")[1]["sent"] == 1


def uploaded(bucket, key, version):
    at = iso(datetime.now(UTC))
    values = {"bucket": bucket, "key": key, "version_id": version, "uploaded_at": at, "updated_at": at}
    values |= {"source": f"{bucket}/{key}", "image_id": "0123456789abcdef0123", "service": "uploaded"}
    return {name: {"S": value} for name, value in values.items()} | {"size_bytes": {"N": "3"}}
