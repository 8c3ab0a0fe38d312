"""What is in the input bucket now: the latest version of every key, page by page in the order of keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from ops.aws.buckets import version_pages
from ops.aws.ledger import Row
from ops.aws.objects import head
from shared.messages import NULL_VERSION, Source

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
        version_id: of the latest version; "null" of what was put before the bucket was versioned; None where the bucket
            keeps no versions, so that no id distinguishes this upload from others of its key.
        size_bytes: of it.
        etag: of it, without quotes.
        modified: when it was put.
        archived: it cannot be read until it is restored.
    """

    bucket: str
    key: str
    version_id: str | None
    size_bytes: int
    etag: str
    modified: datetime
    archived: bool = False

    @property
    def image_id(self) -> str:
        """The correlation id that the services will give it; of one without a version, none that they give."""
        source = Source(bucket=self.bucket, key=self.key, version_id=self.version_id, size_bytes=0, uploaded_at="")
        return source.image_id

    def is_of(self, row: Row) -> bool:
        """Whether a row of its key is of this upload.

        Without a version, it is one of as many bytes that was reported when the object was there already: S3 notifies
        of an upload after the time that it gives the object, and of an earlier one before. If the bucket keeps versions
        by now, the object is "null", while the row of its upload has none.
        """
        if row.image_id == self.image_id:
            return True
        if self.version_id not in {None, NULL_VERSION}:
            return False
        is_unversioned = row.version_id in {None, NULL_VERSION}
        reported = datetime.fromisoformat(row.uploaded_at)
        return is_unversioned and row.size_bytes == self.size_bytes and reported >= self.modified

    @property
    def is_folder(self) -> bool:
        """Whether it is one of the empty "folders" that consoles make, which the pipeline takes for no image."""
        return self.key.endswith("/") and self.size_bytes == 0


def pages(s3: "S3Client", bucket: str, prefix: str, *, versioned: bool, after: str = "") -> Iterator[list[Present]]:
    """The latest versions under a prefix, after a key; a key whose latest version is a deletion has none.

    In a bucket that keeps no versions, no object has a version's id.
    """
    # A list of versions, not of objects: the version id is part of what an image is identified by.
    for page in version_pages(s3, bucket, prefix, after=after):
        yield [
            Present(
                bucket=bucket,
                key=each["Key"],
                version_id=_version(each["VersionId"], versioned=versioned),
                size_bytes=each["Size"],
                etag=each["ETag"].strip('"'),
                modified=each["LastModified"],
                archived=each.get("StorageClass") in _ARCHIVES
                and "RestoreExpiryDate" not in each.get("RestoreStatus", {}),
            )
            for each in page.get("Versions", [])
            if each["IsLatest"]
        ]


def _version(version_id: str | None, *, versioned: bool) -> str | None:
    return version_id if versioned or version_id != NULL_VERSION else None


def latest(s3: "S3Client", bucket: str, key: str, *, versioned: bool) -> Present | None:
    """The latest version of a key; None where it is deleted. `versioned` says whether the bucket keeps versions.

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
        version_id=_version(found.get("VersionId", NULL_VERSION), versioned=versioned),
        size_bytes=found["ContentLength"],
        etag=found["ETag"].strip('"'),
        modified=found["LastModified"],
        # What is restored says until when: ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT".
        archived=found.get("StorageClass") in _ARCHIVES and "expiry-date" not in restore,
    )
