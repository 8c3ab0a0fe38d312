"""The moderator on Rekognition: DetectModerationLabels. Imported by resize alone, and only where moderation is on."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from shared.aws.refusals import error_code, translated
from shared.errors import AwsUnavailable, ModerationRefused
from shared.ports import Label, Labels

# Rekognition's errors for a picture that it does not take: it would say the same again. Throttles, faults and a missing
# permission are not among these: they pass, or somebody removes their cause while the image is tried again.
# https://docs.aws.amazon.com/rekognition/latest/APIReference/API_DetectModerationLabels.html
REFUSALS: Final = frozenset({"ImageTooLargeException", "InvalidImageFormatException", "InvalidParameterException"})


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
        doing = "asking Rekognition for labels"
        try:
            with translated(doing):
                answer = self._client().detect_moderation_labels(Image={"Bytes": jpeg}, MinConfidence=least)
        except AwsUnavailable as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and error_code(cause) in REFUSALS:
                raise ModerationRefused(f"{error}: a picture of {len(jpeg):,} bytes was shown") from cause
            raise
        try:
            return _read(answer)
        except (KeyError, TypeError, ValueError) as error:
            # Nothing that cannot be understood lets an image pass.
            raise AwsUnavailable(f"{doing}: the answer is not understood: {error!r:.200}") from error


def _read(answer: Mapping[str, Any]) -> Labels:
    found = tuple(
        Label(name=str(each["Name"]), parent=str(each.get("ParentName") or ""), confidence=float(each["Confidence"]))
        for each in answer["ModerationLabels"]
    )
    return Labels(found=found, model=str(answer.get("ModerationModelVersion") or "unknown"))
