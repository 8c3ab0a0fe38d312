"""Notices as e-mails."""

import email
import email.policy
import json

import pytest

from ops.demo.mail import parse, receive, write
from shared.errors import BadMessage
from shared.messages import ImageFailed, ImageRejected, Source
from shared.notices import letter


def failure(key="böse 日.jpg", number=0):
    return ImageFailed(
        notice_id=f"id-failed-{number}",
        source=Source(bucket="in", key=key, version_id="1", size_bytes=5, dropped_at="2026-01-02T03:04:05.000Z"),
        stage="resize",
        error="UnreadableImage",
        reason="the image does not decode",
        attempts=1,
        failed_at="2026-01-02T03:04:06.000Z",
        dlq="pics-resize-dlq",
    )


def rejection():
    return ImageRejected(
        notice_id="id-rejected",
        source=failure().source,
        label="Blood & Gore",
        confidence=97.3,
        rule="Graphic Violence",
        threshold=80.0,
        model="7.0",
        rejected_at="2026-01-02T03:04:06.000Z",
    )


def envelope(notice):
    return json.dumps({"Type": "Notification", "Message": notice.encode()})


class Mailbox:
    """A queue that gives its messages in batches, and keeps what is deleted."""

    def __init__(self, *batches):
        self.batches = list(batches)
        self.deleted = []

    def receive_message(self, **_):
        bodies = self.batches.pop(0) if self.batches else []
        return {"Messages": [{"Body": body, "ReceiptHandle": body} for body in bodies]} if bodies else {}

    def delete_message_batch(self, *, QueueUrl, Entries):  # noqa: N803 - as boto3 has it
        self.deleted += [entry["ReceiptHandle"] for entry in Entries]


@pytest.mark.parametrize("notice", [failure(), rejection()], ids=["failed", "rejected"])
def test_a_mail_program_reads_what_subscribers_are_told(tmp_path, notice):
    path = write(notice, tmp_path)
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert path.suffix == ".eml"
    assert mail["Subject"] == letter(notice).subject
    assert mail["From"].addresses[0].domain == mail["To"].addresses[0].domain == "example.com"
    assert mail["Date"].datetime.isoformat() == "2026-01-02T03:04:06+00:00"
    assert mail.get_content_type() == "text/plain"
    # A mail's lines end with CR LF.
    assert mail.get_content().splitlines() == letter(notice).text.splitlines()


def test_a_notice_survives_its_envelope(result):
    stored = result().notice
    assert parse(envelope(stored)) == stored
    assert parse(envelope(rejection())) == rejection()
    assert parse(envelope(failure())) == failure()


def test_what_is_none_of_ours_is_refused():
    with pytest.raises(BadMessage):
        parse(json.dumps({"Message": '{"type": "other"}'}))


def test_a_second_copy_of_a_notice_does_not_stand_for_another():
    first, second = envelope(failure(number=1)), envelope(failure(number=2))
    mailbox = Mailbox([first, first], [second])
    assert [notice.notice_id for notice in receive(mailbox, "url", 2)] == ["id-failed-1", "id-failed-2"]
    assert mailbox.deleted == [first, first, second]


def test_an_empty_mailbox_ends_the_wait():
    assert list(receive(Mailbox([envelope(failure())]), "url", 5)) == [failure()]
