"""What subscribers receive: the subject, the text that people read, the attributes that filters match."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from shared.dlq_messages import printable
from shared.light_dataclass import dataclass
from shared.messages import Source
from shared.notifications import BatchEnded, ImageFailed, ImageRejected, ImageStored
from shared.removals import ImageRemoved
from shared.text import visible

Notice = ImageStored | ImageFailed | ImageRejected | ImageRemoved | BatchEnded

# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: under 100 characters, ASCII, no line breaks.
MAX_SUBJECT: Final = 99

# Values of the attribute `audience`. An e-mail for each image of a batch would be more than ten a second, at which SNS
# suspends the address: people are notified of a batch once, machines of each image.
PEOPLE: Final = "people"
MACHINES: Final = "machines"

# The words for an ending, where its name does not explain itself.
_WORDS: Final = {"missing": "not uploaded", "pending": "without outcome"}
_COUNTS: Final = ("stored", "failed", "rejected", "superseded", "vanished", "missing", "pending")
_AFTER_ALL: Final = ("This is what became of them by now. If the others come after all, another digest follows.",)
_MAX_FOLDERS: Final = 10

_KILOBYTE: Final = 1024
_MINUTE: Final = 60
_HOUR: Final = 3600


@dataclass(frozen=True, kw_only=True)
class Email:
    """A notice as SNS takes it.

    Args:
        subject: one line, for e-mail.
        text: for people.
        body: JSON, for machines.
        attributes: for filter policies; where one has several values, a filter may match any.
    """

    subject: str
    text: str
    body: str
    attributes: Mapping[str, tuple[str, ...]]


def email_of(notice: Notice) -> Email:
    """A notice in words and in JSON."""
    if isinstance(notice, BatchEnded):
        return _ended(notice)
    if isinstance(notice, ImageRejected):
        return _rejected(notice)
    if isinstance(notice, ImageRemoved):
        return _removed(notice)
    return _stored(notice) if isinstance(notice, ImageStored) else _failed(notice)


def human_size(size_bytes: int) -> str:
    """A size for people: 980 B, 12 KB, 3.4 MB."""
    if size_bytes < _KILOBYTE:
        return f"{size_bytes} B"
    if size_bytes < _KILOBYTE**2:
        return f"{size_bytes / _KILOBYTE:.0f} KB"
    return f"{size_bytes / _KILOBYTE**2:.1f} MB"


def human_time(seconds: float) -> str:
    """A time for people: 1.9 s, 2 min 14 s, 1 h 3 min."""
    if round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def _stored(notice: ImageStored) -> Email:
    source = notice.source
    picture = f"{notice.source_format}, {notice.source_width} x {notice.source_height} px"
    lines = [
        f"{visible(source.key)} is stored, {human_time(notice.seconds)} after it was uploaded.",
        "",
        f"Uploaded  s3://{source.bucket}/{visible(source.key)}",
        f"          {picture}, {human_size(source.size_bytes)}, at {source.uploaded_at}",
        "",
    ]
    for output in notice.outputs:
        size = f"{output.width} x {output.height} px"
        if output.frames > 1:
            size += f", {output.frames} frames"
        lines += [
            f"{output.rendition:<9} s3://{output.bucket}/{visible(output.key)}",
            f"          {output.content_type}, {size}, {human_size(output.size_bytes)}",
        ]
    if notice.left_out:
        lines.append(_more(notice.left_out))
    if notice.warnings:
        lines += ["", *(f"Note      {visible(warning)}" for warning in notice.warnings)]
    lines += ["", f"Image {source.image_id}"]
    return Email(
        subject=_subject("Stored", source.key),
        text="\n".join(lines) + "\n",
        body=notice.encode(),
        attributes={"outcome": ("stored",), **_of_image(source)},
    )


def _more(left_out: int) -> str:
    return f"          and {left_out:,} more, whose keys are too long for one notification"


def shortened(notice: Notice, share: float) -> Notice:
    """The notice with this share of the keys that it lists, at least one fewer of each kind.

    One of an image has the number of those that are left out. A digest counts all its images as it is. Any other notice
    lists none, and is returned as it is.

    Args:
        notice: a notice that is too large.
        share: of its keys, 0 to 1.
    """

    def kept(listed: Sequence[object]) -> int:
        return max(0, min(len(listed) - 1, int(len(listed) * share)))

    if isinstance(notice, ImageStored):
        outputs = notice.outputs[: kept(notice.outputs)]
        return replace(notice, outputs=outputs, left_out=notice.left_out + len(notice.outputs) - len(outputs))
    if isinstance(notice, ImageRemoved):
        removed = notice.removed[: kept(notice.removed)]
        return replace(notice, removed=removed, left_out=notice.left_out + len(notice.removed) - len(removed))
    if isinstance(notice, BatchEnded):
        return replace(
            notice,
            failures=notice.failures[: kept(notice.failures)],
            missing_keys=notice.missing_keys[: kept(notice.missing_keys)],
            pending_keys=notice.pending_keys[: kept(notice.pending_keys)],
        )
    return notice


def _rejected(notice: ImageRejected) -> Email:
    source = notice.source
    within = "" if notice.label == notice.rule else f", a label under {notice.rule}"
    lines = [
        f"{visible(source.key)} is rejected by moderation: nothing of it is stored.",
        "",
        f"Why       {visible(notice.label)}{visible(within)}",
        f"          with {notice.confidence:.1f} % confidence; images are rejected from {notice.threshold:g} %",
        "",
        f"Uploaded  s3://{source.bucket}/{visible(source.key)}",
        f"          {human_size(source.size_bytes)}, at {source.uploaded_at}",
        "",
        "It stays in the input bucket, and has no message in a DLQ. If it was rejected wrongly, have the",
        "threshold raised (moderation.labels in pipeline.yaml) and upload it again.",
        "",
        f"Image {source.image_id}",
    ]
    return Email(
        subject=_subject("Rejected", source.key),
        text="\n".join(lines) + "\n",
        body=notice.encode(),
        attributes={"outcome": ("rejected",), "label": (printable(notice.rule),), **_of_image(source)},
    )


def _removed(notice: ImageRemoved) -> Email:
    source = notice.source
    lines = [
        f"{visible(source.key)} was deleted at {source.uploaded_at}, and its outputs with it.",
        "",
        *(
            f"{'' if index else 'Removed':<9} s3://{notice.output_bucket}/{visible(key)}"
            for index, key in enumerate(notice.removed)
        ),
        *([_more(notice.left_out)] if notice.left_out else []),
        "",
        f"Image {source.image_id}",
    ]
    return Email(
        subject=_subject("Removed", source.key),
        text="\n".join(lines) + "\n",
        body=notice.encode(),
        attributes={"outcome": ("removed",), **_of_image(source)},
    )


def _failed(notice: ImageFailed) -> Email:
    source = notice.source
    what = visible(source.key) if source else "A message that could not be read"
    attempts = "once" if notice.attempts == 1 else f"{notice.attempts} times"
    since = _since(source, notice.failed_at) if source else ""
    lines = [
        f"{what} failed in {notice.service}{since}, tried {attempts}.",
        "",
        f"Why       {visible(notice.reason)}",
        f"          ({notice.error})",
    ]
    if source is not None:
        lines += [
            "",
            f"Uploaded  s3://{source.bucket}/{visible(source.key)}",
            f"          {human_size(source.size_bytes)}, at {source.uploaded_at}",
        ]
    lines += ["", f"Its message waits in the dead-letter queue {notice.dlq}; nothing is lost."]
    if source is not None:
        lines += [
            "Once the cause is removed, replay it with",
            "",
            f"    pipeline dlq replay --image {source.image_id} --yes",
            "",
            f"Image {source.image_id}",
        ]
    else:
        lines += ["Look at it with", "", f"    pipeline dlq show --service {notice.service} --error {notice.error}"]
    return Email(
        subject=_subject(f"Failed in {notice.service}", source.key if source else "unreadable message"),
        text="\n".join(lines) + "\n",
        body=notice.encode(),
        attributes={
            "outcome": ("failed",),
            "service": (notice.service,),
            "error": (notice.error,),
            **_of_image(source),
        },
    )


def _since(source: Source, moment: str) -> str:
    """How long after the upload it was, where the upload's event said when that was."""
    try:
        uploaded = datetime.fromisoformat(source.uploaded_at)
        seconds = (datetime.fromisoformat(moment) - uploaded).total_seconds()
    except (ValueError, TypeError):
        return ""
    return f" {human_time(max(0.0, seconds))} after it was uploaded"


