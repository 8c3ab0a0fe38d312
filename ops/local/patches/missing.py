"""A missing key is 404 for callers who may list the bucket, and 403 for all others, as on AWS.

"If you have the s3:ListBucket permission on the bucket, Amazon S3 returns an HTTP status code 404 (Not Found) error. If
you don't have the s3:ListBucket permission, Amazon S3 returns an HTTP status code 403":
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from typing import Any, Final

import ministack.app  # type: ignore[import-not-found]  # in the emulator's environment
import ministack.services.s3  # type: ignore[import-not-found]
from ministack.core.iam_evaluator import enforce  # type: ignore[import-not-found]
from ministack.core.responses import get_region  # type: ignore[import-not-found]
from ministack.core.router import extract_access_key_id  # type: ignore[import-not-found]

from ._inside import Function, wrap

_MISSING: Final = 404


def apply() -> None:
    """Answer 403 for a missing key to callers who may not list the bucket."""
    for name in ("_get_object", "_head_object"):
        wrap(ministack.services.s3, name, "bucket_name key headers query_params", _read)


def _read(get: Function) -> Function:
    def read(
        bucket_name: str, key: str, headers: dict[str, str] | None = None, query_params: dict[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - the emulator's answers
        answer = get(bucket_name, key, headers, query_params)
        if answer[0] == _MISSING and ministack.app.AUTH:
            caller = extract_access_key_id(headers, query_params)
            if enforce(caller, "s3:ListBucket", "s3", get_region(), resource_arn=f"arn:aws:s3:::{bucket_name}"):
                # As the emulator makes its own refusals.
                return ministack.services.s3._error("AccessDenied", "Access Denied", 403, f"/{bucket_name}/{key}")  # noqa: SLF001
        return answer

    return read
