"""The moderator on Rekognition: DetectModerationLabels. Imported by resize alone, and only where moderation is on."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from shared.aws.rekognition import examined
from shared.ports import Label, Labels


class RekognitionClient(Protocol):
    """The part of the SDK's client that is called."""

    def detect_moderation_labels(self, **request: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as the SDK has it
        """Ask for the labels of one picture."""


class RekognitionModerator:
    """Rekognition's own moderation labels, in the account's region.

    Args:
        client: returns the client, which is made for the first picture.
    """

    def __init__(self, client: Callable[[], RekognitionClient]) -> None:
        self._client = client

    def labels(self, jpeg: bytes, *, least: float) -> Labels:
        """The labels of a picture; see shared.ports.Moderator."""
        return examined(
            jpeg,
            lambda image: self._client().detect_moderation_labels(Image=image, MinConfidence=least),
            _read,
            doing="asking Rekognition for labels",
        )


def _read(answer: Mapping[str, Any]) -> Labels:
    found = tuple(
        Label(name=str(each["Name"]), parent=str(each.get("ParentName") or ""), confidence=float(each["Confidence"]))
        for each in answer["ModerationLabels"]
    )
    return Labels(found=found, model=str(answer.get("ModerationModelVersion") or "unknown"))
