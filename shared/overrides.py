"""Overrides: what an uploader sets for one image in its metadata, such as x-amz-meta-pipeline-quality."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from email.errors import MessageError
from email.header import decode_header, make_header
from typing import Final

from shared.choices import (
    FITS,
    FORMATS,
    FREE_GRAVITIES,
    HDR,
    METADATA,
    POSITIONS,
    Fit,
    Format,
    Gravity,
    Hdr,
    Metadata,
    Position,
)
from shared.errors import BadOverride
from shared.light_dataclass import dataclass
from shared.text import is_printable

HEADER: Final = "x-amz-meta-"
PREFIX: Final = "pipeline-"

MAX_TEXT: Final = 100

# Bounds of max_bytes. A JPEG of one pixel has 700 bytes with its tables.
MIN_BYTES: Final = 1_000
MAX_BYTES: Final = 100_000_000

# Of sharpen and trim.
MAX_SHARPEN: Final = 100
MAX_TRIM: Final = 100

_SHARE: Final = r"(0(\.[0-9]{1,6})?|1(\.0{1,6})?)"
POINT: Final = f"{_SHARE},{_SHARE}"
POINT_WORDS: Final = "shares of width and height from 0 to 1, such as 0.3,0.6"

# What store writes into the metadata of outputs, under the same prefix: these are not overrides.
NOTES: Final = frozenset({"source", "source-key", "sequence", "made-of", "version"})

# The upload batch is not an override either; see shared/batches.py.
BATCH: Final = "batch"

_SWITCH: Final[Mapping[str, bool]] = {"on": True, "off": False}


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """The overrides of one image; None where it is as the settings say.

    Args:
        renditions: names of the renditions that it gets.
        quality: quality of all its renditions, 1 to 100.
        max_bytes: greatest size of each of its renditions' files, in bytes.
        format: format of all its renditions.
        fit: fit of all its renditions.
        gravity: gravity of those of its renditions that are cropped or padded.
        focus: the point that renditions keep if they are cropped, instead of gravity: shares of the width and of the
            height, each 0 to 1.
        sharpen: how much all its renditions are sharpened, 0 to 100.
        watermark: whether its renditions are watermarked: all of them, or none.
        watermark_text: what the watermark says, 1 to 100 characters.
        watermark_position: one of nine positions.
        watermark_opacity: opacity of the watermark, 0 to 1.
        metadata: which of the source's metadata is kept.
        hdr: whether its JPEGs keep its gain map.
        trim: tolerance of a border of one colour that is removed, 0 to 100; 0 removes none.
    """

    renditions: tuple[str, ...] | None = None
    quality: int | None = None
    max_bytes: int | None = None
    format: Format | None = None
    fit: Fit | None = None
    gravity: Gravity | None = None
    focus: tuple[float, float] | None = None
    sharpen: int | None = None
    watermark: bool | None = None
    watermark_text: str | None = None
    watermark_position: Position | None = None
    watermark_opacity: float | None = None
    metadata: Metadata | None = None
    hdr: Hdr | None = None
    trim: int | None = None


def parse(metadata: Mapping[str, str], allowed: Collection[str], *, names: Collection[str] | None = None) -> Overrides:
    """The overrides in an object's user metadata.

    Args:
        metadata: the x-amz-meta-* headers, by name without that prefix, as S3 returns them.
        allowed: names of the overrides that uploaders may use; see `overrides` of pipeline.yaml.
        names: names of the overrides that the caller reads; None for all, so that an unknown one is noticed.

    Raises:
        BadOverride: one is unknown, not allowed, or out of bounds.
    """
    values: dict[str, object] = {}
    for header in sorted(metadata):
        name = header.lower().removeprefix(PREFIX)
        if name == header.lower() or name in {*NOTES, BATCH} or (names is not None and name not in names):
            continue
        if name not in allowed:
            why = "is not among the overrides that pipeline.yaml allows" if name in _READERS else "is not an override"
            raise BadOverride(f"{HEADER}{PREFIX}{name:.80} {why}; allowed: {', '.join(allowed) or 'none'}")
        values[name.replace("-", "_")] = _READERS[name](name, _decoded(name, metadata[header]))
    return Overrides(**values)  # type: ignore[arg-type]  # each reader gives what its field holds


def is_output(metadata: Mapping[str, str]) -> bool:
    """Whether an object with this user metadata is an output: store's notes are on it."""
    return any(name.lower() == f"{PREFIX}made-of" for name in metadata)


