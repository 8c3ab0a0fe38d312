"""Check of this machine's clock: AWS refuses requests that are signed with another time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from ops.doctor.findings import Check, Finding, judge
from ops.doctor.live import Live

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html: five minutes.
_REFUSED_SECONDS: Final = 300
_MAX_SECONDS: Final = 60
REMEDY: Final = "set this machine's clock: sudo timedatectl set-ntp true"


def clock(live: Live, _: str) -> Iterator[Finding]:
    """The clocks agree."""
    date = live.date()
    seconds = abs((now() - parsedate_to_datetime(date)).total_seconds()) if date else 0
    yield judge(
        seconds <= _MAX_SECONDS,
        where="this machine",
        found=f"{seconds:.0f} s from AWS's" if date else "AWS answered without a date",
        allowed=f"{_MAX_SECONDS} s or less; from {_REFUSED_SECONDS} s on AWS refuses everything",
        remedy=REMEDY,
    )


def is_refused(words: str) -> bool:
    """Whether AWS refused a request because of its time, by the text of the error."""
    return "Signature expired" in words or "Signature not yet current" in words or "RequestTimeTooSkewed" in words


def now() -> datetime:
    """Current time of this machine."""
    return datetime.now(UTC)


CHECKS: Final = (Check(name="clock", run=clock),)
