"""The notices that subscribers got, as the page shows them."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from ops.errors import CommandError


class Mail(Protocol):
    """One e-mail."""

    @property
    def id(self) -> str:
        """Its own, among all."""
        ...

    @property
    def date(self) -> datetime:
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
        """What is shown where there are none."""
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


@dataclass(kw_only=True)
class FetchedMailbox:
    """Mails that are fetched when somebody looks.

    Args:
        collect: fetches what is new; refuses where there is no mailbox.
        read: what was fetched so far, the oldest first.
    """

    collect: Callable[[], object]
    read: Callable[[], Sequence[Mail]]
    advice: str = field(default="No mail yet: one comes when an image is stored or has failed.", init=False)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, init=False)

    def mails(self) -> Sequence[Mail]:
        """All that came so far, the newest first."""
        with self._one_at_a_time:
            try:
                self.collect()
            except CommandError as error:
                self.advice = str(error)
            return list(reversed(self.read()))
