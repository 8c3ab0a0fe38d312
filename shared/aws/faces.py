"""The face detector on Rekognition: DetectFaces. Imported by resize alone, and only where faces are looked for."""

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from shared.aws.rekognition import examined
from shared.ports import FaceBox


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
        return examined(
            jpeg,
            lambda image: self._client().detect_faces(Image=image, Attributes=["DEFAULT"]),
            lambda answer: tuple(_box(each["BoundingBox"]) for each in answer["FaceDetails"]),
            doing="asking Rekognition for faces",
        )


def _box(given: Mapping[str, Any]) -> FaceBox:
    left, top, width, height = (float(given[name]) for name in ("Left", "Top", "Width", "Height"))
    if not all(map(math.isfinite, (left, top, width, height))):
        raise ValueError(f"a box of {width} x {height} at {left}, {top}")
    return left, top, left + width, top + height
