"""What a check found: all is well, a warning, or a problem, each with what is allowed and what to do."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ops.doctor.live import Live

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Args:
        where: the resource.
        level: ok; warning, which may be meant so; problem, which keeps the pipeline from doing what it should.
        found: the value.
        allowed: what it should be.
        remedy: what to do, a command where there is one; empty where all is well.
        check: the name of the check; anyone who runs it fills it in.
    """

    where: str
    level: Level
    found: str
    allowed: str
    remedy: str = ""
    check: str = ""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question about a pipeline that is there.

    Args:
        name: of the check.
        run: looks, and yields what it finds; asked once for each service, or once with an empty name.
        services: for which it is asked.
    """

    name: str
    run: Callable[["Live", str], Iterable[Finding]]
    services: tuple[str, ...] = ("",)


def judge(
    good: bool,
    *,
    where: str,
    found: object,
    allowed: object,
    remedy: str,
    level: Level = "problem",
) -> Finding:
    """A finding that is well where something holds.

    Args:
        good: whether it holds.
        where: the resource.
        found: the value.
        allowed: what it should be.
        remedy: what to do where it does not hold.
        level: of it, where it does not hold.
    """
    return Finding(
        where=where,
        level="ok" if good else level,
        found=str(found),
        allowed=str(allowed),
        remedy="" if good else remedy,
    )
