"""The order of a key's versions: the sequencers of S3's events, compared as S3 documents.

Sequencers are hexadecimal and of any length; the shorter is padded with zeros on the right, and they are compared as
text: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from typing import Protocol


class Version(Protocol):
    """A version of a key: a message's source, or a row of the ledger."""

    @property
    def sequencer(self) -> str | None:
        """S3's sequencer of its event; None where the event had none."""

    @property
    def uploaded_at(self) -> str:
        """The time of its upload, ISO 8601 in UTC."""


def of(version: Version) -> str:
    """The sequence of a version: its sequencer, else the time of the upload."""
    return version.sequencer or version.uploaded_at


def sortable(sequence: str) -> str:
    """A sequence that compares as text with others of any length as S3 compares them, as DynamoDB's conditions do.

    The zeros that would be padded come before every digit, and so may be left out as well.
    """
    return sequence.rstrip("0")


def padded(sequence: str, length: int) -> str:
    """A sequencer padded to this many digits, which compares as text with others of the same length."""
    return sequence.ljust(length, "0")


def is_newer(one: str, other: str) -> bool:
    """Whether a version comes after another, by their sequences; not, where neither comes before the other."""
    return sortable(one) > sortable(other)