def bad(name: str, value: str, allowed: str) -> BadOverride:
    """The error for an override that is out of bounds."""
    return BadOverride(f'{HEADER}{PREFIX}{name} is "{value:.120}"; allowed: {allowed}')


def _decoded(name: str, value: str) -> str:
    """The value as it was meant: headers are ASCII, and S3 returns anything else as encoded words of RFC 2047.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
    """
    if "=?" not in value:
        return value.strip()
    try:
        return str(make_header(decode_header(value))).strip()
    except (MessageError, LookupError, ValueError) as error:
        raise bad(name, value, "ASCII, or UTF-8 as an encoded word of RFC 2047") from error


def _number(low: float, high: float) -> Callable[[str, str], float]:
    def read(name: str, value: str) -> float:
        # No "nan", no "1e9", no "1_0": Python accepts these as well as plain digits.
        if not re.fullmatch(r"\d{1,3}(\.\d{1,6})?", value, re.ASCII) or not low <= float(value) <= high:
            raise bad(name, value, f"a number from {low:g} to {high:g}")
        return float(value)

    return read


def _whole(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, value: str) -> int:
        if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not low <= int(value) <= high:
            raise bad(name, value, f"a whole number from {low:,} to {high:,}")
        return int(value)

    return read


def _word(words: Sequence[str]) -> Callable[[str, str], str]:
    def read(name: str, value: str) -> str:
        if value not in words:
            raise bad(name, value, "one of " + ", ".join(words))
        return value

    return read


def point(text: str) -> tuple[float, float]:
    """The point that a text names, which POINT matches: "0.3,0.6" is at 0.3 of the width and 0.6 of the height."""
    x, y = map(float, text.split(","))
    return x, y


def _point(name: str, value: str) -> tuple[float, float]:
    if not re.fullmatch(POINT, value, re.ASCII):
        raise bad(name, value, POINT_WORDS)
    return point(value)


def _switch(name: str, value: str) -> bool:
    if value not in _SWITCH:
        raise bad(name, value, "one of " + ", ".join(_SWITCH))
    return _SWITCH[value]


def _text(name: str, value: str) -> str:
    if not 1 <= len(value) <= MAX_TEXT or not is_printable(value):
        raise bad(name, value, f"a text of 1 to {MAX_TEXT} printable characters")
    return value


def _list(name: str, value: str) -> tuple[str, ...]:
    words = tuple(word.strip() for word in value.split(","))
    if not all(words) or len(set(words)) != len(words):
        raise bad(name, value, "names separated by commas, each once")
    return words


# Each override and its reader: (name, value) to what the field of Overrides holds.
_READERS: Final[Mapping[str, Callable[[str, str], object]]] = {
    "renditions": _list,
    "quality": _whole(1, 100),
    "max-bytes": _whole(MIN_BYTES, MAX_BYTES),
    "format": _word(FORMATS),
    "fit": _word(FITS),
    "gravity": _word(FREE_GRAVITIES),
    "focus": _point,
    "sharpen": _whole(0, MAX_SHARPEN),
    "watermark": _switch,
    "watermark-text": _text,
    "watermark-position": _word(POSITIONS),
    "watermark-opacity": _number(0, 1),
    "metadata": _word(METADATA),
    "hdr": _word(HDR),
    "trim": _whole(0, MAX_TRIM),
}

NAMES: Final[tuple[str, ...]] = tuple(_READERS)
