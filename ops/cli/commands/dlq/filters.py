"""The options by which every command of `pipeline dlq` selects messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from ops.cli.options import COUNT, DURATION, FROM_ZERO, SERVICE, Number, option
from ops.dlq.limits import (
    MAX_VISIBILITY_TIMEOUT_SECONDS,
    MIN_VISIBILITY_TIMEOUT_SECONDS,
    VISIBILITY_TIMEOUT_SECONDS,
)

if TYPE_CHECKING:
    from datetime import timedelta

    from ops.dlq.selection import Selection

F = TypeVar("F", bound=Callable[..., Any])

_SECTION: Final = "Filters (default: all messages)"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the filters of a command line say.

    Args:
        service: in whose dead-letter queues; empty for all.
        error: classes of errors.
        key: patterns of keys.
        image: image ids.
        batch: ids of upload batches.
        older_than: in the queue for this time or longer.
        newer_than: in the queue for less than this time.
        min_replays: replayed this often or more.
        max_replays: replayed this often or less.
        limit: how many at most.
        visibility_timeout: for which messages are hidden from others, in seconds.
        names: message ids, image ids or keys.
    """

    service: tuple[str, ...]
    error: tuple[str, ...]
    key: tuple[str, ...]
    image: tuple[str, ...]
    batch: tuple[str, ...]
    older_than: timedelta | None
    newer_than: timedelta | None
    min_replays: int | None
    max_replays: int | None
    limit: int | None
    visibility_timeout: int
    names: tuple[str, ...] = ()

    def selection(self) -> Selection:
        """The messages that they are about."""
        from ops.dlq.selection import Selection
        from ops.names import SERVICES

        return Selection(
            services=tuple(service for service in SERVICES if not self.service or service in self.service),
            errors=frozenset(self.error),
            globs=self.key,
            older_than=self.older_than,
            newer_than=self.newer_than,
            min_replays=self.min_replays,
            max_replays=self.max_replays,
            names=frozenset(self.names),
            images=frozenset(self.image),
            batches=frozenset(self.batch),
        )


def filter_options(function: F) -> F:
    """The filters, handed over as `filters`; names where the command has `names_argument`."""

    @wraps(function)
    def gathered(*args: Any, **more: Any) -> Any:  # noqa: ANN401 - as the command's
        own = {name: more.pop(name) for name in Filters.__dataclass_fields__ if name in more}
        return function(*args, filters=Filters(**own), **more)

    for each in reversed(_OPTIONS):
        gathered = each(gathered)
    return gathered  # type: ignore[return-value]


def names_argument(function: F) -> F:
    """Messages by their names."""
    return click.argument("names", nargs=-1, metavar="[ID|KEY]...", help="A message id, an image id or a key.")(
        function
    )


def _repeated(name: str, metavar: str | None, text: str, **more: Any) -> Callable[[Any], Any]:  # noqa: ANN401
    return option(name, multiple=True, metavar=metavar, section=_SECTION, help=text, **more)


def _one(name: str, kind: click.ParamType[Any], metavar: str, text: str) -> Callable[[Any], Any]:
    return option(name, type=kind, metavar=metavar, section=_SECTION, help=text)


_OPTIONS: Final[tuple[Callable[[Any], Any], ...]] = (
    _repeated("--service", None, "Limit to the dead-letter queue of this service; repeatable.", type=SERVICE),
    _repeated("--error", "CLASS", "Limit to this class of error, such as AwsUnavailable; repeatable."),
    _repeated("--key", "GLOB", "Limit to keys that match, such as 'holiday/*', case-sensitive; repeatable."),
    _repeated("--image", "ID", "Limit to the image with this id; repeatable."),
    _repeated("--batch", "ID", "Limit to images of this upload batch; repeatable."),
    _one("--older-than", DURATION, "AGE", "Limit to messages in the queue for this time or longer: 30m, 2h, 3d."),
    _one("--newer-than", DURATION, "AGE", "Limit to messages in the queue for less than this time."),
    _one("--min-replays", FROM_ZERO, "N", "Limit to messages that were replayed N times or more."),
    _one("--max-replays", FROM_ZERO, "N", "Limit to messages that were replayed N times or less."),
    _one("--limit", COUNT, "N", "Stop after this many messages."),
    option(
        "--visibility-timeout",
        type=Number(MIN_VISIBILITY_TIMEOUT_SECONDS, MAX_VISIBILITY_TIMEOUT_SECONDS),
        default=VISIBILITY_TIMEOUT_SECONDS,
        metavar="SECONDS",
        help="Hide messages from other readers for this time if this command is killed; it is renewed,"
        f" and ends with the command (default: {VISIBILITY_TIMEOUT_SECONDS}).",
    ),
)
