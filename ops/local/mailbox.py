"""The mailbox of the local AWS, which sends no e-mail: notifications fetched to a folder."""

from pathlib import Path
from typing import Final

from ops.errors import CommandError, Exit
from ops.local.mail import Mail, read, receive, write
from ops.places import WORK
from ops.stack import Stack

FOLDER: Final = WORK / ".local" / "mailbox"


def collect(stack: Stack, folder: Path = FOLDER) -> list[Path]:
    """Fetch the mailbox's messages to a folder; each file is written before its message is deleted.

    Args:
        stack: a pipeline on the local AWS.
        folder: made where it is not there.

    Raises:
        CommandError: this pipeline has no mailbox.
    """
    try:
        url = stack.queue_url(stack.names.mailbox)
    except CommandError as error:
        raise CommandError(
            "there is no mailbox on AWS: mails go to the subscribers. Subscribe: pipeline subscribe you@example.com",
            Exit.NOT_FOUND,
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    return list(dict.fromkeys(write(notice, folder) for notice in receive(stack.sqs, url, wait_seconds=0)))


def mails(folder: Path = FOLDER) -> list[Mail]:
    """The e-mails in a folder, the oldest first."""
    return [read(path) for path in sorted(folder.glob("*.eml"))]
