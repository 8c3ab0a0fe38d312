"""`pipeline subscribe`, `subscriptions`, `unsubscribe` and `mailbox` against AWS's wire."""

import json

import boto3
import pytest
from kit.runners import source, stored

from ops.cli.main import main
from ops.local import mailbox
from ops.settings import ROOT
from ops.stack import connect
from shared.aws.topics import SnsNotices
from shared.clock import SystemClock
from shared.messages import UploadBatch
from shared.notifications import BatchEnded, ImageFailed


@pytest.fixture
def queue(aws):
    """A queue of somebody's; what arrives there, by the notices' ids."""
    url = aws.sqs.create_queue(QueueName="theirs")["QueueUrl"]

    def arrived():
        messages = aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return sorted(json.loads(json.loads(each["Body"])["Message"])["notice_id"] for each in messages)

    return arrived


@pytest.fixture
def publish(aws):
    """One notice of each kind: two images that were uploaded alone, two of one batch, and that batch's digest."""
    notices = SnsNotices(lambda: aws.sns, aws.topic_arn)

    def failed(key, batch=None):
        return ImageFailed(
            notice_id=f"{key}-failed",
            source=source(key).with_batch(batch),
            service="resize",
            error="UnsupportedImage",
            reason="text",
            attempts=1,
            failed_at="2026-01-01T00:00:00.000Z",
            dlq="d",
        )

    def publishing():
        notices.publish(stored("holiday/alone.jpg").notice)
        notices.publish(failed("work/alone.jpg"))
        notices.publish(failed("holiday/one-of-many.jpg", UploadBatch(id="b", number=0, size=2)))
        notices.publish(
            BatchEnded(
                notice_id="b-ended",
                batch_id="b",
                size=2,
                failed=2,
                folders=("holiday/",),
                ended_at="2026-01-01T00:00:00.000Z",
            )
        )

    return publishing


THEIRS = "arn:aws:sqs:eu-west-1:123456789012:theirs"


def listed(capsys):
    capsys.readouterr()
    assert main(["subscriptions", "--output", "json"]) == 0
    return {each["endpoint"]: each for each in map(json.loads, capsys.readouterr().out.splitlines())}


def test_a_machine_gets_each_image_and_each_digest(queue, publish):
    assert main(["subscribe", THEIRS]) == 0
    publish()
    assert queue() == [
        "b-ended",
        "holiday/alone.jpg-stored",
        "holiday/one-of-many.jpg-failed",
        "work/alone.jpg-failed",
    ]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--only", "completions"], ["holiday/alone.jpg-stored"]),
        (["--only", "failures"], ["b-ended", "holiday/one-of-many.jpg-failed", "work/alone.jpg-failed"]),
        (["--prefix", "work/"], ["work/alone.jpg-failed"]),
        (["--prefix", "holiday/", "--only", "failures"], ["b-ended", "holiday/one-of-many.jpg-failed"]),
    ],
)
def test_a_filter_lets_through_what_it_says(queue, publish, options, ids):
    assert main(["subscribe", THEIRS, *options]) == 0
    publish()
    assert queue() == ids


def test_people_get_what_was_uploaded_alone_and_digests(aws, publish, tmp_path, capsys):
    assert main(["subscribe", "mailbox"]) == 0
    publish()
    assert main(["mailbox", "--out", str(tmp_path), "--output", "json"]) == 0
    reported = [json.loads(line) for line in capsys.readouterr().out.splitlines()[-3:]]
    assert sorted(each["id"] for each in reported) == ["b-ended", "holiday/alone.jpg-stored", "work/alone.jpg-failed"]


def test_who_subscribes_again_has_the_new_filter_and_one_subscription(queue, publish, capsys):
    assert main(["subscribe", THEIRS, "--only", "failures", "--prefix", "work/"]) == 0
    assert main(["subscribe", THEIRS, "--only", "completions"]) == 0
    assert "subscribed already" in capsys.readouterr().err
    assert listed(capsys)[THEIRS]["filter_policy"] == {"outcome": ["stored"]}
    assert main(["subscribe", THEIRS]) == 0
    assert listed(capsys)[THEIRS]["filter_policy"] == {}
    publish()
    assert len(queue()) == 4


def test_an_address_is_subscribed_listed_and_unsubscribed(aws, capsys):
    assert main(["subscribe", "you@example.com", "--only", "failures", "--prefix", "holiday/"]) == 0
    found = listed(capsys)["you@example.com"]
    assert (found["protocol"], found["filter_policy"]) == (
        "email",
        {"audience": ["people"], "outcome": ["failed"], "prefix": [{"prefix": "holiday/"}]},
    )
    assert main(["subscriptions"]) == 0
    (line,) = [each for each in capsys.readouterr().out.splitlines() if each.startswith("you@")]
    assert line.split(maxsplit=3)[3] == "failures under holiday/, one digest a batch"
    assert main(["unsubscribe", "you@example.com"]) == 0
    assert capsys.readouterr().err == "Unsubscribed you@example.com.\n"
    assert "you@example.com" not in listed(capsys)
    assert main(["unsubscribe", "you@example.com"]) == 4
    assert "not subscribed" in capsys.readouterr().err


