"""Notices as the e-mails that subscribers of a deployed pipeline get, written as .eml files."""

import json
from collections.abc import Iterator
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

from shared import wire
from shared.messages import ImageFailed, ImageRejected, ImageStored
from shared.notices import Notice, letter

_KINDS: Final[tuple[type[Notice], ...]] = (ImageStored, ImageFailed, ImageRejected)


def parse(envelope: str) -> Notice:
    """The notice in what SNS sends to a queue.

    Raises:
        BadMessage: it is none of ours.
    """
    body: str = json.loads(envelope)["Message"]
    kind = wire.loads(body).get("type")
    return next((each for each in _KINDS if kind == each.TYPE), ImageStored).decode(body)


def receive(sqs: Any, queue_url: str, count: int) -> Iterator[Notice]:  # noqa: ANN401 - a client
    """What is in the mailbox, each notice once, as long as something comes and `count` is not reached."""
    received: set[str] = set()
    while len(received) < count:
        messages = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
            "Messages", []
        )
        if not messages:
            return
        for message in messages:
            notice = parse(message["Body"])
            # A queue delivers at least once: the second copy of one notice must not stand for another.
            if notice.notice_id not in received:
                received.add(notice.notice_id)
                yield notice
        sqs.delete_message_batch(
            QueueUrl=queue_url,
            Entries=[{"Id": str(index), "ReceiptHandle": each["ReceiptHandle"]} for index, each in enumerate(messages)],
        )


def write(notice: Notice, folder: Path) -> Path:
    """The notice as an e-mail, in a file that any mail program opens."""
    told = letter(notice)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = "image-pipeline notices <no-reply@example.com>"
    mail["To"] = "you@example.com"
    mail["Subject"] = told.subject
    mail["Date"] = format_datetime(datetime.fromisoformat(_moment(notice)))
    mail["Message-ID"] = f"<{notice.notice_id}@example.com>"
    mail.set_content(told.text, cte="8bit")
    path = folder / f"{notice.notice_id}.eml"
    path.write_bytes(mail.as_bytes())
    return path


def _moment(notice: Notice) -> str:
    if isinstance(notice, ImageRejected):
        return notice.rejected_at
    return notice.stored_at if isinstance(notice, ImageStored) else notice.failed_at
