"""Writing and counting an object's tags needs the permission for it, as on AWS.

"To successfully set the tags of an object with your PutObject request, you must have s3:PutObjectTagging":
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
GetObject answers "the number of tags, if any, on the object, when you have the relevant permission to read object
tags": https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
The relevant one is taken to be that which reads them: of the version, where the request names one.
"""

from typing import Any

import ministack.app  # type: ignore[import-not-found]  # in the emulator's environment
import ministack.core.iam_actions  # type: ignore[import-not-found]
import ministack.services.s3  # type: ignore[import-not-found]
from ministack.core.iam_evaluator import enforce  # type: ignore[import-not-found]
from ministack.core.responses import get_region  # type: ignore[import-not-found]
from ministack.core.router import extract_access_key_id  # type: ignore[import-not-found]

from ._inside import Function, wrap


def apply() -> None:
    """Check the permissions to write tags with an object and to count them."""
    parameters = "method path headers body query_params"
    wrap(ministack.core.iam_actions, "s3_additional_checks", parameters, _checks)
    wrap(ministack.services.s3, "_get_object", "bucket_name key headers query_params", _read)


def _checks(of_request: Function) -> Function:
    def checks(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = of_request(method, path, headers, body, query_params)
        bucket, _, key = path.lstrip("/").partition("/")
        if method == "PUT" and key and headers.get("x-amz-tagging"):
            return [*found, ("s3:PutObjectTagging", f"arn:aws:s3:::{bucket}/{key}")]
        return found

    return checks


def _read(get: Function) -> Function:
    def read(bucket_name: str, key: str, headers: dict[str, str], query_params: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - the emulator's answers
        status, sent, body = get(bucket_name, key, headers, query_params)
        if "x-amz-tagging-count" in sent and ministack.app.AUTH:
            of_version = (query_params or {}).get("versionId")
            action = "s3:GetObjectVersionTagging" if of_version else "s3:GetObjectTagging"
            caller = extract_access_key_id(headers, query_params)
            if enforce(caller, action, "s3", get_region(), resource_arn=f"arn:aws:s3:::{bucket_name}/{key}"):
                sent = {name: value for name, value in sent.items() if name != "x-amz-tagging-count"}
        return status, sent, body

    return read
