"""The object store on S3."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from shared.aws.refusals import translated
from shared.errors import AccessDenied, AwsUnavailable, NotFound, PermanentError, PreconditionFailed
from shared.messages import NULL_VERSION
from shared.ports import FetchedObject, Headers, ObjectInfo

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


# https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
MAX_DELETED: Final = 1000


class S3Objects:
    """Objects on S3."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def get(self, bucket: str, key: str, *, version_id: str | None = None) -> FetchedObject:
        """Read an object; see shared.ports.Objects."""
        with translated(f"reading s3://{bucket}/{key}"):
            answer = self._client.get_object(Bucket=bucket, Key=key, **_version(version_id))
            # One read of the whole body: for images, a transfer manager's threads cost more than they gain.
            return FetchedObject(body=answer["Body"].read(), info=_info(answer))

    def get_undeleted(self, bucket: str, key: str, *, version_id: str | None = None) -> FetchedObject:
        """Read an object whose key is not deleted; see shared.ports.Objects.

        The current version is asked for first, which S3 refuses under a delete marker. It mostly is the one that is
        wanted, and costs no request more: https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
        """
        # What cannot be read may be another version than the one that is wanted.
        with suppress(PermanentError, AccessDenied), translated(f"reading s3://{bucket}/{key}"):
            answer = self._client.get_object(Bucket=bucket, Key=key)
            if version_id in {None, answer.get("VersionId")}:
                return FetchedObject(body=answer["Body"].read(), info=_info(answer))
            answer["Body"].close()
        return self.get(bucket, key, version_id=version_id)

    def head(self, bucket: str, key: str) -> ObjectInfo:
        """What S3 knows of an object without its bytes; see shared.ports.Objects."""
        with translated(f"looking at s3://{bucket}/{key}"):
            return _info(self._client.head_object(Bucket=bucket, Key=key))

    def tags(self, bucket: str, key: str, *, version_id: str | None = None) -> Mapping[str, str]:
        """The object's tags; see shared.ports.Objects."""
        with translated(f"reading the tags of s3://{bucket}/{key}"):
            answer = self._client.get_object_tagging(Bucket=bucket, Key=key, **_version(version_id))
            return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}

    def put(self, bucket: str, key: str, body: bytes, headers: Headers) -> None:
        """Write an object; see shared.ports.Objects."""
        with translated(f"writing s3://{bucket}/{key}"):
            self._client.put_object(Bucket=bucket, Key=key, Body=body, **_headers(headers))

    def delete(self, bucket: str, keys: Sequence[str]) -> None:
        """Remove objects; see shared.ports.Objects."""
        for start in range(0, len(keys), MAX_DELETED):
            some = [{"Key": key} for key in keys[start : start + MAX_DELETED]]
            with translated(f"removing from s3://{bucket}"):
                answer = self._client.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True})  # type: ignore[typeddict-item]
            for refused in answer.get("Errors", []):
                raise AwsUnavailable(f"removing s3://{bucket}/{refused.get('Key')}: {refused.get('Code')}")

    def put_if(self, bucket: str, key: str, body: bytes, headers: Headers, *, etag: str | None) -> None:
        """Write an object conditionally; see shared.ports.Objects."""
        condition: dict[str, Any] = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        try:
            with translated(f"writing s3://{bucket}/{key}"):
                self._client.put_object(Bucket=bucket, Key=key, Body=body, **_headers(headers), **condition)
        except NotFound as error:  # If-Match on an object that was deleted meanwhile
            raise PreconditionFailed(str(error)) from error

    def delete_if(self, bucket: str, key: str, *, etag: str) -> None:
        """Remove an object on a condition; see shared.ports.Objects.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
        """
        with suppress(NotFound), translated(f"removing s3://{bucket}/{key}"):
            self._client.delete_object(Bucket=bucket, Key=key, IfMatch=etag)


def _version(version_id: str | None) -> dict[str, Any]:
    return {"VersionId": version_id} if version_id is not None else {}


def _info(answer: Mapping[str, Any]) -> ObjectInfo:
    version_id = answer.get("VersionId")
    return ObjectInfo(
        etag=answer["ETag"],
        metadata=answer.get("Metadata") or {},
        tag_count=int(answer.get("TagCount") or 0),
        size_bytes=int(answer.get("ContentLength") or 0),
        version_id=None if version_id == NULL_VERSION else version_id,
        modified_at=answer.get("LastModified"),
    )


def _headers(headers: Headers) -> dict[str, Any]:
    values: dict[str, Any] = {"ContentType": headers.content_type, "Metadata": dict(headers.metadata)}
    if headers.cache_control is not None:
        values["CacheControl"] = headers.cache_control
    if headers.tags:
        values["Tagging"] = urlencode(dict(headers.tags))
    return values
