"""What `pipeline dlq replay` and `pipeline dlq purge` share: messages taken off the queues, archived first."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ops.cli.options import FILE, option
from ops.errors import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ops.dlq.cleanup import Judging, Report
    from ops.dlq.reading import Reading

F = TypeVar("F", bound="Callable[..., Any]")


def clearing_options(function: F) -> F:
    """--yes and --archive."""
    archive = option(
        "--archive",
        type=FILE,
        metavar="FILE",
        help="Append what leaves the queue to this file first"
        " (default: dlq-archive/<UTC time>-<service>-<command>.jsonl).",
    )
    return option("--yes", is_flag=True, help="Apply the changes (default: dry run).")(archive(function))


def cleared(
    reading: Reading,
    judging: Judging,
    *,
    name: Literal["replay", "purge"],
    output: str,
    rate: float,
    yes: bool,
    archive: Path | None,
) -> Exit:
    """Replay or remove messages, or say what would be done, and print it.

    Args:
        reading: of the messages.
        judging: says what becomes of each.
        name: of the command.
        output: table or json.
        rate: messages a second, at most.
        yes: whether it is done.
        archive: the file for what leaves the queues; None for one a service.
    """
    from ops.cli.output import ProgressLine
    from ops.dlq.archive import Archive
    from ops.dlq.run import Run, archive_paths
    from ops.dlq.tables import note_missed, print_report
    from ops.show import note

    paths = archive_paths(name, reading.now)
    kept = Archive(lambda service: archive or paths(service))
    interrupted = False
    with ProgressLine() as progress, closing(kept):

        def changed() -> None:
            did = {group.did: report.groups.count(group.did) for group in report.groups}
            progress(", ".join(f"{count:,} {each}" for each, count in did.items()))

        run = Run(reading=reading, judging=judging, archive=kept, rate=rate, apply=yes, changed=changed)
        report = run.report
        try:
            run.run()
        except KeyboardInterrupt:
            interrupted = True
        finally:
            progress.end()
            print_report(report, output, reading.now)
            for path in kept.paths:
                note(f"archived in {path}")
    note_missed(report, reading.visibility_timeout)
    if interrupted:
        note("Interrupted. Messages not listed above are still in their dead-letter queues. Run it again for the rest.")
        return Exit.INTERRUPTED
    _note_end(report, name, yes=yes)
    return Exit.DONE if report.complete else Exit.PARTIAL


def _note_end(report: Report, name: str, *, yes: bool) -> None:
    from ops.show import note

    if not report.groups.count() and report.complete:
        note("No messages match.")
    elif not yes:
        note("Dry run. Pass --yes to apply.")
    elif name == "replay" and report.groups.count("removed"):
        note("Removed: messages whose image is already stored, replaced or deleted (archived first).")
