"""Notices as e-mails."""

import email
import email.policy
import json
from dataclasses import replace

import pytest

from ops.local.mail import parse, receive, write
from ops.local.mailbox import mails
from shared.errors import BadMessage
from shared.messages import Source
from shared.notices import email_of
from shared.notifications import BatchEnded, ImageFailed, ImageRejected, ImageStored


def failure(key="böse 日.jpg", number=0):
    return ImageFailed(
        notice_id=f"id-failed-{number}",
        source=Source(bucket="in", key=key, version_id="1", size_bytes=5, uploaded_at="2026-01-02T03:04:05.000Z"),
        service="resize",
        error="UnreadableImage",
        reason="the image does not decode",
        attempts=1,
        failed_at="2026-01-02T03:04:06.000Z",
        dlq="pics-resize-dlq",
    )


REJECTED = ImageRejected(
    notice_id="id-rejected",
    source=failure().source,
    label="Blood & Gore",
    confidence=97.3,
    rule="Graphic Violence",
    threshold=80.0,
    model="7.0",
    rejected_at="2026-01-02T03:04:06.000Z",
)
STORED = ImageStored(
    notice_id="id-stored",
    source=failure().source,
    outputs=(),
    stored_at="2026-01-02T03:04:06.000Z",
    seconds=1.0,
    source_format="PNG",
    source_width=1,
    source_height=1,
)
ENDED = BatchEnded(notice_id="b-ended", batch_id="b", size=2, stored=2, ended_at="2026-01-02T03:04:05.500Z")


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
        return {}


@pytest.mark.parametrize("notice", [failure(), REJECTED], ids=["failed", "rejected"])
def test_a_mail_program_reads_what_subscribers_are_notified(tmp_path, notice):
    path = write(notice, tmp_path)
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert path.suffix == ".eml"
    assert mail["Subject"] == email_of(notice).subject
    assert mail["From"].addresses[0].domain == mail["To"].addresses[0].domain == "example.com"
    assert mail["Date"].datetime.isoformat() == "2026-01-02T03:04:06+00:00"
    assert mail.get_content_type() == "text/plain"
    # A mail's lines end with CR LF.
    assert mail.get_content().splitlines() == email_of(notice).text.splitlines()


@pytest.mark.parametrize("notice", [failure(), STORED, REJECTED, ENDED], ids=["failed", "stored", "rejected", "ended"])
def test_a_notice_survives_its_envelope(notice):
    assert parse(envelope(notice)) == notice


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


def test_a_message_that_somebody_else_sent_does_not_stop_the_others(capsys):
    others = ["not JSON", json.dumps({"Message": '{"type": "other"}'}), json.dumps({"Subject": "hello"})]
    mailbox = Mailbox([*others, envelope(failure())])
    assert list(receive(mailbox, "url")) == [failure()]
    assert len(mailbox.deleted) == 4
    assert capsys.readouterr().err.count("left out") == 3


def test_a_copy_of_a_mail_takes_its_place_whenever_it_was_sent(tmp_path):
    first = write(ENDED, tmp_path)
    again = write(replace(ENDED, ended_at="2026-01-02T09:00:00.000Z"), tmp_path)
    assert first == again
    assert [path.name for path in tmp_path.iterdir()] == ["20260102T030405500Z-b-ended.eml"]


def test_mails_are_in_the_order_of_the_outcomes_and_read_as_they_were_written(tmp_path):
    for notice in (failure(), ENDED):
        write(notice, tmp_path)
    first, second = mails(tmp_path)
    assert (first.id, first.subject) == ("b-ended", email_of(ENDED).subject)
    assert (second.id, second.text) == ("id-failed-0", email_of(failure()).text)
    assert first.date.isoformat() == "2026-01-02T03:04:05+00:00"


def test_a_notice_s_id_leads_to_no_other_folder(tmp_path):
    path = write(replace(ENDED, notice_id="../../x"), tmp_path)
    assert path.parent == tmp_path


def test_a_folder_that_is_not_there_holds_no_mails(tmp_path):
    assert mails(tmp_path / "nowhere") == []
