"""The options by which every command of `pipeline dlq` selects messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from ops.cli.options import COUNT, DURATION, FROM_ZERO, SERVICE, Number, option, target_options, with_options
from ops.dlq.limits import (
    MAX_VISIBILITY_TIMEOUT_SECONDS,
    MIN_VISIBILITY_TIMEOUT_SECONDS,
    VISIBILITY_TIMEOUT_SECONDS,
)
from ops.names import SERVICES

if TYPE_CHECKING:
    from ops.cli.options import Target

F = TypeVar("F", bound=Callable[..., Any])

_SECTION: Final = "Filters (default: all messages)"


def reading_options(function: F) -> F:
    """The options of a command that talks to AWS, handed over as `target`; the filters, as a `reading` of messages.

    An option or argument with the name of a field of Selection is a filter.
    """

    @wraps(function)
    def gathered(target: Target, *, limit: int | None, visibility_timeout: int, **more: Any) -> Any:  # noqa: ANN401
        from ops.dlq.reading import Reading
        from ops.dlq.selection import Selection

        filters = {each.name: more.pop(each.name) for each in fields(Selection) if each.name in more}
        filters["services"] = [each for each in SERVICES if each in (filters["services"] or SERVICES)]
        selection = Selection(**filters)
        stack = target.stack()
        reading = Reading(stack=stack, selection=selection, limit=limit, visibility_timeout=visibility_timeout)
        return function(target, reading, **more)

    return with_options(target_options(gathered), _OPTIONS)  # type: ignore[return-value]


def names_argument(function: F) -> F:
    """Messages by their names."""
    return click.argument("names", nargs=-1, metavar="[ID|KEY]...", help="A message id, an image id or a key.")(
        function
    )


def _repeated(name: str, field: str, metavar: str | None, text: str, **more: Any) -> Callable[[Any], Any]:  # noqa: ANN401
    return option(name, field, multiple=True, metavar=metavar, section=_SECTION, help=text, **more)


def _one(name: str, kind: click.ParamType[Any], metavar: str, text: str) -> Callable[[Any], Any]:
    return option(name, type=kind, metavar=metavar, section=_SECTION, help=text)


_OPTIONS: Final[tuple[Callable[[Any], Any], ...]] = (
    _repeated(
        "--service", "services", None, "Limit to the dead-letter queue of this service; repeatable.", type=SERVICE
    ),
    _repeated("--error", "errors", "CLASS", "Limit to this class of error, such as AwsUnavailable; repeatable."),
    _repeated("--key", "globs", "GLOB", "Limit to keys that match, such as 'holiday/*', case-sensitive; repeatable."),
    _repeated("--image", "images", "ID", "Limit to the image with this id; repeatable."),
    _repeated("--batch", "batches", "ID", "Limit to images of this upload batch; repeatable."),
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
