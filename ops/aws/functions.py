"""The published versions of a service's function, and the alias that says which of them is live."""

from dataclasses import dataclass
from typing import Final

from botocore.exceptions import ClientError

from ops.aws.refusals import is_named
from ops.stack import Stack

ALIAS: Final = "live"


@dataclass(frozen=True, kw_only=True)
class Live:
    """What the alias of a function leads to.

    Args:
        version: the version's number.
        revision_id: of the alias, which every change of it changes.
    """

    version: int
    revision_id: str


def live_version(stack: Stack, service: str) -> Live | None:
    """The version that processes a service's queue; None where there is no function with the alias."""
    functions = stack.client("lambda")
    try:
        alias = functions.get_alias(FunctionName=stack.names.function(service), Name=ALIAS)
    except ClientError as error:
        if not is_named(error, "ResourceNotFoundException"):
            raise
        return None
    return Live(version=int(alias["FunctionVersion"]), revision_id=alias["RevisionId"])


def versions(stack: Stack, service: str) -> list[int]:
    """The numbers of all published versions of a service's function."""
    pages = stack.client("lambda").get_paginator("list_versions_by_function")
    found = [
        each["Version"]
        for page in pages.paginate(FunctionName=stack.names.function(service))
        for each in page["Versions"]
    ]
    return [int(each) for each in found if each != "$LATEST"]


def go_live(stack: Stack, service: str, version: int, *, instead_of: Live) -> None:
    """Let the alias lead to another version, unless somebody has changed it meanwhile.

    Raises:
        botocore.exceptions.ClientError: somebody has changed it.
    """
    stack.client("lambda").update_alias(
        FunctionName=stack.names.function(service),
        Name=ALIAS,
        FunctionVersion=str(version),
        RevisionId=instead_of.revision_id,
    )
