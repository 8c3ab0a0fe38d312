"""AWS's errors by the names that its models give them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from botocore.exceptions import ClientError

# What services call a request that the caller has no permission for.
_DENIED: Final = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "UnauthorizedOperation",
    }
)


def is_named(error: ClientError, name: str) -> bool:
    """Whether an error is the one that AWS's model of its service calls so.

    The classes of `client.exceptions` do not serve where threads share a client: two threads that use it first make two
    classes of each name, and what one thread raises is not what the other one catches. Found with botocore 1.44.5; see
    findings/botocore-exceptions-race.sh.

    Args:
        error: as the SDK raised it.
        name: such as "QueueDoesNotExist", which may differ from the error's code.
    """
    return type(error).__name__ == name


def is_denied(error: ClientError) -> bool:
    """Whether AWS refused a request since the caller has no permission for it."""
    return error.response.get("Error", {}).get("Code", "") in _DENIED


@contextmanager
def passing_over(name: str) -> Iterator[None]:
    """End quietly at an error of this name."""
    try:
        yield
    except ClientError as error:
        if not is_named(error, name):
            raise
