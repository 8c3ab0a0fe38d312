"""Whether a resource is there: the one check that says so, for all others pass over what is not."""

from typing import Any

from ops.doctor.findings import Finding, judge
from ops.doctor.live import Absent, Live


def exists(live: Live, service: str, operation: str, where: str, **parameters: Any) -> Finding:  # noqa: ANN401 - as AWS takes them
    """Whether a resource is there: the question fails where it is not."""
    try:
        live.ask(service, operation, **parameters)
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
