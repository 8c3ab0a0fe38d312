"""The notices that subscribers got, as the page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Mail(Protocol):
    """One e-mail."""

    @property
    def id(self) -> str:
        """Its own, among all."""
        ...

    @property
    def date(self) -> str:
        """When it was written."""
        ...

    @property
    def subject(self) -> str:
        """One line."""
        ...

    @property
    def text(self) -> str:
        """What it says."""
        ...


class Mailbox(Protocol):
    """Where the e-mails of the stack arrive."""

    @property
    def advice(self) -> str:
        """What is told where there are none."""
        ...

    def mails(self) -> Sequence[Mail]:
        """All that came so far, the newest first."""
        ...


@dataclass(frozen=True, kw_only=True)
class NoMailbox:
    """On AWS, mails go to people's own addresses: nothing of them is seen here."""

    advice: str = "Mails go to the addresses that are subscribed to the topic, and are not seen here."

    def mails(self) -> Sequence[Mail]:
        """None."""
        return ()
