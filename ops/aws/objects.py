"""Single objects of a bucket: put, large files in parts so that none is in memory as a whole, read, and deleted."""

import mimetypes
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from shared.messages import NULL_VERSION

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, GetObjectOutputTypeDef, HeadObjectOutputTypeDef

# Larger files are uploaded in parts of this size or more. A part, unlike a whole file, is cheap to send again.
PART_BYTES: Final = 8 * 2**20
# "Maximum number of parts per upload", "Object key length":
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
MAX_PARTS: Final = 10_000
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
MAX_KEY_BYTES: Final = 1024

# As HEAD says it, which has no body. Of a deletion on top it is 404; of a deletion that is asked for itself, 405.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
_GONE: Final = frozenset({"404", "NoSuchKey", "NoSuchVersion", "NotFound"})

_KINDS: Final = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


class UnreadableFile(Exception):
    """A file that cannot be uploaded, whatever S3 says; the text names it and says why."""


class RefusedFile(Exception):
    """A file that S3 has not taken; the text names it and says why, and its cause is the error of the AWS SDK."""


@dataclass(frozen=True, kw_only=True)
class PutObject:
    """An object that S3 has taken.

    Args:
        version_id: the version's id; None in a bucket without versioning, or where it is suspended.
        size_bytes: as many bytes as were read.
    """

    version_id: str | None
    size_bytes: int


def put_file(s3: "S3Client", path: Path, *, bucket: str, key: str, metadata: Mapping[str, str]) -> PutObject:
    """Put a file into a bucket, in parts where it is larger than PART_BYTES, with user metadata in ASCII.

    Raises:
        UnreadableFile: it cannot be read, is not a regular file, or its key is not one that S3 takes.
        botocore.exceptions.ClientError: S3 refuses it.
    """
    checked_key(path, key)
    try:
        with _opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > PART_BYTES:
                return _in_parts(s3, file, max(PART_BYTES, ceil(size / MAX_PARTS)), _details(bucket, key, metadata))
            return put(s3, file.read(), bucket=bucket, key=key, metadata=metadata)
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror or error}") from error


def put(
    s3: "S3Client",
    body: bytes | IO[bytes],
    *,
    bucket: str,
    key: str,
    metadata: Mapping[str, str],
    size_bytes: int = 0,
) -> PutObject:
    """Put an object into a bucket in one request, with the type that its key says, and user metadata in ASCII.

    A file is read from its current position; `size_bytes` is its size.
    """
    size = len(body) if isinstance(body, bytes) else size_bytes
    answer = s3.put_object(Body=body, ContentLength=size, **_details(bucket, key, metadata))
    return PutObject(version_id=_identifying(answer.get("VersionId")), size_bytes=size)


def get(s3: "S3Client", bucket: str, key: str, version_id: str | None = None) -> "GetObjectOutputTypeDef":
    """An object as S3 answers it, its body not read yet."""
    return s3.get_object(Bucket=bucket, Key=key, **_version(version_id))


def read(s3: "S3Client", bucket: str, key: str) -> bytes:
    """The bytes of an object.

    Raises:
        NoSuchKey: there is none, of the client's exceptions.
    """
    return get(s3, bucket, key)["Body"].read()


def head(s3: "S3Client", bucket: str, key: str, version_id: str | None = None) -> "HeadObjectOutputTypeDef | None":
    """What S3 says of an object, by its version or the latest; None where it is gone.

    Raises:
        botocore.exceptions.ClientError: S3 refuses, such as with 403.
    """
    try:
        return s3.head_object(Bucket=bucket, Key=key, **_version(version_id))
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _GONE:
            return None
        raise


def delete(s3: "S3Client", bucket: str, key: str, version_id: str | None = None) -> None:
    """Delete an object: a version permanently, or without one what is the latest."""
    s3.delete_object(Bucket=bucket, Key=key, **_version(version_id))


def _identifying(version_id: str | None) -> str | None:
    """A version id, unless versions are suspended: each object replaces the version "null" then."""
    return None if version_id == NULL_VERSION else version_id


def _version(version_id: str | None) -> Any:  # noqa: ANN401 - of several requests
    return {"VersionId": version_id} if version_id else {}


def _details(bucket: str, key: str, metadata: Mapping[str, str]) -> dict[str, Any]:
    kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
    return {"Bucket": bucket, "Key": key, "ContentType": kind, "Metadata": dict(metadata)}


def checked_key(path: Path, key: str) -> None:
    """Check that S3 takes a key, of a file at a path: UTF-8, of at most 1,024 bytes.

    Raises:
        UnreadableFile: it does not.
    """
    try:
        length = len(key.encode())
    except UnicodeEncodeError as error:
        raise UnreadableFile(f"{os.fsencode(path)!r}: the name is not UTF-8, and S3's keys are") from error
    if length > MAX_KEY_BYTES:
        raise UnreadableFile(f"{path}: the key has {length:,} bytes; S3 takes at most {MAX_KEY_BYTES:,}")


def _opened(path: Path) -> IO[bytes]:
    """The file; a pipe is not waited for, and nothing but a regular file is read."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(mode)), "not a regular file")
        raise UnreadableFile(f"{path}: {kind}; only regular files are uploaded")
    return path.open("rb")


def _in_parts(s3: "S3Client", file: IO[bytes], part_bytes: int, details: Mapping[str, Any]) -> PutObject:
    where = {"Bucket": details["Bucket"], "Key": details["Key"]}
    where["UploadId"] = s3.create_multipart_upload(**details)["UploadId"]
    parts: list[CompletedPartTypeDef] = []
    sent = 0
    try:
        while part := file.read(part_bytes):
            number = len(parts) + 1
            parts.append({"PartNumber": number, "ETag": s3.upload_part(PartNumber=number, Body=part, **where)["ETag"]})
            sent += len(part)
        done = s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **where)
    except BaseException:
        # What was sent is paid for until it is aborted; the bucket's lifecycle does it after a day where this fails.
        with suppress(ClientError, BotoCoreError):
            s3.abort_multipart_upload(**where)
        raise
    return PutObject(version_id=_identifying(done.get("VersionId")), size_bytes=sent)
