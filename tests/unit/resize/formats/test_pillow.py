"""Decoders' errors become reasons that people understand."""

import struct
import zlib

import pytest

from services.resize.formats.pillow import decoder_errors
from services.resize.settings import Limits
from shared.errors import UnreadableImage


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError("image file is truncated (6 bytes not processed)"), "it is truncated"),
        (EOFError("no more data"), "it is truncated"),
        (OSError("broken data stream when reading image file"), "its data is damaged"),
        (OSError("could not create decoder object"), "its data is damaged"),
        (OSError("Unsupported BMP compression (4)"), r"Unsupported BMP compression \(4\)"),
        (OSError(22, "Invalid argument"), "its data is damaged"),
        (IndexError("index out of range"), "its data is damaged"),
        (KeyError(0x103), "its data is damaged"),
        (TypeError("'NoneType' object is not iterable"), "its data is damaged"),
        (ValueError("invalid literal for int() with base 10: 'x'"), "its data is damaged"),
        (struct.error("unpack requires a buffer of 4 bytes"), "its data is damaged"),
        (zlib.error("Error -3 while decompressing data"), "its data is damaged"),
        (AssertionError(), "its data is damaged"),
        (RecursionError("maximum recursion depth exceeded"), "its data is damaged"),
        (ZeroDivisionError("division by zero"), "its data is damaged"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_reason_has_no_words_of_python(error, reason):
    with pytest.raises(UnreadableImage, match=rf"^the image does not decode: {reason}$"), decoder_errors(Limits()):
        raise error
