"""The rules by which pages of other origins may upload into the input bucket, and fetch from the output bucket."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CORSRuleTypeDef

# What an upload needs, and nothing that reads or deletes: PUT by a presigned URL and of the parts of a large file, POST
# of a form and of the beginning and end of a large file.
METHODS: Final = ("POST", "PUT")
# Of presigned requests: their type, checksums and user metadata. authorization and amz-sdk-* are sent by AWS's SDK for
# browsers, which signs by itself.
REQUEST_HEADERS: Final = ("amz-sdk-*", "authorization", "content-md5", "content-type", "x-amz-*")
# An upload in parts ends with the ETag of each; by the version `pipeline status` knows which upload of a key it is.
RESPONSE_HEADERS: Final = ("ETag", "x-amz-version-id")
MAX_AGE_SECONDS: Final = 3600

# What a script reads outputs and manifests with: all of one, a part of it, or whether it has changed.
READ_METHODS: Final = ("GET", "HEAD")
READ_REQUEST_HEADERS: Final = ("amz-sdk-*", "authorization", "if-modified-since", "if-none-match", "range", "x-amz-*")
READ_RESPONSE_HEADERS: Final = ("Accept-Ranges", "Content-Length", "Content-Range", "ETag", "x-amz-version-id")


def rules(origins: Sequence[str]) -> "list[CORSRuleTypeDef]":
    """The CORS rules of the input bucket, as S3 takes them, by uploads.cors_origins; none where nobody else may upload.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
    """
    return _rules("uploads", origins, METHODS, REQUEST_HEADERS, RESPONSE_HEADERS)


def reading_rules(origins: Sequence[str]) -> "list[CORSRuleTypeDef]":
    """The CORS rules of the output bucket, as S3 takes them, by outputs.cors_origins; none where no page may read."""
    return _rules("outputs", origins, READ_METHODS, READ_REQUEST_HEADERS, READ_RESPONSE_HEADERS)


def _rules(
    name: str, origins: Sequence[str], methods: Sequence[str], requested: Sequence[str], exposed: Sequence[str]
) -> "list[CORSRuleTypeDef]":
    if not origins:
        return []
    return [
        {
            "ID": name,
            "AllowedOrigins": sorted(origins),
            "AllowedMethods": list(methods),
            "AllowedHeaders": list(requested),
            "ExposeHeaders": list(exposed),
            "MaxAgeSeconds": MAX_AGE_SECONDS,
        }
    ]


def alike(found: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]]) -> bool:
    """Whether two lists of rules allow the same; the rules' names and the order of their values do not matter."""
    return list(map(_plain, found)) == list(map(_plain, wanted))


def _plain(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _set(name, value) if isinstance(value, list) else value for name, value in rule.items() if name != "ID"
    }


def _set(name: str, values: Sequence[str]) -> frozenset[str]:
    return frozenset(map(str.lower, values)) if name.endswith("Headers") else frozenset(values)
