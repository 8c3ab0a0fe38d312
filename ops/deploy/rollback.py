"""`make rollback`: moves the alias live to the previous version, without Terraform."""

from ops.aws.functions import ALIAS, go_live, live_version, versions
from ops.errors import CommandError, Exit
from ops.stack import Stack


def rollback(stack: Stack, service: str, to: int | None = None) -> tuple[int, int]:
    """Let an earlier version of a function process the service's queue.

    A version keeps its code, environment and settings; the role's permissions are the current ones. The next deployment
    moves the alias forward again.

    Args:
        stack: The deployed pipeline.
        service: Name of the service.
        to: The version; None for the one before the live one, which may be one that was rolled back from.

    Returns:
        The version that was live, and the one that is live now.

    Raises:
        CommandError: there is no function, no version before, or not that version.
    """
    names, live = stack.names, live_version(stack, service)
    function = names.function(service)
    if live is None:
        where = f"account {names.account}, {names.region}"
        raise CommandError(f"no function {function} with an alias {ALIAS} in {where}", Exit.NOT_FOUND)
    published = versions(stack, service)
    before = max((each for each in published if each < live.version), default=None) if to is None else to
    if before is None:
        raise CommandError(f"{function}: version {live.version} is live, and there is none before it", Exit.NOT_FOUND)
    if before not in published:
        there = ", ".join(map(str, sorted(published)))
        raise CommandError(f"{function} has no version {before}; there are {there}", Exit.NOT_FOUND)
    # Anyone who deploys in this moment is not undone.
    go_live(stack, service, before, instead_of=live)
    return live.version, before
