"""Removes what a load test uploaded and what became of it: every version under its own prefix, and nothing else."""

from typing import TYPE_CHECKING, Final

from ops.errors import CommandError, Exit
from ops.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

# Load tests upload under this, each into a folder of its own.
FOLDER: Final = "load-test/"


def prefix_of(name: str) -> str:
    """Where a load test uploads, and where its outputs go with it."""
    return f"{FOLDER}{name}/"


def clean(stack: Stack, prefix: str) -> int:
    """Remove all versions of all objects under a load test's prefix, in the input and the output bucket; how many.

    Args:
        stack: whose buckets.
        prefix: as prefix_of has it.

    Raises:
        CommandError: the prefix is none of a load test's, or something could not be removed.
    """
    if not prefix.startswith(FOLDER) or not prefix.removeprefix(FOLDER).rstrip("/"):
        raise CommandError(f"{prefix} is not a load test's: nothing was removed", Exit.USAGE)
    return sum(_empty(stack.s3, bucket, prefix) for bucket in (stack.names.input_bucket, stack.names.output_bucket))


def _empty(s3: "S3Client", bucket: str, prefix: str) -> int:
    removed = 0
    for some in _versions(s3, bucket, prefix):
        errors = s3.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True}).get("Errors", [])
        if errors:
            raise CommandError(
                f"{len(errors)} of s3://{bucket}/{prefix} could not be removed:"
                f" {errors[0].get('Key')}: {errors[0].get('Message')}",
                Exit.AWS,
            )
        removed += len(some)
    return removed


def _versions(s3: "S3Client", bucket: str, prefix: str) -> "Iterator[list[ObjectIdentifierTypeDef]]":
    """All versions and all marks of deletion, a page at a time."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        found: list[ObjectIdentifierTypeDef] = [
            {"Key": each["Key"], "VersionId": each["VersionId"]}
            for each in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]
        if found:
            yield found
