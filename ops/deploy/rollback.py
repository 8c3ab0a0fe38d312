"""`make rollback`: the alias live goes back to the version before, without Terraform."""

from typing import TYPE_CHECKING

from ops.deploy.account import Account
from ops.errors import CommandError, Exit

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

ALIAS = "live"


def live_version(functions: "LambdaClient", function: str) -> str | None:
    """The version that works the queue off; None where there is no such function yet."""
    try:
        return functions.get_alias(FunctionName=function, Name=ALIAS)["FunctionVersion"]
    except functions.exceptions.ResourceNotFoundException:
        return None


def rollback(account: Account, service: str) -> tuple[str, str]:
    """Let a service's queue be processed by the version before the one that does it now.

    A version keeps its code, its environment and its settings; the role's permissions are those of now. The next
    deployment puts the alias forward again.

    Returns:
        The version that was live, and the one that is.

    Raises:
        CommandError: there is no function, or no version before.
    """
    functions, function = account.client("lambda"), account.names.function(service)
    try:
        alias = functions.get_alias(FunctionName=function, Name=ALIAS)
    except functions.exceptions.ResourceNotFoundException as error:
        where = f"account {account.names.account}, {account.names.region}"
        raise CommandError(f"no function {function} with an alias {ALIAS} in {where}", Exit.NOT_FOUND) from error
    live = int(alias["FunctionVersion"])
    pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    versions = [each["Version"] for page in pages for each in page["Versions"] if each["Version"] != "$LATEST"]
    before = max((int(version) for version in versions if int(version) < live), default=None)
    if before is None:
        raise CommandError(f"{function}: version {live} is live, and there is none before it", Exit.NOT_FOUND)
    # The revision: anyone who deploys in this moment is not undone.
    functions.update_alias(
        FunctionName=function, Name=ALIAS, FunctionVersion=str(before), RevisionId=alias["RevisionId"]
    )
    return str(live), str(before)
