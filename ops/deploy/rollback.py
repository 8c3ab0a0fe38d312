"""`make rollback`: moves the alias live to the previous version, without Terraform."""

from ops.aws.functions import ALIAS, go_live, live_version, versions
from ops.errors import CommandError, Exit
from ops.stack import Stack


def rollback(stack: Stack, service: str) -> tuple[int, int]:
    """Let the previous version of a function process the service's queue.

    A version keeps its code, environment and settings; the role's permissions are the current ones. The next deployment
    moves the alias forward again.

    Returns:
        The version that was live, and the one that is live now.

    Raises:
        CommandError: there is no function, or no version before.
    """
    names, live = stack.names, live_version(stack, service)
    function = names.function(service)
    if live is None:
        where = f"account {names.account}, {names.region}"
        raise CommandError(f"no function {function} with an alias {ALIAS} in {where}", Exit.NOT_FOUND)
    before = max((each for each in versions(stack, service) if each < live.version), default=None)
    if before is None:
        raise CommandError(f"{function}: version {live.version} is live, and there is none before it", Exit.NOT_FOUND)
    # Anyone who deploys in this moment is not undone.
    go_live(stack, service, before, instead_of=live)
    return live.version, before
