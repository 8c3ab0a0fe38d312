"""The names of a browser's upload are read as UTF-8, as a browser writes them and S3 reads them.

RFC 7578 has browsers write them in the encoding of the page: https://www.rfc-editor.org/rfc/rfc7578#section-5.1
"""

from typing import Any

import ministack.services.s3  # type: ignore[import-not-found]  # in the emulator's environment

from ._inside import Function, wrap


def apply() -> None:
    """Read the names of fields and files as UTF-8; the emulator reads them as Latin-1."""
    wrap(ministack.services.s3, "_parse_multipart_form", "content_type body", _parse)


def _parse(form: Function) -> Function:
    def parse(content_type: str, body: bytes) -> list[Any]:
        return [
            (_utf_8(name), None if file is None else _utf_8(file), headers, value)
            for name, file, headers, value in form(content_type, body)
        ]

    return parse


def _utf_8(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
