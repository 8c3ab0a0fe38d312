"""One question to Rekognition about a picture, and which of its errors are final. Imported by resize alone."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from shared.aws.refusals import error_code, translated
from shared.errors import AwsUnavailable, ModerationRefused

T = TypeVar("T")

# Rekognition's errors for a picture that it does not take: it would say the same again. Throttles, faults and a missing
# permission are not among these: they pass, or somebody removes their cause before the image's next attempt.
# https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectModerationLabels.html
REFUSALS: Final = frozenset({"ImageTooLargeException", "InvalidImageFormatException", "InvalidParameterException"})


def examined(
    jpeg: bytes,
    request: Callable[[Mapping[str, bytes]], Mapping[str, Any]],
    read: Callable[[Mapping[str, Any]], T],
    *,
    doing: str,
) -> T:
    """What Rekognition finds in a picture.

    Args:
        jpeg: the picture.
        request: sends the picture, as the parameter Image has it; returns the answer.
        read: reads the answer.
        doing: what is done, for errors: "asking Rekognition for labels".

    Raises:
        ModerationRefused: Rekognition does not take this picture.
        TransientError: it cannot answer now, or its answer is not understood, which lets nothing pass.
    """
    try:
        with translated(doing):
            answer = request({"Bytes": jpeg})
    except AwsUnavailable as error:
        cause = error.__cause__
        if isinstance(cause, ClientError) and error_code(cause) in REFUSALS:
            raise ModerationRefused(f"{error}: a picture of {len(jpeg):,} bytes was shown") from cause
        raise
    try:
        return read(answer)
    except (KeyError, TypeError, ValueError) as error:
        raise AwsUnavailable(f"{doing}: the answer is not understood: {error!r:.200}") from error
