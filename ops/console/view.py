"""Images as people see them: steps with their durations, names that cannot hide anything, words. No AWS, no HTML."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from ops.aws.ledger import Row
from ops.console.state import ENDED, UPLOADED, Seen
from ops.names import NEXT, SERVICES
from ops.show import visible
from shared.notices import human_size

State = Literal["done", "now", "failed", "ended", "todo"]

_MINUTE: Final = 60
_TAIL: Final = 14
# What visible() writes for a character that would not be seen, or would turn the line around.
_ESCAPE: Final = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[nrt])")


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """One of the four steps of an image.

    Args:
        name: uploaded, resize, watermark or store.
        state: done; now (it is next or at work); failed; ended (the image ended there otherwise); todo.
        shown: how long it took, or when it was; empty where nobody knows.
    """

    name: str
    state: State
    shown: str = ""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A part of a name.

    Args:
        text: as it is shown.
        escaped: whether it stands for a character that would not be seen.
    """

    text: str
    escaped: bool


def milestones(seen: Seen) -> tuple[Milestone, ...]:
    """The four steps of an image, in their order."""
    row = seen.row
    here = row.service if row.outcome is not None else NEXT.get(row.service, row.service)
    place = SERVICES.index(here) if here in SERVICES else 0
    uploaded = Milestone(name=UPLOADED, state="done", shown=clock_words(row.uploaded_at))
    return (uploaded, *(_service(seen, service, index - place) for index, service in enumerate(SERVICES)))


def _service(seen: Seen, service: str, distance: int) -> Milestone:
    """One step.

    Args:
        seen: the image.
        service: its name.
        distance: how many steps after the one where the image is, or ended.
    """
    row = seen.row
    shown = duration_words(row.seconds[service]) if service in row.seconds else ""
    if distance < 0 or (row.outcome == "stored" and not seen.replaying):
        return Milestone(name=service, state="done", shown=shown)
    if distance > 0:
        return Milestone(name=service, state="todo")
    if seen.pending:
        return Milestone(name=service, state="now")
    return Milestone(name=service, state="failed" if row.outcome == "failed" else "ended", shown=shown)


@dataclass(frozen=True, kw_only=True)
class Span:
    """A part of an image's time: it waited in a service's queue, or the service worked on it.

    Args:
        service: resize, watermark or store.
        kind: "wait" or "work".
        start: percent of the whole time before it.
        width: percent of the whole time.
        shown: how long it took.
    """

    service: str
    kind: Literal["wait", "work"]
    start: float
    width: float
    shown: str


def spans(row: Row) -> list[Span]:
    """The time of an image from its upload on, in their order; empty where the ledger has no times of it."""
    found: list[tuple[str, Literal["wait", "work"], float, float]] = []
    before = _seconds_of(row.uploaded_at)
    began = before
    for service in SERVICES:
        if service not in row.finished or before is None:
            continue
        ended = _seconds_of(row.finished[service])
        if ended is None:
            continue
        # The clocks of S3 and of Lambda are two: nothing takes less than no time.
        work = max(0.0, min(row.seconds.get(service, 0.0), ended - before))
        found += [(service, "wait", before, max(0.0, ended - work - before)), (service, "work", ended - work, work)]
        before = max(before, ended)
    if not found or began is None or before is None or before <= began:
        return []
    whole = before - began
    return [
        Span(
            service=service,
            kind=kind,
            start=round(100 * (start - began) / whole, 2),
            width=round(100 * took / whole, 2),
            shown=duration_words(took),
        )
        for service, kind, start, took in found
    ]


def _seconds_of(moment: str) -> float | None:
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return None


def outcome(seen: Seen) -> str:
    """The outcome in a word; of an image that is on its way, where it is."""
    if seen.replaying:
        return "replayed"
    return seen.row.outcome if seen.row.outcome in ENDED else "on its way"


def kind(seen: Seen) -> str:
    """One of pending, stored, failed, other: what rows are filtered and coloured by."""
    if seen.pending:
        return "pending"
    return str(seen.row.outcome) if seen.row.outcome in {"stored", "failed"} else "other"


def reason(row: Row) -> str:
    """Why an image is not stored; empty where it is, or may be."""
    return f"{row.error}: {row.reason}" if row.error else row.reason or ""


def total(row: Row) -> str:
    """From the upload to the last that is known; empty while that is the upload."""
    taken = took_seconds(row)
    return "" if taken is None else duration_words(taken)


def took_seconds(row: Row) -> float | None:
    """From the upload to the last that is known, in seconds; None while that is the upload."""
    began, ended = _seconds_of(row.uploaded_at), _seconds_of(row.updated_at)
    if row.service == UPLOADED or began is None or ended is None:
        return None
    return max(0.0, ended - began)


def facts(row: Row) -> Sequence[tuple[str, str]]:
    """Facts of an image besides its picture, each with its name."""
    found = [
        ("image id", row.image_id),
        ("version", row.version_id or "none: the bucket keeps no versions"),
        ("size", human_size(row.size_bytes)),
        ("uploaded", f"{day_words(row.uploaded_at)} {clock_words(row.uploaded_at)} {zone_words(row.uploaded_at)}"),
        ("upload batch", row.batch or ""),
        ("replays", str(row.replays) if row.replays else ""),
        ("why", reason(row)),
        ("note", "; ".join(row.warnings)),
    ]
    return [(name, value) for name, value in found if value]


def pieces(text: str) -> list[Piece]:
    """A name with what would not be seen made visible, and distinguished from what is written so."""
    if text and text.isprintable():
        return [Piece(text=text, escaped=False)]
    found: list[Piece] = []
    for char in text:
        shown = visible(char)
        escaped = shown != char and _ESCAPE.fullmatch(shown) is not None
        if found and not escaped and not found[-1].escaped:
            found[-1] = Piece(text=found[-1].text + shown, escaped=False)
        else:
            found.append(Piece(text=shown, escaped=escaped))
    return found


def halves(text: str) -> tuple[str, str]:
    """A name, and its end that is shown even where there is no room for all of it: names differ by their ends.

    Of a text that may run from right to left, there is no such end.
    """
    if not text.isascii() or len(text) <= 2 * _TAIL:
        return text, ""
    return text[:-_TAIL], text[-_TAIL:]


def duration_words(seconds: float) -> str:
    """A duration for people: 85 ms, 2.3 s, 4 min 10 s."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    return f"{seconds // _MINUTE:.0f} min {seconds % _MINUTE:.0f} s"


def clock_words(moment: str) -> str:
    """The time of day of a moment in ISO 8601, as this machine's clock has it; the text itself where it is none."""
    return _local(moment, "%H:%M:%S", moment)


def day_words(moment: str) -> str:
    """The day of a moment in ISO 8601, as this machine's calendar has it; nothing where it is none."""
    return _local(moment, "%Y-%m-%d", "")


def zone_words(moment: str) -> str:
    """The zone of clock_words and day_words, such as "UTC+0200"."""
    return _local(moment, "UTC%z", "")


def rate_words(images_a_second: float) -> str:
    """Images a second, with as many figures as mean something."""
    if images_a_second < 0.1:  # noqa: PLR2004 - two figures
        return "< 0.1" if images_a_second else "0"
    return f"{images_a_second:.0f}" if images_a_second >= 10 else f"{images_a_second:.1f}"  # noqa: PLR2004 - two figures


def _local(moment: str, form: str, otherwise: str) -> str:
    try:
        return datetime.fromisoformat(moment).astimezone().strftime(form)
    except ValueError:
        return otherwise