def _ended(notice: BatchEnded) -> Email:
    present = {name: count for name in _COUNTS if (count := getattr(notice, name))}
    summary = ", ".join(f"{count:,} {_WORDS.get(name, name)}" for name, count in present.items())
    images = f"{notice.size:,} image{'' if notice.size == 1 else 's'}"
    folders = [printable(folder) for folder in notice.folders]
    lines = [f"{images} uploaded together: {summary}.", ""]
    late = []
    if notice.timeout_seconds is not None:
        late = ["failed"]
        lines += [f"Nothing has happened to them for {human_time(notice.timeout_seconds)}.", *_AFTER_ALL, ""]
    if notice.bucket is not None:
        where = [
            f"s3://{notice.bucket}/{'' if folder == '/' else visible(folder)}" for folder in folders[:_MAX_FOLDERS]
        ]
        more = [f"and {len(folders) - _MAX_FOLDERS:,} folders more"] if len(folders) > _MAX_FOLDERS else []
        lines += [f"{'' if index else 'Uploaded':<9} {line}" for index, line in enumerate([*where, *more])]
    if notice.uploaded_at is not None and notice.seconds is not None:
        lines += [f"          from {notice.uploaded_at} on", "", f"Took      {human_time(notice.seconds)}"]
    if notice.failed:
        lines += ["", *_failures(notice)]
    lines += _missing(notice)
    lines += ["", f"Batch {notice.batch_id}"]
    where_else = folders[0] if len(folders) == 1 else f"{len(folders):,} folders"
    return Email(
        subject=_ascii(f"{summary} of {images}" + (f" in {where_else}" if folders else "")),
        text="\n".join(lines) + "\n",
        body=notice.encode(),
        attributes={
            "kind": ("digest",),
            "audience": (PEOPLE,),
            # What did not end concerns everybody who asks for failures.
            "outcome": tuple(dict.fromkeys([*present, *late])) or ("none",),
            **({"bucket": (notice.bucket,)} if notice.bucket is not None else {}),
            **({"prefix": tuple(folders)} if folders else {}),
        },
    )


