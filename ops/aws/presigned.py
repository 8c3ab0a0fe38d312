"""Requests that upload to the input bucket, signed for somebody else: a form with conditions, or a PUT of one key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from botocore.config import Config

from ops.stack import Stack

# https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html#query-string-auth-v4-signing-example
MAX_EXPIRES: Final = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Signed:
    """A signed request.

    Args:
        method: POST, of a form, or PUT.
        url: where it goes.
        fields: fields of the form, in their order, before the file; of a PUT, headers that must be sent.
        expires_at: S3 refuses it from then on, and earlier if the credentials that signed it expire earlier.
    """

    method: Literal["POST", "PUT"]
    url: str
    fields: Mapping[str, str]
    expires_at: datetime


def form(
    stack: Stack,
    *,
    prefix: str,
    content_type: str | None,
    max_bytes: int,
    metadata: Mapping[str, str],
    expires: timedelta,
) -> Signed:
    """A form that uploads any file under a prefix; S3 checks key, type and size.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html

    Args:
        stack: whose input bucket.
        prefix: of the keys; S3 puts the file's name in place of ${filename}.
        content_type: the only type that is taken; None for all of images, of which the sender names one.
        max_bytes: size of the largest file.
        metadata: user metadata of each object.
        expires: how long the form is valid, at most MAX_EXPIRES.
    """
    fields = {f"x-amz-meta-{name}": value for name, value in metadata.items()}
    conditions: list[Any] = [{name: value} for name, value in fields.items()]
    conditions += [["starts-with", "$key", prefix], ["content-length-range", 1, max_bytes]]
    if content_type is None:
        conditions.append(["starts-with", "$Content-Type", "image/"])
    else:
        conditions.append({"Content-Type": content_type})
        fields["Content-Type"] = content_type
    made = _client(stack).generate_presigned_post(
        stack.names.input_bucket,
        prefix + "${filename}",
        Fields=fields,
        Conditions=conditions,
        ExpiresIn=int(expires.total_seconds()),
    )
    return Signed(method="POST", url=made["url"], fields=made["fields"], expires_at=datetime.now(UTC) + expires)


def put(stack: Stack, *, key: str, content_type: str, metadata: Mapping[str, str], expires: timedelta) -> Signed:
    """A PUT of one key, valid for at most MAX_EXPIRES. S3 checks its type and metadata, but not its size."""
    url = _client(stack).generate_presigned_url(
        "put_object",
        Params={
            "Bucket": stack.names.input_bucket,
            "Key": key,
            "ContentType": content_type,
            "Metadata": dict(metadata),
        },
        ExpiresIn=int(expires.total_seconds()),
    )
    headers = {"Content-Type": content_type} | {f"x-amz-meta-{name}": value for name, value in metadata.items()}
    return Signed(method="PUT", url=url, fields=headers, expires_at=datetime.now(UTC) + expires)


def is_temporary(stack: Stack) -> bool:
    """Whether the credentials that sign expire, and all that they signed with them."""
    credentials = stack.session.get_credentials()
    return credentials is not None and bool(credentials.token)


def _client(stack: Stack) -> Any:  # noqa: ANN401 - boto3's
    """A client that signs as buckets of every region take it, for the address of the bucket itself.

    It is not bound to the account as other clients are: the sender would have to send that header, too.
    """
    style: Literal["virtual", "path"] = "virtual" if stack.on_aws else "path"
    config = Config(signature_version="s3v4", s3={"addressing_style": style})
    return stack.session.client("s3", endpoint_url=stack.endpoint_url, config=config)
