"""What became of the demo's images: the table for people, results.json for machines."""

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ops.follow import Dropped
from ops.ledger import Row
from ops.names import STAGES
from ops.show import columns, print_table, visible
from shared.messages import ImageFailed, ImageStored
from shared.notices import human_size

# With more images than this the table shows only those that failed or surprised.
_WHOLE: Final = 60
_NARROWEST_REASON: Final = 24


@dataclass(frozen=True, kw_only=True)
class Result:
    """One image of the demo, with what was expected of it.

    Args:
        dropped: the image.
        path: the file that was dropped.
        expected: the outcomes that are as they should be.
        expected_error: the class of the error that it should fail with; None for any.
        row: of the ledger; None where it has none.
        notice: that subscribers got; None where there was none.
    """

    dropped: Dropped
    path: Path
    expected: frozenset[str]
    expected_error: str | None
    row: Row | None
    notice: ImageStored | ImageFailed | None

    @property
    def outcome(self) -> str:
        """What the ledger says; "lost" where it says nothing, or not yet how it ended."""
        return self.row.outcome if self.row is not None and self.row.outcome is not None else "lost"

    @property
    def as_expected(self) -> bool:
        """Whether it came to what it should."""
        error = self.row.error if self.row is not None else None
        return self.outcome in self.expected and self.expected_error in {None, error}

    @property
    def reason(self) -> str:
        """Why it failed, in words."""
        if self.row is None:
            return "no stage has written of it"
        if self.row.outcome is None:
            return f"it came as far as {self.row.stage}"
        return self.row.reason or ""

    def seconds(self) -> float:
        """From the drop to the last that is known of it."""
        if self.row is None:
            return 0.0
        taken = datetime.fromisoformat(self.row.updated_at) - datetime.fromisoformat(self.row.dropped_at)
        return max(0.0, taken.total_seconds())


def print_results(results: Sequence[Result], *, seconds: float) -> None:
    """The table, and a line that sums it up, on stdout."""
    shown = results
    if len(results) > _WHOLE:
        shown = [result for result in results if result.outcome != "stored" or not result.as_expected]
    if shown:
        _print_table(shown)
    if len(results) > len(shown):
        print(f"… and {len(results) - len(shown)} more that are stored as expected")
    counted = Counter(result.outcome for result in results)
    surprises = [result for result in results if not result.as_expected]
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counted.items(), key=lambda each: -each[1]))
    print()
    print(f"{len(results)} images in {seconds:.1f} s: {outcomes}; {counted['lost']} lost")
    if surprises:
        print(f"{len(surprises)} came to something else than expected:")
        for result in surprises[:20]:
            expected = " or ".join(sorted(result.expected))
            told = f"{result.outcome}, not {result.expected_error or expected}"
            print(f"  {visible(result.dropped.key)}: {told}: {visible(result.reason)}")
    else:
        print("every image came to what it should")


def write_json(results: Sequence[Result], path: Path) -> None:
    """One object an image, as a JSON list."""
    path.write_text(json.dumps(list(map(_as_json, results)), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _print_table(results: Sequence[Result]) -> None:
    rows = [(*_cells(result), result.reason if result.outcome != "stored" else _outputs(result)) for result in results]
    header = ("IMAGE", "OUTCOME", *(stage.upper() for stage in STAGES), "TOTAL", "REASON, OR SIZES")
    taken = sum(max(columns(row[index]) for row in (header, *rows)) + 2 for index in range(len(header) - 1))
    room = max(_NARROWEST_REASON, shutil.get_terminal_size((160, 24)).columns - taken)
    if not _is_wide():
        rows = [(*row[:-1], _cut(row[-1], room)) for row in rows]
    print_table(header, rows)


def _is_wide() -> bool:
    """Whether lines may be as long as they are: in a file they may."""
    return not os.isatty(1)


def _cells(result: Result) -> tuple[str, ...]:
    seconds: Mapping[str, float] = result.row.seconds if result.row is not None else {}
    mark = "" if result.as_expected else "  (!)"
    return (
        visible(result.dropped.key),
        result.outcome + mark,
        *(f"{seconds[stage]:.2f} s" if stage in seconds else "-" for stage in STAGES),
        f"{result.seconds():.1f} s",
    )


def _outputs(result: Result) -> str:
    notice = result.notice
    if not isinstance(notice, ImageStored):
        return ""
    before = f"{notice.source_width}x{notice.source_height} {human_size(result.dropped.size_bytes)}"
    after = (f"{each.width}x{each.height} {human_size(each.size_bytes)}" for each in notice.outputs)
    return f"{before} -> {', '.join(after)}"


def _cut(text: str, room: int) -> str:
    text = visible(text)
    return text if columns(text) <= room else text[: room - 1] + "…"


def _as_json(result: Result) -> dict[str, Any]:
    row = result.row
    return {
        "key": result.dropped.key,
        "image_id": result.dropped.image_id,
        "size_bytes": result.dropped.size_bytes,
        "expected": sorted(result.expected),
        "as_expected": result.as_expected,
        "outcome": result.outcome,
        "error": row.error if row is not None else None,
        "reason": result.reason or None,
        "seconds": {**(row.seconds if row is not None else {}), "total": round(result.seconds(), 3)},
        "outputs": list(_outputs_json(result)),
    }


def _outputs_json(result: Result) -> Iterator[dict[str, Any]]:
    if isinstance(result.notice, ImageStored):
        for each in result.notice.outputs:
            yield {
                "rendition": each.rendition,
                "key": each.key,
                "width": each.width,
                "height": each.height,
                "frames": each.frames,
                "content_type": each.content_type,
                "size_bytes": each.size_bytes,
            }
