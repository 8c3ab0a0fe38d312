"""The rule of the input bucket by which pages of other origins may upload into it."""

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


def rules(origins: Sequence[str]) -> "list[CORSRuleTypeDef]":
    """The CORS rules of the input bucket, as S3 takes them; none where nobody else may upload.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html

    Args:
        origins: uploads.cors_origins of pipeline.yaml.
    """
    if not origins:
        return []
    return [
        {
            "ID": "uploads",
            "AllowedOrigins": sorted(origins),
            "AllowedMethods": list(METHODS),
            "AllowedHeaders": list(REQUEST_HEADERS),
            "ExposeHeaders": list(RESPONSE_HEADERS),
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
