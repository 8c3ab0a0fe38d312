"""Removes what a load test uploaded and what became of it: every version under its own prefix, and nothing else."""

from typing import Final

from ops.aws.buckets import remove_versions
from ops.errors import CommandError, Exit
from ops.stack import Stack

# Load tests upload under this, each into a folder of its own.
FOLDER: Final = "load-test/"


def prefix_of(name: str) -> str:
    """The prefix that a load test uploads under, and that its outputs have, beneath those of the buckets."""
    return f"{FOLDER}{name}/"


def clean(stack: Stack, prefix: str) -> int:
    """Remove all versions of all objects under a load test's prefix, in the input and the output bucket; how many.

    Raises:
        CommandError: the prefix is none of a load test's, or something could not be removed.
    """
    places = stack.names.buckets
    name = places.input.relative(prefix)
    if not name.startswith(FOLDER) or not name.removeprefix(FOLDER).rstrip("/"):
        raise CommandError(f"{prefix} is not a load test's: nothing was removed", Exit.USAGE)
    removed = remove_versions(stack.s3, stack.names.input_bucket, prefix)
    return removed + remove_versions(stack.s3, stack.names.output_bucket, places.output.prefix + name)
