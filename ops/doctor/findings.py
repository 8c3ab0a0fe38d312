"""Findings of checks: ok, a warning or a problem, with what is allowed and what to do."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ops.aws.inspection import Absent

if TYPE_CHECKING:
    from ops.doctor.live import Live

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Result of one check of one resource.

    Args:
        where: Name of the resource.
        level: ok; warning, which may be intended; problem, which keeps the pipeline from working correctly.
        found: Actual value.
        allowed: Value that it should have.
        remedy: What to do, if possible a command; empty if all is well.
        check: Name of the check, which examination fills in.
    """

    where: str
    level: Level
    found: str
    allowed: str
    remedy: str = ""
    check: str = ""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of a pipeline.

    Args:
        name: Name of the check.
        run: Yields findings; called once for each service, or once with an empty name.
        services: Services to call it for.
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
    """A finding that is ok if a condition holds, and else of a level and with a remedy."""
    return Finding(
        where=where,
        level="ok" if good else level,
        found=str(found),
        allowed=str(allowed),
        remedy="" if good else remedy,
    )


def exists(live: "Live", where: str, ask: Callable[[str], object], name: str | None = None) -> Finding:
    """A finding of whether a resource exists; all other checks ignore one that does not.

    `ask` raises Absent if it does not; it is asked by the name that reports have, or by another name or ARN.
    """
    try:
        ask(name or where)
    except Absent:
        found = False
    else:
        found = True
    return judge(
        found,
        where=where,
        found="there" if found else f"not there, in account {live.stack.names.account}, {live.stack.names.region}",
        allowed="there",
        remedy=f"{live.remake()}; or another --region, --profile or --settings",
    )
