"""One image's trail: its rows of the ledger, and what all three services logged of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ops.aws.ledger import Row
from ops.images import log_lines
from ops.images.log_lines import Line
from ops.stack import Stack
from shared.dlq_messages import iso

# An image that the ledger does not know yet: it waits, or its first attempts fail.
_RECENT: Final = timedelta(days=1)
# The clocks of S3 and of Lambda are two.
_MARGIN: Final = timedelta(minutes=5)


@dataclass(kw_only=True)
class Trail:
    """What the ledger and the logs know of the image that is asked for.

    Args:
        stack: whose.
        key: of the image.
        now: when it was asked.
        image_id: of one version; None for the newest.
        all_versions: whether every version of the key is meant.
        age: how far back to look; None for since the image was uploaded.
    """

    stack: Stack
    key: str
    now: datetime
    image_id: str | None = None
    all_versions: bool = False
    age: timedelta | None = None
    rows: Sequence[Row] = field(default=(), init=False)
    missing: Sequence[str] = field(default=(), init=False)
    since: datetime = field(init=False)

    def look(self) -> list[Line]:
        """The lines of now, in order."""
        bucket = self.stack.names.input_bucket
        if self.image_id:
            rows = list(self.stack.ledger.of_images([(bucket, self.key, self.image_id)]).values())
        else:
            rows = list(self.stack.ledger_pages.versions(bucket, self.key).rows)
        if not self.all_versions:
            rows = rows[:1]
        self.rows, self.since = rows, self.now - (self.age or _RECENT)
        if rows and not self.age:
            self.since = min(datetime.fromisoformat(row.uploaded_at) for row in rows) - _MARGIN
        image_ids = {row.image_id for row in rows} | ({self.image_id} if self.image_id else set())
        if image_ids:
            lines, self.missing = log_lines.of_images(self.stack, image_ids, self.since)
        else:
            lines, self.missing = log_lines.of_key(self.stack, self.key, self.since)
        return lines

    @property
    def ended(self) -> bool:
        """Whether the image has its outcome."""
        return bool(self.rows) and all(row.outcome for row in self.rows)


def as_json(line: Line) -> dict[str, Any]:
    """A line for machines."""
    return {
        "at": iso(line.at),
        "service": line.service,
        "level": line.level,
        "message": line.message,
        "image_id": line.image_id,
        "key": line.key,
        **{name: value for name, value in line.fields.items() if name not in {"at", "service", "level", "message"}},
    }


def as_row(line: Line) -> tuple[str, ...]:
    """A line for people: time, service, level, message, details."""
    # A traceback has lines of its own, and the version is the same on most lines; --output json has both.
    hidden = {"exception", "stack_trace", "pipeline_version"}
    details = " ".join(f"{name}={value}" for name, value in line.fields.items() if name not in hidden)
    return (iso(line.at), line.service, line.level, line.message, details)
