"""The notices that subscribers got, as the page shows them."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ops.errors import CommandError
from ops.local.mail import Mail

_NOTHING_YET: Final = "No mail yet: one comes when an image is stored or has failed."


@dataclass(kw_only=True)
class Mailbox:
    """Mails that are fetched when somebody looks.

    Args:
        collect: fetches what is new; refuses where there is no mailbox.
        read: what was fetched so far, the oldest first.
    """

    collect: Callable[[], object]
    read: Callable[[], Sequence[Mail]]
    advice: str = field(default=_NOTHING_YET, init=False)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, init=False)

    def mails(self) -> Sequence[Mail]:
        """All that came so far, the newest first."""
        with self._one_at_a_time:
            try:
                self.collect()
                self.advice = _NOTHING_YET
            except CommandError as error:
                self.advice = str(error)
            return list(reversed(self.read()))
