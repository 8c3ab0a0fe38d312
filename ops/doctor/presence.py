"""The one check that reports missing resources: all others ignore them."""

from collections.abc import Callable

from ops.aws.inspection import Absent
from ops.doctor.findings import Finding, judge
from ops.doctor.live import Live


def exists(live: Live, where: str, ask: Callable[[str], object], name: str | None = None) -> Finding:
    """A finding of whether a resource exists.

    Args:
        live: The pipeline.
        where: Name of the resource, as reports have it.
        ask: Asks AWS about it; raises Absent if it does not exist.
        name: Name or ARN to ask by; None for the same name.
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
