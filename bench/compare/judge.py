"""Whether the product's picture of a file is the one that other software shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bench.compare.pictures import Difference, difference
from bench.compare.readings import Reading

AGREED: Final = "agreed"
DIFFERS: Final = "differs"
REFUSED: Final = "refused"
BEYOND_A_LIMIT: Final = "beyond a limit"
UNREAD: Final = "unread"
OUTCOMES: Final = (AGREED, DIFFERS, REFUSED, BEYOND_A_LIMIT, UNREAD)

_LIMITS: Final = {"ImageTooLarge"}


@dataclass(frozen=True, kw_only=True)
class FileComparison:
    """The comparison of one file.

    Args:
        outcome: one of OUTCOMES.
        animated: whether a reader that counts frames found more than one.
        ours: reading of the product.
        references: readings of the references, in the order in which they were made.
        differences: differences by the name of each reference that reads the file.
        closest: reference with the smallest difference; None where there is none.
    """

    outcome: str
    animated: bool
    ours: Reading
    references: tuple[Reading, ...]
    differences: dict[str, Difference]
    closest: Reading | None


def judge(ours: Reading, references: Iterable[Reading]) -> FileComparison:
    """Compare the product's reading with the references', stopping once a reference that counts agrees.

    A reference that reads only the first frame does not count for an animation that another one recognises.

    Args:
        ours: reading of the product.
        references: readings, each made when it is requested.
    """
    asked: list[Reading] = []
    differences: dict[str, Difference] = {}
    for reading in references:
        asked.append(reading)
        if ours.picture is not None and reading.picture is not None:
            differences[reading.reader] = difference(ours.picture, reading.picture)
        if _agreeing(asked, differences):
            break
    agreeing = _agreeing(asked, differences)
    readers = [reading for reading in asked if reading.picture is not None]
    closest = agreeing or (min(readers, key=lambda each: _distance(each, differences)) if readers else None)
    if not readers:
        outcome = UNREAD
    elif ours.picture is None:
        outcome = BEYOND_A_LIMIT if ours.error in _LIMITS else REFUSED
    else:
        outcome = AGREED if agreeing else DIFFERS
    return FileComparison(
        outcome=outcome,
        animated=_animated(asked) or (not readers and _frames(ours) > 1),
        ours=ours,
        references=tuple(asked),
        differences=differences,
        closest=closest,
    )


def _agreeing(asked: Iterable[Reading], differences: dict[str, Difference]) -> Reading | None:
    asked = list(asked)
    animated = _animated(asked)
    for reading in asked:
        found = differences.get(reading.reader)
        counts = reading.picture is not None and (reading.picture.counts_frames or not animated)
        if found is not None and found.reason is None and counts:
            return reading
    return None


def _animated(readings: Iterable[Reading]) -> bool:
    return any(_frames(reading) > 1 for reading in readings)


def _frames(reading: Reading) -> int:
    return len(reading.picture.frames) if reading.picture else 0


def _distance(reading: Reading, differences: dict[str, Difference]) -> float:
    found = differences.get(reading.reader)
    return float("inf") if found is None or found.levels is None else found.levels
