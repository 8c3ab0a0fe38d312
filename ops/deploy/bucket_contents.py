"""Empties a bucket, versions included: S3 deletes a bucket only then."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.errors import CommandError, Exit
from ops.show import note

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
_AT_ONCE = 1000


def exists(s3: "S3Client", bucket: str) -> bool:
    """Whether a bucket is there."""
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:  # noqa: PLR2004 - not found
            return False
        raise
    return True


def holds_objects(s3: "S3Client", bucket: str) -> bool:
    """Whether anything is in a bucket, old versions included; nothing is in one that is not there."""
    if not exists(s3, bucket):
        return False
    page = s3.list_object_versions(Bucket=bucket, MaxKeys=1)
    return bool(page.get("Versions") or page.get("DeleteMarkers"))


def empty(s3: "S3Client", bucket: str) -> None:
    """Delete everything in a bucket permanently.

    Raises:
        CommandError: S3 keeps something.
    """
    deleted = 0
    if not exists(s3, bucket):
        return
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        every: list[ObjectIdentifierTypeDef] = [
            {"Key": each["Key"], "VersionId": each["VersionId"]}
            for each in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]
        for start in range(0, len(every), _AT_ONCE):
            some = every[start : start + _AT_ONCE]
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})
            if answer.get("Errors"):
                kept = answer["Errors"][0]
                raise CommandError(f"s3://{bucket}/{kept['Key']} stays: {kept['Message']}", Exit.PARTIAL)
            deleted += len(some)
    if deleted:
        note(f"s3://{bucket}: {deleted:,} deleted")
