"""What is in the input bucket now: the latest version of every key, page by page in the order of keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from ops.aws.buckets import version_pages
from ops.aws.objects import head
from shared.messages import Source

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# What cannot be read until it is restored; S3 refuses it with 403, as it does what is not there.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html
_ARCHIVES: Final = frozenset({"GLACIER", "DEEP_ARCHIVE"})


@dataclass(frozen=True, kw_only=True)
class Present:
    """An object that is there.

    Args:
        bucket: the input bucket.
        key: as it is called.
        version_id: of the latest version; "null" of what was put before the bucket was versioned.
        size_bytes: of it.
        etag: of it, without quotes.
        modified: when it was put.
        archived: it cannot be read until it is restored.
    """

    bucket: str
    key: str
    version_id: str
    size_bytes: int
    etag: str
    modified: datetime
    archived: bool = False

    @property
    def image_id(self) -> str:
        """The correlation id that the services will give it."""
        source = Source(bucket=self.bucket, key=self.key, version_id=self.version_id, size_bytes=0, uploaded_at="")
        return source.image_id

    @property
    def is_folder(self) -> bool:
        """Whether it is one of the empty "folders" that consoles make, which the pipeline takes for no image."""
        return self.key.endswith("/") and self.size_bytes == 0


def pages(s3: "S3Client", bucket: str, prefix: str, *, after: str = "") -> Iterator[list[Present]]:
    """The latest versions under a prefix; a key whose latest version is a deletion has none.

    Args:
        s3: a client.
        bucket: the input bucket.
        prefix: of keys; empty for all.
        after: the key after which to begin; empty for the first.
    """
    # A list of versions, not of objects: the version id is part of what an image is identified by.
    for page in version_pages(s3, bucket, prefix, after=after):
        yield [
            Present(
                bucket=bucket,
                key=each["Key"],
                version_id=each["VersionId"],
                size_bytes=each["Size"],
                etag=each["ETag"].strip('"'),
                modified=each["LastModified"],
                archived=each.get("StorageClass") in _ARCHIVES
                and "RestoreExpiryDate" not in each.get("RestoreStatus", {}),
            )
            for each in page.get("Versions", [])
            if each["IsLatest"]
        ]


def latest(s3: "S3Client", bucket: str, key: str) -> Present | None:
    """The latest version of a key; None where it is deleted.

    Raises:
        botocore.exceptions.ClientError: S3 refuses, such as with 403.
    """
    found = head(s3, bucket, key)
    if found is None:
        return None
    restore = found.get("Restore", "")
    return Present(
        bucket=bucket,
        key=key,
        version_id=found.get("VersionId", "null"),
        size_bytes=found["ContentLength"],
        etag=found["ETag"].strip('"'),
        modified=found["LastModified"],
        # What is restored says until when: ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT".
        archived=found.get("StorageClass") in _ARCHIVES and "expiry-date" not in restore,
    )
