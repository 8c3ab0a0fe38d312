"""What is in a bucket, old versions included: listed, and deleted permanently."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ops.aws.answers import corrected, date_of
from ops.errors import CommandError, Exit
from ops.show import note
from shared.dlq_messages import printable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectVersionsOutputTypeDef, ObjectIdentifierTypeDef


def exists(s3: "S3Client", bucket: str) -> bool:
    """Whether a bucket is there."""
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:  # noqa: PLR2004 - not found
            return False
        raise
    return True


def keeps_versions(s3: "S3Client", bucket: str) -> bool:
    """Whether each object of a key has an id of its own from now on; without, or suspended, they all are "null"."""
    return s3.get_bucket_versioning(Bucket=bucket).get("Status") == "Enabled"


def holds_objects(s3: "S3Client", bucket: str) -> bool:
    """Whether anything is in a bucket, old versions included; nothing is in one that is not there."""
    if not exists(s3, bucket):
        return False
    page = s3.list_object_versions(Bucket=bucket, MaxKeys=1)
    return bool(page.get("Versions") or page.get("DeleteMarkers"))


def keys(s3: "S3Client", bucket: str, prefix: str) -> Iterator[str]:
    """The keys of the objects under a prefix, in S3's order."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (each["Key"] for each in page.get("Contents", []))


def version_pages(
    s3: "S3Client", bucket: str, prefix: str, *, after: str = ""
) -> "Iterator[ListObjectVersionsOutputTypeDef]":
    """The versions and delete markers under a prefix in S3's order, page by page, with what is restored of archives.

    It begins after the key `after`; both may be empty.
    """
    start: dict[str, Any] = {"KeyMarker": after} if after else {}
    pages = s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, Prefix=prefix, OptionalObjectAttributes=["RestoreStatus"], **start
    )
    return iter(pages)


def time_of(s3: "S3Client", bucket: str, key: str) -> datetime:
    """The time by S3's clock, to the second at least; needs the permission to list versions."""
    here = datetime.now(UTC)
    return corrected(here, date_of(s3.list_object_versions(Bucket=bucket, Prefix=key, MaxKeys=1)))


def versions_of(s3: "S3Client", bucket: str, key: str, *, markers: bool = True) -> Iterator[str | None]:
    """The ids of all versions of one key, and of its delete markers unless they are left out."""
    for page in version_pages(s3, bucket, key):
        listed: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        for each in listed if markers else page.get("Versions", []):
            if each["Key"] == key:
                yield each["VersionId"]
        if listed and all(each["Key"] != key for each in listed):
            return  # keys come in their order: what follows only begins as this one


def remove_versions(s3: "S3Client", bucket: str, prefix: str = "") -> int:
    """Delete every version and delete marker under a prefix permanently, or in all of the bucket; how many they were.

    Raises:
        CommandError: S3 keeps something.
    """
    removed = 0
    # A page has 1,000 entries at most, and so has a request to delete.
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
    for page in version_pages(s3, bucket, prefix):
        every: list[ObjectIdentifierTypeDef] = [
            {"Key": each["Key"], "VersionId": each["VersionId"]}
            for each in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]
        # XML cannot hold every key that S3 takes: DeleteObjects of a control character is MalformedXML.
        together = [each for each in every if printable(each["Key"]) == each["Key"]]
        for each in (each for each in every if printable(each["Key"]) != each["Key"]):
            s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each.get("VersionId", ""))
        kept = (
            s3.delete_objects(Bucket=bucket, Delete={"Objects": together, "Quiet": True}).get("Errors", [])
            if together
            else []
        )
        if kept:
            raise CommandError(
                f"{len(kept):,} of s3://{bucket}/{prefix} could not be removed:"
                f" {kept[0].get('Key')}: {kept[0].get('Message')}",
                Exit.PARTIAL,
            )
        removed += len(every)
    return removed


def empty_bucket(s3: "S3Client", bucket: str) -> None:
    """Delete everything in a bucket permanently, and say how much it was; one that is not there is empty.

    Raises:
        CommandError: S3 keeps something.
    """
    removed = remove_versions(s3, bucket) if exists(s3, bucket) else 0
    if removed:
        note(f"s3://{bucket}: {removed:,} deleted")
