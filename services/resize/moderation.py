"""Whether an image may be stored at all: a moderator's labels against what pipeline.yaml rejects. No AWS."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from PIL import Image, JpegImagePlugin

from services.resize import downscale, frame_sample
from services.resize.scaling import Size
from services.resize.settings import Moderation
from shared.dlq_messages import iso
from shared.light_dataclass import dataclass
from shared.messages import Source
from shared.notifications import ImageRejected
from shared.ports import Label, Labels, Moderator
from shared.runner.steps import Finish

_FORM: Final = JpegImagePlugin.JpegImageFile.format
_QUALITY: Final = 85

_WHITE: Final = (255, 255, 255)
_BLACK: Final = (0, 0, 0)
_BYTE: Final = 255
_HALF: Final = 128


@dataclass(frozen=True, kw_only=True)
class RejectedLabel:
    """The label that rejects an image, and the rule for it.

    Args:
        label: the label that the moderator found.
        rule: the label of pipeline.yaml that applies to it.
        threshold: threshold of that rule, in percent.
    """

    label: Label
    rule: str
    threshold: float


@dataclass(frozen=True, kw_only=True)
class ModerationResult:
    """The result of moderating an image.

    Args:
        finding: reason of the rejection; None where the image may pass.
        found: the highest confidence of each label, by its name.
        model: the moderator's version.
        shown: number of pictures that the moderator saw.
    """

    finding: RejectedLabel | None
    found: Mapping[str, float]
    model: str
    shown: int

    def log_fields(self) -> Mapping[str, object]:
        """Fields for the log: thresholds are also chosen by the labels of images that passed."""
        return {"moderation": {"model": self.model, "shown": self.shown, "labels": dict(self.found)}}


class PreviewFrames:
    """The pictures of one image that a moderator is shown.

    Args:
        size: (width, height) of the upright image, in pixels.
        frames: maximum number of frames of an animation.
    """

    def __init__(self, size: Size, frames: int) -> None:
        self.plan = frame_sample.plan(size)
        self._sample: frame_sample.FrameSample[Image.Image] = frame_sample.FrameSample(frames)

    def see(self, frame: Image.Image, info: downscale.SourceInfo) -> None:
        """Take the next frame, in a workable mode, if it is to be shown."""
        if self._sample.wants():
            self._sample.add(_opaque(downscale.shrink(frame, self.plan, info)))
        else:
            self._sample.skip()

    def jpegs(self) -> tuple[bytes, ...]:
        """The pictures as JPEG: upright, in sRGB, on a plain background."""
        return tuple(map(_jpeg, self._sample.chosen()))


@dataclass(frozen=True, kw_only=True)
class ModerationPolicy:
    """Decides whether an image may be stored.

    Args:
        moderator: service that labels pictures.
        settings: labels that reject, and number of frames to show.
        now: returns the time, for the notice.
    """

    moderator: Moderator
    settings: Moderation
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def preview(self, size: Size) -> PreviewFrames:
        """The preview frames of an image of this size, still empty."""
        return PreviewFrames(size, self.settings.frames)

    def verdict(self, jpegs: Sequence[bytes]) -> ModerationResult:
        """Show the pictures one by one, until one is rejected.

        Raises:
            ModerationRefused: the moderator does not accept a picture.
            TransientError: the moderator cannot answer now.
        """
        found: dict[str, float] = {}
        model, finding, shown = "", None, 0
        for jpeg in jpegs:
            labels = self.moderator.labels(jpeg, least=self.settings.least)
            model, shown = labels.model, shown + 1
            for label in labels.found:
                found[label.name] = max(round(label.confidence, 1), found.get(label.name, 0.0))
            finding = judged(labels, self.settings.labels)
            if finding is not None:
                break
        return ModerationResult(finding=finding, found=found, model=model, shown=shown)

    def rejection(self, source: Source, finding: RejectedLabel, verdict: ModerationResult) -> Finish:
        """The outcome of a rejected image."""
        label = finding.label
        beneath = "" if label.name == finding.rule else f" (under {finding.rule})"
        return Finish(
            outcome="rejected",
            notice=ImageRejected(
                notice_id=f"{source.image_id}-rejected",
                source=source,
                label=label.name,
                confidence=round(label.confidence, 1),
                rule=finding.rule,
                threshold=finding.threshold,
                model=verdict.model,
                rejected_at=iso(self.now()),
            ),
            reason=f"{label.name}{beneath} at {label.confidence:.1f} %; rejected from {finding.threshold:g} %"
            f" (moderation.labels; Rekognition's model {verdict.model})",
            # Another copy of its event may have been reported before.
            log_fields=verdict.log_fields(),
        )


def judged(labels: Labels, thresholds: Mapping[str, float | None]) -> RejectedLabel | None:
    """The label that rejects a picture, with the highest confidence if there are several; None if none does.

    A label has its own threshold, or else that of its nearest parent with one. A label that
    only sums up its children is not judged by itself: letting those pass would otherwise have no effect.

    Args:
        labels: the labels that were found.
        thresholds: percent by label; None for labels that pass at any confidence.
    """
    parents = {label.name: label.parent for label in labels.found}
    summed = {
        label.name
        for label in labels.found
        if any(each.parent == label.name and each.confidence >= label.confidence for each in labels.found)
    }
    findings = []
    for label in labels.found:
        rule = _rule(label, parents, thresholds)
        threshold = thresholds[rule] if rule is not None else None
        if rule is not None and threshold is not None and label.name not in summed and label.confidence >= threshold:
            findings.append(RejectedLabel(label=label, rule=rule, threshold=threshold))
    return max(findings, key=lambda finding: finding.label.confidence, default=None)


def _rule(label: Label, parents: Mapping[str, str], thresholds: Mapping[str, float | None]) -> str | None:
    """The nearest label with a threshold: itself, or one above it; None if there is none."""
    name, passed = label.name, set[str]()
    while name and name not in passed:
        if name in thresholds:
            return name
        passed.add(name)
        name = parents.get(name, "")
    return None


def _opaque(image: Image.Image) -> Image.Image:
    """The picture on white, or on black where its visible part is light: otherwise a drawing could be invisible."""
    if image.mode != "RGBA" or image.getchannel("A").getextrema() == (_BYTE, _BYTE):
        return image.convert("RGB")
    seen = image.convert("L").histogram(image.getchannel("A"))
    light = sum(seen[_HALF:]) > sum(seen[:_HALF])
    info = Image.new("RGB", image.size, _BLACK if light else _WHITE)
    info.paste(image, mask=image)
    return info


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, _FORM, quality=_QUALITY)
    return buffer.getvalue()
