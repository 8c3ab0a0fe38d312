"""What the three functions logged of an image, read from their log groups and merged by time."""

import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from ops.aws.log_events import NoLogGroup, events
from ops.names import SERVICES
from ops.stack import Stack

# What Powertools adds to every line and an operator does not look for: it is in a column of its own, or nothing new.
_COMMON: Final = frozenset({"timestamp", "level", "message", "service", "location", "xray_trace_id", "image_id", "key"})


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a function's log.

    Args:
        at: when it was logged.
        service: whose function.
        level: INFO, WARNING, ERROR; empty where the line does not say.
        message: in words.
        fields: all else that it says, by name.
        image_id: of which it is; None where it is not JSON.
        key: of the image.
    """

    at: datetime
    service: str
    level: str
    message: str
    fields: dict[str, Any]
    image_id: str | None
    key: str | None


def of_images(stack: Stack, image_ids: Iterable[str], since: datetime) -> tuple[list[Line], list[str]]:
    """The lines of images, in order; and the log groups that are not there."""
    wanted = sorted(image_ids)
    return _read(stack, wanted, since, lambda line: line.image_id in wanted or line.image_id is None)


def of_key(stack: Stack, key: str, since: datetime) -> tuple[list[Line], list[str]]:
    """The lines of a key, of an image that the ledger does not know; and the groups that are not there."""
    return _read(stack, [json.dumps(key, ensure_ascii=False)[1:-1]], since, lambda line: line.key == key)


def parse(service: str, milliseconds: int, text: str) -> Line:
    """A line as Powertools writes it; any other becomes a message of its own."""
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    try:
        record = json.loads(text)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        return Line(at=at, service=service, level="", message=text.strip(), fields={}, image_id=None, key=None)
    return Line(
        at=at,
        service=service,
        level=str(record.get("level", "")),
        message=str(record.get("message", "")),
        fields={name: value for name, value in record.items() if name not in _COMMON},
        image_id=record.get("image_id"),
        key=record.get("key"),
    )


def _read(
    stack: Stack, phrases: Sequence[str], since: datetime, keep: Callable[[Line], bool]
) -> tuple[list[Line], list[str]]:
    missing: set[str] = set()

    def one(service: str, phrase: str) -> list[Line]:
        try:
            found = events(stack, service, phrase=phrase, since=since)
            return [parse(service, each["timestamp"], each["message"]) for each in found]
        except NoLogGroup as error:
            missing.add(error.group)
            return []

    searches = [(service, phrase) for service in SERVICES for phrase in phrases]
    with ThreadPoolExecutor(len(SERVICES)) as pool:
        found = [line for lines in pool.map(lambda each: one(*each), searches) for line in lines if keep(line)]
    # Of one millisecond the earlier service came first.
    return sorted(found, key=lambda line: (line.at, SERVICES.index(line.service))), sorted(missing)
