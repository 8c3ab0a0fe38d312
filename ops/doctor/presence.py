"""Whether a resource is there: the one check that says so, for all others pass over what is not."""

from collections.abc import Callable

from ops.aws.inspection import Absent
from ops.doctor.findings import Finding, judge
from ops.doctor.live import Live


def exists(live: Live, where: str, ask: Callable[[str], object], name: str | None = None) -> Finding:
    """Whether a resource is there.

    Args:
        live: the pipeline.
        where: what people call the resource.
        ask: a question about it, which raises Absent where it is not there.
        name: by which AWS is asked; None for the same.
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
