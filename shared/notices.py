"""What subscribers are told: the subject, the text that people read, the attributes that filters match."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from shared.dead_letters import printable
from shared.messages import ImageFailed, ImageRejected, ImageStored

Notice = ImageStored | ImageFailed | ImageRejected

# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: under 100 characters, ASCII, no line breaks.
LONGEST_SUBJECT: Final = 99

_KILOBYTE: Final = 1024


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A notice as SNS takes it.

    Args:
        subject: one line, for e-mail.
        text: for people.
        body: JSON, for machines.
        attributes: for filter policies.
    """

    subject: str
    text: str
    body: str
    attributes: Mapping[str, str]


def letter(notice: Notice) -> Letter:
    """A notice in words and in JSON."""
    if isinstance(notice, ImageRejected):
        return _rejected(notice)
    return _stored(notice) if isinstance(notice, ImageStored) else _failed(notice)


def human_size(size_bytes: int) -> str:
    """A size for people: 980 B, 12 KB, 3.4 MB."""
    if size_bytes < _KILOBYTE:
        return f"{size_bytes} B"
    if size_bytes < _KILOBYTE**2:
        return f"{size_bytes / _KILOBYTE:.0f} KB"
    return f"{size_bytes / _KILOBYTE**2:.1f} MB"


def _stored(notice: ImageStored) -> Letter:
    source = notice.source
    picture = f"{notice.source_format}, {notice.source_width} x {notice.source_height} px"
    lines = [
        f"{printable(source.key)} is stored, {notice.seconds:.1f} s after it was dropped.",
        "",
        f"Dropped   s3://{source.bucket}/{printable(source.key)}",
        f"          {picture}, {human_size(source.size_bytes)}, at {source.dropped_at}",
        "",
    ]
    for output in notice.outputs:
        size = f"{output.width} x {output.height} px"
        if output.frames > 1:
            size += f", {output.frames} frames"
        lines += [
            f"{output.rendition:<9} s3://{output.bucket}/{printable(output.key)}",
            f"          {output.content_type}, {size}, {human_size(output.size_bytes)}",
        ]
    lines += ["", f"Image {source.image_id}"]
    return Letter(
        subject=_subject("Stored", source.key),
        text="\n".join(lines) + "\n",
        body=notice.encode(),
        attributes={"outcome": "stored", "bucket": source.bucket, "prefix": _prefix(source.key)},
    )


def _rejected(notice: ImageRejected) -> Letter:
    source = notice.source
    within = "" if notice.label == notice.rule else f", which lies beneath {notice.rule}"
    lines = [
        f"{printable(source.key)} is rejected by moderation: nothing of it is stored.",
        "",
        f"Why       {printable(notice.label)}{printable(within)}",
        f"          with {notice.confidence:.1f} % confidence; from {notice.threshold:g} % on it is rejected",
        "",
        f"Dropped   s3://{source.bucket}/{printable(source.key)}",
        f"          {human_size(source.size_bytes)}, at {source.dropped_at}",
        "",
        "It stays in the input bucket, and no message of it waits for a replay. If it was rejected wrongly, have the",
        "threshold raised (moderation.labels of pipeline.yaml) and drop it again.",
        "",
        f"Image {source.image_id}",
    ]
    return Letter(
        subject=_subject("Rejected", source.key),
        text="\n".join(lines) + "\n",
        body=notice.encode(),
        attributes={
            "outcome": "rejected",
            "label": printable(notice.rule),
            "bucket": source.bucket,
            "prefix": _prefix(source.key),
        },
    )


def _failed(notice: ImageFailed) -> Letter:
    source = notice.source
    what = printable(source.key) if source else "A message that could not be read"
    tries = "once" if notice.attempts == 1 else f"{notice.attempts} times"
    lines = [
        f"{what} failed in {notice.stage}, tried {tries}.",
        "",
        f"Why       {printable(notice.reason)}",
        f"          ({notice.error})",
    ]
    if source is not None:
        lines += [
            "",
            f"Dropped   s3://{source.bucket}/{printable(source.key)}",
            f"          {human_size(source.size_bytes)}, at {source.dropped_at}",
        ]
    lines += ["", f"Its message waits in the dead-letter queue {notice.dlq}; nothing is lost."]
    if source is not None:
        lines += ["", f"Image {source.image_id}"]
    attributes = {"outcome": "failed", "stage": notice.stage, "error": notice.error}
    if source is not None:
        attributes |= {"bucket": source.bucket, "prefix": _prefix(source.key)}
    return Letter(
        subject=_subject(f"Failed in {notice.stage}", source.key if source else "unreadable message"),
        text="\n".join(lines) + "\n",
        body=notice.encode(),
        attributes=attributes,
    )


def _subject(what: str, key: str) -> str:
    """One line that SNS takes; the file's name is cut in the middle, for its end tells more than its folders."""
    name = PurePosixPath(key).name or key
    name = name.encode("ascii", "backslashreplace").decode("ascii")
    name = "".join(char if char.isprintable() else "?" for char in name)
    room = LONGEST_SUBJECT - len(what) - 2
    if len(name) > room:
        half = (room - 3) // 2
        name = f"{name[:half]}...{name[-half:]}"
    return f"{what}: {name}"


def _prefix(key: str) -> str:
    """The key's folders, for filters: "holiday/2026/"; "/" at the top, since SNS takes no empty value."""
    folder, slash, _ = printable(key).rpartition("/")
    return folder + slash or "/"
