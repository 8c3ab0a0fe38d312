"""An image's row of the ledger, as commands print it."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from ops.aws.ledger import Row
from ops.cli.output import Column, numeric, word
from ops.names import NEXT


def header() -> tuple[str | Column, ...]:
    """The columns of as_row."""
    return ("IMAGE", word("OUTCOME"), numeric("SECONDS"), "OUTPUTS OR REASON")


def as_row(row: Row) -> tuple[str, ...]:
    """A row of the ledger for people."""
    stored = " ".join(row.outputs) + (f" (note: {'; '.join(row.warnings)})" if row.warnings else "")
    detail = f"{row.error}: {row.reason}" if row.error else row.reason or stored
    return (row.key, outcome_of(row), f"{row.total_seconds:.1f}", detail)


def dated_header() -> tuple[str | Column, ...]:
    """The columns of as_dated_row."""
    name, *others = header()
    return (name, word("UPLOADED"), *others)


def as_dated_row(row: Row) -> tuple[str, ...]:
    """A row of the ledger with the time of its upload in UTC: versions of a key differ by it."""
    name, *others = as_row(row)
    return (name, uploaded_of(row), *others)


def uploaded_of(row: Row) -> str:
    """When an image was uploaded, to the second, in UTC; as it stands where it is not a time."""
    try:
        return datetime.fromisoformat(row.uploaded_at).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except ValueError:
        return row.uploaded_at


def outcome_of(row: Row) -> str:
    """The outcome of an image, or the service that it is on its way to."""
    if row.outcome:
        return row.outcome
    service = NEXT.get(row.service, "its outcome")
    return f"on its way to {service}" + (f", attempt {row.attempt} of {row.attempts}" if row.attempt else "")


def as_json(row: Row) -> dict[str, Any]:
    """A row of the ledger for machines."""
    return {
        **asdict(row),
        "outputs": list(row.outputs),
        "warnings": list(row.warnings),
        "total_seconds": round(row.total_seconds, 3),
    }