def test_the_mailbox_goes_by_its_name(aws, capsys):
    assert main(["subscribe", "mailbox", "--only", "failures"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1].split(maxsplit=3) == ["mailbox", "sqs", "confirmed", "failures, one digest a batch"]
    assert "subscribed already" in err
    assert main(["unsubscribe", "mailbox"]) == 0
    assert capsys.readouterr().err == "Unsubscribed mailbox.\n"
    assert listed(capsys) == {}


def test_a_subscription_is_removed_by_its_arn_too(aws, capsys):
    main(["subscribe", "https://example.com/hook"])
    arn = listed(capsys)["https://example.com/hook"]["arn"]
    assert main(["unsubscribe", arn]) == 0
    assert "https://example.com/hook" not in listed(capsys)


def pending(monkeypatch, endpoint):
    """SNS as it lists an address that has not confirmed."""
    listing = {"SubscriptionArn": "PendingConfirmation", "Protocol": "email", "Endpoint": endpoint}
    real = boto3.Session.client

    def client(self, service, **options):
        made = real(self, service, **options)
        if service == "sns":

            def answer(**_):
                return (
                    type("Answer", (), {"status_code": 200, "headers": {}, "content": b"", "raw": None})(),
                    {"Subscriptions": [listing], "ResponseMetadata": {}},
                )

            made.meta.events.register("before-call.sns.ListSubscriptionsByTopic", answer)
        return made

    monkeypatch.setattr(boto3.Session, "client", client)


def test_an_unconfirmed_address_is_pending_and_cannot_be_unsubscribed(aws, monkeypatch, capsys):
    pending(monkeypatch, "you@example.com")
    assert main(["subscriptions"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["you@example.com", "email", "pending"]
    assert main(["unsubscribe", "you@example.com"]) == 3
    assert "not confirmed" in capsys.readouterr().err


def test_who_has_not_confirmed_is_asked_once_more(aws, monkeypatch, capsys):
    aws.sqs.delete_queue(QueueUrl=aws.urls[aws.names.mailbox])
    pending(monkeypatch, "you@example.com")
    assert main(["subscribe", "you@example.com", "--only", "failures"]) == 0
    assert "Click the link in the mail" in capsys.readouterr().err
    (found,) = [each for each in aws.sns.list_subscriptions()["Subscriptions"] if each["Protocol"] == "email"]
    attributes = aws.sns.get_subscription_attributes(SubscriptionArn=found["SubscriptionArn"])["Attributes"]
    assert json.loads(attributes["FilterPolicy"]) == {"audience": ["people"], "outcome": ["failed"]}


def test_a_queue_whose_policy_refuses_sns_is_reported(aws, queue, capsys):
    main(["subscribe", THEIRS])
    assert f"Allow sqs:SendMessage to sns.amazonaws.com from {aws.topic_arn}" in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["subscribe", "you"], ["subscribe", "you@example.com", "--prefix", "holiday"]])
def test_a_mistake_is_a_usage_error_and_subscribes_nobody(aws, capsys, argv):
    assert main(argv) == 2
    assert len(listed(capsys)) == 1


def test_where_there_is_no_topic_it_is_named(aws, capsys):
    aws.sns.delete_topic(TopicArn=aws.topic_arn)
    assert main(["subscriptions"]) == 4
    assert "no topic image-pipeline-notices" in capsys.readouterr().err


def test_aws_has_no_mailbox_and_the_command_says_so(aws, capsys, tmp_path):
    aws.sqs.delete_queue(QueueUrl=aws.urls[aws.names.mailbox])
    for argv in (["mailbox", "--out", str(tmp_path)], ["subscribe", "mailbox"]):
        assert main(argv) == 4
        assert "there is no mailbox on AWS" in capsys.readouterr().err


def test_aws_does_not_reach_a_webhook_of_this_machine_and_the_command_says_so(aws, capsys):
    aws.sqs.delete_queue(QueueUrl=aws.urls[aws.names.mailbox])
    assert main(["subscribe", "http://localhost:8080/"]) == 2
    assert "AWS does not reach this machine; use an https URL" in capsys.readouterr().err
    assert "http://localhost:8080/" not in listed(capsys)


def test_one_mail_is_shown_by_its_number(aws, publish, tmp_path, capsys):
    publish()
    assert main(["mailbox", "--out", str(tmp_path)]) == 0
    assert "4 new of 4" in capsys.readouterr().err
    assert main(["mailbox", "show", "1", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("Subject: ")
    assert main(["mailbox", "--out", str(tmp_path), "--output", "json", "show", "4"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 4
    assert main(["mailbox", "show", "5", "--out", str(tmp_path)]) == 4
    assert main(["mailbox", "--out", str(tmp_path)]) == 0
    assert "0 new of 4" in capsys.readouterr().err


def test_mails_are_shown_as_they_come(aws, publish, tmp_path, capsys, monkeypatch):
    publish()
    rounds = []

    def interrupt(*_):
        rounds.append(True)
        raise KeyboardInterrupt

    monkeypatch.setattr(SystemClock, "wait", interrupt)
    assert main(["mailbox", "--follow", "--out", str(tmp_path)]) == 130
    assert capsys.readouterr().out.count("Subject: ") == 4


def test_a_console_fetches_the_same_mails(aws, publish, tmp_path):
    stack = connect(ROOT / "pipeline.yaml")
    publish()
    assert sorted(mailbox.collect(stack, tmp_path)) == [mail.path for mail in mailbox.mails(tmp_path)]
    assert mailbox.collect(stack, tmp_path) == []
