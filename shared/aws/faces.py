"""The face detector on Rekognition: DetectFaces. Imported by resize alone, and only where faces are looked for."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from shared.aws.moderation import REFUSALS
from shared.aws.refusals import error_code, translated
from shared.errors import AwsUnavailable, ModerationRefused
from shared.ports import FaceBox

_DOING: Final = "asking Rekognition for faces"


class RekognitionClient(Protocol):
    """The part of the SDK's client that is called."""

    def detect_faces(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as the SDK has it
        """Ask for the faces of one picture."""


class RekognitionFaces:
    """Rekognition's own faces, in the account's region.

    Args:
        client: returns the client, which is made for the first picture.
    """

    def __init__(self, client: Callable[[], RekognitionClient]) -> None:
        self._client = client

    def faces(self, jpeg: bytes) -> tuple[FaceBox, ...]:
        """The faces of a picture; see shared.ports.FaceDetector."""
        try:
            with translated(_DOING):
                answer = self._client().detect_faces(Image={"Bytes": jpeg}, Attributes=["DEFAULT"])
        except AwsUnavailable as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and error_code(cause) in REFUSALS:
                raise ModerationRefused(f"{error}: a picture of {len(jpeg):,} bytes was shown") from cause
            raise
        try:
            return tuple(_box(each["BoundingBox"]) for each in answer["FaceDetails"])
        except (KeyError, TypeError, ValueError) as error:
            # Nothing that cannot be understood lets a face pass.
            raise AwsUnavailable(f"{_DOING}: the answer is not understood: {error!r:.200}") from error


def _box(given: Mapping[str, Any]) -> FaceBox:
    left, top, width, height = (float(given[name]) for name in ("Left", "Top", "Width", "Height"))
    if not all(map(math.isfinite, (left, top, width, height))):
        raise ValueError(f"a box of {width} x {height} at {left}, {top}")
    return left, top, left + width, top + height
