"""What changed, as server-sent events: rows of images, and the parts of the page that are small. One stream a page."""

import re
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

from ops.console.batch_rows import batch_rows
from ops.console.follower import Follower
from ops.console.pages import Pages

_TOGETHER_SECONDS: Final = 0.1
_ALIVE_SECONDS: Final = 5.0
_AGAIN_MS: Final = 1000


def event(name: str, data: str, event_id: str | None = None) -> str:
    """One event; whatever is in its data, it ends where this says."""
    lines = re.split(r"\r\n|\r|\n", data)
    data = "".join(f"data: {line}\n" for line in lines)
    return f"{f'id: {event_id}' + chr(10) if event_id else ''}event: {name}\n{data}\n"


@dataclass(frozen=True, kw_only=True)
class Events:
    """Sends pages what changed.

    Args:
        follower: knows it.
        pages: write it.
    """

    follower: Follower
    pages: Pages

    def since(self) -> str:
        """What a page that is written now has seen."""
        return f"{self.follower.epoch}-{self.follower.state.change}"

    async def stream(self, since: str) -> AsyncIterator[str]:
        """Events for one page, until it goes.

        Args:
            since: what it has seen; of another process's counting, it is asked to begin again.
        """
        epoch, _, number = since.partition("-")
        if epoch != self.follower.epoch or not number.isdecimal():
            yield event("again", "begin again")
            return
        change, sent = int(number), dict[str, str]()
        yield f"retry: {_AGAIN_MS}\n\n"
        with self.follower.watched():
            while not self.follower.leaving:
                now = self.follower.state.change
                changed = self.follower.state.changes(change)
                if changed:
                    yield event("rows", self.pages.rows(changed), f"{epoch}-{now}")
                change = now
                for name, html in self.panels().items():
                    if sent.get(name) != html:
                        sent[name] = html
                        yield event(name, html)
                await self.follower.rung(_ALIVE_SECONDS)
                await self.follower.pause(_TOGETHER_SECONDS)  # what changes together is sent together
                yield ": still here\n\n"

    def panels(self) -> Mapping[str, str]:
        """The parts of the page that are written whole, by their names."""
        follower = self.follower
        heartbeat = self.pages.heartbeat(follower.throughput, follower.depths, follower.state.counts(), time.time())
        dead = sum(depth.dead for depth in follower.depths.values())
        return {
            "heartbeat": heartbeat,
            "batches": self.pages.write(
                "batches.html", batches=batch_rows(follower.state.newest_first(), follower.batches.totals)
            ),
            "dead": self.pages.write("dead.html", dead=dead),
            "state": self.pages.write("state.html", trouble=follower.trouble),
        }
