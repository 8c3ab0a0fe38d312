"""The time that AWS's answers give, whatever this machine's clock says."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

# A Date header has whole seconds, and S3's events have milliseconds.
_REST_OF_SECOND: Final = timedelta(milliseconds=999)


def date_of(answer: Mapping[str, Any]) -> str | None:
    """The Date header of an answer; None where it has none."""
    date: str | None = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    return date


def answered_time(date: str | None) -> datetime:
    """The time that an answer's Date says, to the end of its second; this machine's own where it says none."""
    try:
        moment = parsedate_to_datetime(date or "")
    except ValueError:
        return datetime.now(UTC)
    return moment.astimezone(UTC) + _REST_OF_SECOND


def corrected(here: datetime, date: str | None) -> datetime:
    """This machine's time where it lies within the second that an answer's Date says, else what in it is nearest.

    Args:
        here: what this machine's clock said before the request.
        date: of the answer; where there is none, this machine's clock is believed.
    """
    there = answered_time(date)
    return min(max(here, there - _REST_OF_SECOND), there) if date else here
