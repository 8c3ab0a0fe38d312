"""Times in words: 30m, 2h or 3d, read from an option and written for people."""

import re
from datetime import timedelta
from typing import Final

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
# Longer than anything exists on AWS, and short enough to be subtracted from now.
MAX: Final = timedelta(days=36_500)


def parse(text: str) -> timedelta:
    """The time that "30m", "2h" or "3d" says.

    Raises:
        ValueError: it says none, or more than 100 years.
    """
    found = re.fullmatch(r"([0-9]{1,6})([smhdw])", text)
    if not found:
        raise ValueError(f"{text!r} is not a time; it must be such as 30m, 2h or 3d (s, m, h, d, w)")
    time = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if time > MAX:
        raise ValueError(f"{text!r} is longer than {MAX.days} days")
    return time


def age_words(time: timedelta) -> str:
    """A time for people, its two biggest units: "3d 4h"."""
    seconds = max(0, int(time.total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days}d {hours}h"
    if hours:
        return f"{hours}h {minutes}m"
    return f"{minutes}m {seconds % 60}s" if minutes else f"{seconds}s"
