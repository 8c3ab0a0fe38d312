"""HTML, written by templates that escape whatever they are given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment

from ops.console import view
from ops.console.commands import Commands
from ops.console.follower import Depth
from ops.console.state import MAX_ROWS, Seen
from ops.console.throughput import STEP_SECONDS, WINDOW_SECONDS, Throughput
from ops.dlq.limits import MAX_REPLAYS
from ops.durations import age_words
from ops.names import SERVICES
from ops.show import visible
from ops.stack import Stack
from ops.templates import environment
from shared.notices import human_size

TEMPLATES: Final = Path(__file__).with_name("templates")
STATIC: Final = Path(__file__).with_name("static")

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_BAR_WIDTH: Final = 4
_BARS_HEIGHT: Final = 40


@dataclass(kw_only=True)
class Pages:
    """The pages of one stack.

    Args:
        stack: whose.
        commands: that do what the pages do.
    """

    stack: Stack
    commands: Commands
    _env: Environment = field(init=False)
    _rows: dict[str, tuple[int, str]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._env = environment(TEMPLATES)
        self._env.globals.update(
            commands=self.commands,
            names=self.stack.names,
            max_rows=MAX_ROWS,
            where=where(self.stack),
            milestones=view.milestones,
            outcome=view.outcome,
            kind=view.kind,
            reason=view.reason,
            total=view.total,
            facts=view.facts,
            spans=view.spans,
            services=SERVICES,
            replays_limit=MAX_REPLAYS,
        )
        self._env.filters.update(
            pieces=view.pieces,
            visible=visible,
            halves=view.halves,
            took=view.took_seconds,
            size=human_size,
            age=age_words,
            clock=view.clock_words,
            day=view.day_words,
            zone=view.zone_words,
            rate=view.rate_words,
        )

    def write(self, template: str, **values: Any) -> str:  # noqa: ANN401 - what a template is given is its own
        """A page or a part of one."""
        # A key in an event may hold half a character, which is not UTF-8.
        return self._env.get_template(template).render(values).encode("utf-8", "replace").decode()

    def rows(self, images: Sequence[Seen]) -> str:
        """The rows of images; each is written once a change, for anyone who looks."""
        return "".join(map(self._row, images))

    def heartbeat(
        self, throughput: Throughput, depths: Mapping[str, Depth], counts: Mapping[str, int], now: float
    ) -> str:
        """Throughput and queues."""
        bars = throughput.bars(now)
        most = max(*bars, 1.0)
        heights = [round(_BARS_HEIGHT * bar / most, 1) for bar in bars]
        return self.write(
            "heartbeat.html",
            lately=throughput.lately(now),
            total_ended=throughput.total(now),
            minutes=WINDOW_SECONDS // 60,
            step=STEP_SECONDS,
            most=most if any(bars) else 0.0,
            bars=[
                {"x": index * _BAR_WIDTH, "y": _BARS_HEIGHT - height, "height": height}
                for index, height in enumerate(heights)
                if height
            ],
            width=len(bars) * _BAR_WIDTH,
            height=_BARS_HEIGHT,
            bar_width=_BAR_WIDTH - 1,
            depths={service: depths.get(service, Depth()) for service in SERVICES},
            counts=counts,
        )

    def _row(self, seen: Seen) -> str:
        image_id = seen.row.image_id
        change, html = self._rows.get(image_id, (-1, ""))
        if change != seen.change:
            html = self.write("row.html", seen=seen)
            if len(self._rows) >= 2 * MAX_ROWS:
                self._rows.clear()
            self._rows[image_id] = seen.change, html
        return html


def is_local(stack: Stack) -> bool:
    """Whether it is on a local AWS, which everybody on this machine may ask without a console."""
    return urlsplit(stack.s3.meta.endpoint_url).hostname in _LOOPBACK


def where(stack: Stack) -> str:
    """Which stack it is, for people."""
    if is_local(stack):
        return f"local AWS at {stack.s3.meta.endpoint_url}"
    return f"account {stack.names.account}, {stack.names.region}"
