"""Notifications as files of e-mails, as subscribers of a deployed pipeline get them."""

import email
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

from ops.aws import queues
from ops.files import write_whole
from ops.show import note
from shared import wire
from shared.errors import BadMessage
from shared.notices import Notice, email_of
from shared.notifications import BatchEnded, ImageFailed, ImageRejected, ImageStored
from shared.removals import ImageRemoved

_DOMAIN: Final = "@example.com"
_KINDS: Final[tuple[type[Notice], ...]] = (ImageStored, ImageFailed, ImageRejected, ImageRemoved, BatchEnded)


@dataclass(frozen=True, kw_only=True)
class Mail:
    """An e-mail in a folder.

    Args:
        id: Id of its notification, the same for every copy.
        date: Time of the outcome.
        subject: Subject, one line.
        text: Text of the e-mail.
        path: Path of its file.
    """

    id: str
    date: datetime
    subject: str
    text: str
    path: Path


def parse(envelope: str) -> Notice:
    """Decode the notification in a message that SNS sent to a queue.

    Raises:
        BadMessage: the message is not a notification of this pipeline.
    """
    body: str = json.loads(envelope)["Message"]
    kind = wire.loads(body).get("type")
    return next((each for each in _KINDS if kind == each.TYPE), ImageStored).decode(body)


def receive(sqs: Any, queue_url: str, most: int | None = None, *, wait_seconds: int = 1) -> Iterator[Notice]:  # noqa: ANN401 - a client
    """Receive notifications from the mailbox, each once, until none comes; ten are deleted once all ten are consumed.

    Args:
        sqs: A client of SQS.
        queue_url: URL of the mailbox.
        most: Number to stop after; None for all.
        wait_seconds: Time to wait for messages.
    """
    received: set[str] = set()
    while most is None or len(received) < most:
        messages = queues.receive(sqs, queue_url, wait_seconds=wait_seconds)
        if not messages:
            return
        for message in messages:
            try:
                notice = parse(message["Body"])
            except (BadMessage, ValueError, KeyError) as error:
                note(f"a message that is not a notice of this pipeline is left out: {error}")
                continue
            # A queue delivers at least once: the second copy of one notice must not stand for another.
            if notice.notice_id not in received:
                received.add(notice.notice_id)
                yield notice
        queues.delete_received(sqs, queue_url, messages)


def write(notice: Notice, folder: Path) -> Path:
    """Write a notification as an e-mail of RFC 5322; a second copy replaces the first."""
    email = email_of(notice)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"image-pipeline notices <no-reply{_DOMAIN}>"
    mail["To"] = f"you{_DOMAIN}"
    mail["Subject"] = email.subject
    moment = datetime.fromisoformat(_moment(notice))
    mail["Date"] = format_datetime(moment)
    mail["Message-ID"] = f"<{notice.notice_id}{_DOMAIN}>"
    mail.set_content(email.text, cte="8bit")
    name = re.sub(r"[^A-Za-z0-9._-]", "_", notice.notice_id) + ".eml"
    copies = sorted(folder.glob(f"*Z-{name}"))
    path = copies[0] if copies else folder / f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03d}Z-{name}"
    write_whole(path, mail.as_bytes())  # others look into the folder meanwhile
    return path


def read(path: Path) -> Mail:
    """Read an e-mail that write() wrote."""
    mail = email.message_from_bytes(path.read_bytes(), policy=default)
    return Mail(
        id=str(mail["Message-ID"]).strip("<>").removesuffix(_DOMAIN),
        date=mail["Date"].datetime,
        subject=str(mail["Subject"]),
        text="\n".join(mail.get_content().splitlines()) + "\n",
        path=path,
    )


def _moment(notice: Notice) -> str:
    if isinstance(notice, ImageStored):
        return notice.stored_at
    if isinstance(notice, ImageRejected):
        return notice.rejected_at
    if isinstance(notice, ImageRemoved):
        return notice.removed_at
    return notice.failed_at if isinstance(notice, ImageFailed) else notice.ended_at
