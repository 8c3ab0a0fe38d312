"""Keys may have every character that S3 accepts, including line breaks and control characters.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html#API_ListObjectVersions_RequestSyntax:
"An object key can contain any Unicode character. However, the XML 1.0 parser cannot parse certain characters … you can
add this parameter", encoding-type, "to request that Amazon S3 encode the keys in the response".
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html: "an asterisk represents any
combination of zero or more characters".
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement

from ministack.core import iam_evaluator  # type: ignore[import-not-found]  # in the emulator's environment
from ministack.services import s3  # type: ignore[import-not-found]

from ._inside import Function, wrap

# Of the answer to ListObjectVersions, the elements that hold keys or parts of keys.
_ENCODED: Final = frozenset({"Key", "Prefix", "Delimiter", "KeyMarker", "NextKeyMarker"})

_encoding: ContextVar[bool] = ContextVar("encoding", default=False)


def apply() -> None:
    """Let * in a policy match line breaks, and encode the keys of versions if the request says so."""
    wrap(iam_evaluator, "_fnmatch_compile", "pattern ignore_case", _matching)
    wrap(s3, "_list_object_versions", "bucket_name query_params", _listing)
    wrap(s3, "_xml_body", "root", _writing)


def _matching(compiling: Function) -> Function:
    @cache
    def matching(pattern: str, ignore_case: bool) -> "re.Pattern[str]":
        compiled = compiling(pattern, ignore_case)
        return re.compile(f"(?:{compiled.pattern})\\Z", compiled.flags | re.DOTALL)

    return matching


def _listing(listing: Function) -> Function:
    def lists(bucket_name: str, query_params: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the emulator's answers
        token = _encoding.set(s3._qp(query_params, "encoding-type", "") == "url")  # noqa: SLF001
        try:
            return listing(bucket_name, query_params)
        finally:
            _encoding.reset(token)

    return lists


def _writing(write: Function) -> Function:
    def writing(root: Element) -> Any:  # noqa: ANN401 - as above
        if _encoding.get() and root.tag == "ListVersionsResult":
            for element in root.iter():
                if element.tag in _ENCODED and element.text:
                    element.text = s3._url_encode(element.text)  # noqa: SLF001
            SubElement(root, "EncodingType").text = "url"
        return write(root)

    return writing
