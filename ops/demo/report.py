"""Results of the demo: a table for people, and results.json for programs."""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from ops.aws.ledger import Row
from ops.cli.output import numeric, print_table, word
from ops.images.follow import Uploaded
from ops.names import SERVICES
from ops.show import visible
from shared.notices import Notice, human_size
from shared.notifications import ImageStored

UNFINISHED: Final = "unfinished"

# With more images than this the table shows only those that failed or surprised.
_WHOLE: Final = 50
# On a terminal with fewer columns the table goes without the services' seconds.
_NARROW: Final = 100
_MAX_LISTED: Final = 20


@dataclass(frozen=True, kw_only=True)
class Result:
    """Result of one image of the demo, with its expected outcomes.

    Args:
        uploaded: The uploaded image.
        path: Path of its file.
        expected: Outcomes that are correct.
        expected_error: Class of the error that it should fail with; None for any.
        row: Its row in the ledger; None if it has none.
        notice: The notification of it; None if there was none.
    """

    uploaded: Uploaded
    path: Path
    expected: frozenset[str]
    expected_error: str | None
    row: Row | None
    notice: Notice | None

    @property
    def outcome(self) -> str:
        """Outcome in the ledger; "unfinished" if it has none yet."""
        return self.row.outcome if self.row is not None and self.row.outcome is not None else UNFINISHED

    @property
    def as_expected(self) -> bool:
        """Whether the outcome and the error are the expected ones."""
        error = self.row.error if self.row is not None else None
        return self.outcome in self.expected and self.expected_error in {None, error}

    @property
    def reason(self) -> str:
        """Reason for the outcome, or how far the image came."""
        if self.row is None:
            return "no service has written of it"
        if self.row.outcome is None:
            return f"it came as far as {self.row.service}"
        return self.row.reason or ""

    @property
    def seconds(self) -> float:
        """Time from the upload to the last change of its row."""
        return self.row.total_seconds if self.row is not None else 0.0


def print_results(results: Sequence[Result], *, seconds: float) -> None:
    """Print the table and a summary to stdout."""
    shown = results
    if len(results) > _WHOLE:
        shown = [result for result in results if result.outcome != "stored" or not result.as_expected]
    if shown:
        _print_table(shown)
    if len(results) > len(shown):
        print(f"… and {len(results) - len(shown)} more that are stored as expected")
    print()
    unfinished = [result for result in results if result.outcome == UNFINISHED]
    counted = ", ".join(_counted(result.outcome for result in results if result.outcome != UNFINISHED))
    end = f"{len(unfinished)} without an outcome when the time was over" if unfinished else "0 lost"
    print(f"{len(results)} images in {seconds:.1f} s: {counted + '; ' if counted else ''}{end}")
    if len(results) > len(shown):
        errors = _counted(result.row.error for result in results if result.row and result.row.error)
        print(f"failed with: {', '.join(errors)}" if errors else "none failed")
    surprises = [result for result in results if not result.as_expected and result.outcome != UNFINISHED]
    _print_list("came to something else than expected", [f"{_key(each)}: {_surprise(each)}" for each in surprises])
    _print_list("without an outcome", [f"{_key(each)}: {each.reason}" for each in unfinished])
    if not surprises and not unfinished:
        print("every image came to what it should")


def _counted(values: Iterable[str]) -> list[str]:
    """Counts such as "15 stored" and "3 failed", the most frequent first."""
    return [f"{count} {value}" for value, count in Counter(values).most_common()]


def _print_list(title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    print(f"{len(lines)} {title}:")
    for line in lines[:_MAX_LISTED]:
        print(f"  {line}")
    if len(lines) > _MAX_LISTED:
        print(f"  … and {len(lines) - _MAX_LISTED} more: results.json has all")


def _key(result: Result) -> str:
    return visible(result.uploaded.key)


def _surprise(result: Result) -> str:
    """The actual outcome or error, and the expected one."""
    came, should = result.outcome, " or ".join(sorted(result.expected))
    if result.outcome in result.expected and result.row is not None:
        came, should = str(result.row.error), str(result.expected_error)
    return f"{came}, not {should}" + (f": {visible(result.reason)}" if result.reason else "")


def write_json(results: Sequence[Result], path: Path) -> None:
    """Write a JSON list with an object for each image."""
    path.write_text(json.dumps(list(map(_as_json, results)), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _print_table(results: Sequence[Result]) -> None:
    narrow = sys.stdout.isatty() and shutil.get_terminal_size().columns < _NARROW
    services = () if narrow else SERVICES
    columns = (word("OUTCOME"), *(numeric(service.upper()) for service in services), numeric("TOTAL"))
    rows = [(*_cells(each, services), _outputs(each) or each.reason) for each in results]
    print_table(("IMAGE", *columns, "REASON, OR SIZES"), rows)


def _cells(result: Result, services: Sequence[str]) -> tuple[str, ...]:
    seconds: Mapping[str, float] = result.row.seconds if result.row is not None else {}
    mark = "" if result.as_expected else "  (!)"
    return (
        _key(result),
        result.outcome + mark,
        *(f"{seconds[service]:.2f} s" if service in seconds else "-" for service in services),
        f"{result.seconds:.1f} s",
    )


def _outputs(result: Result) -> str:
    notice = result.notice
    if not isinstance(notice, ImageStored):
        return ""
    before = f"{notice.source_width}x{notice.source_height} {human_size(result.uploaded.size_bytes)}"
    after = (f"{each.width}x{each.height} {human_size(each.size_bytes)}" for each in notice.outputs)
    return f"{before} -> {', '.join(after)}"


def _as_json(result: Result) -> dict[str, Any]:
    row = result.row
    return {
        "key": result.uploaded.key,
        "image_id": result.uploaded.image_id,
        "size_bytes": result.uploaded.size_bytes,
        "expected": sorted(result.expected),
        "as_expected": result.as_expected,
        "outcome": result.outcome,
        "error": row.error if row is not None else None,
        "reason": result.reason or None,
        "seconds": {**(row.seconds if row is not None else {}), "total": round(result.seconds, 3)},
        "outputs": list(_outputs_json(result)),
    }


def _outputs_json(result: Result) -> Iterator[dict[str, Any]]:
    if isinstance(result.notice, ImageStored):
        for each in result.notice.outputs:
            yield {name: value for name, value in asdict(each).items() if name not in {"bucket", "page"}}