def _missing(notice: BatchEnded) -> list[str]:
    """What a batch that timed out lacks: keys as far as they are known and there is room, else numbers."""
    lines = []
    if notice.missing_numbers:
        lines += ["", "Not uploaded", *(f"    {visible(key)}" for key in notice.missing_keys)]
        if notice.missing > len(notice.missing_keys):
            lines.append(f"    by their numbers in the batch, from 0: {', '.join(notice.missing_numbers)}")
        lines.append("Upload them again where they are still wanted.")
    if notice.pending:
        lines += ["", "Without outcome", *(f"    {visible(key)}" for key in notice.pending_keys)]
        if more := notice.pending - len(notice.pending_keys):
            lines.append(f"    and {more:,} more")
        lines += ["They wait in a queue, or SQS moved their messages to a dead-letter queue. Look with", ""]
        lines += [f"    pipeline status --batch {notice.batch_id}", "    pipeline dlq ls"]
    return lines


def _failures(notice: BatchEnded) -> list[str]:
    """Which images failed and why, as far as there is room, and how to replay them."""
    lines = ["Failed"]
    for each in notice.failures:
        lines += [f"    {visible(each.key)}", f"        {each.error}: {visible(each.reason)}"]
    if notice.failed > len(notice.failures):
        lines.append(f"    and {notice.failed - len(notice.failures):,} more")
    return [
        *lines,
        "",
        "Their messages wait in the dead-letter queues; nothing is lost. Once the cause is removed, replay them with",
        "",
        f"    pipeline dlq replay --batch {notice.batch_id} --yes",
    ]


def _of_image(source: Source | None) -> dict[str, tuple[str, ...]]:
    """The attributes of one image's notice, for filters; people are not notified of each image of a batch."""
    audience = MACHINES if source is not None and source.batch is not None else PEOPLE
    attributes: dict[str, tuple[str, ...]] = {"kind": ("image",), "audience": (audience,)}
    if source is not None:
        attributes |= {"bucket": (source.bucket,), "prefix": (folder_of(source.key),)}
    return attributes


def folder_of(key: str) -> str:
    """The key's folders, for filters: "holiday/2026/"; "/" at the top, since SNS takes no empty value."""
    folder, slash, _ = printable(key).rpartition("/")
    return folder + slash or "/"


def _subject(what: str, key: str) -> str:
    """One line that SNS takes; the key is cut in the middle, so that its first folder and the file's end stay."""
    return f"{what}: {_ascii(key, MAX_SUBJECT - len(what) - 2)}"


def _ascii(text: str, room: int = MAX_SUBJECT) -> str:
    """A text in ASCII, cut in the middle to this many characters."""
    text = text.encode("ascii", "backslashreplace").decode("ascii")
    text = "".join(char if char.isprintable() else "?" for char in text)
    if len(text) <= room:
        return text
    half = (room - 3) // 2
    return f"{text[:half]}...{text[-half:]}"
