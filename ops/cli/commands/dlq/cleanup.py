"""What `pipeline dlq replay` and `pipeline dlq purge` share: messages taken off the queues, archived first."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ops.cli.exits import Exit
from ops.cli.options import FILE, option

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

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
    from ops.dlq.cleanup import Clearing, Report, rehearse
    from ops.dlq.tables import note_missed, print_report
    from ops.dlq.throttle import Pacer
    from ops.show import note

    stack, report, chooser = reading.stack, Report(), reading.chooser()
    kept = Archive(_paths(archive, reading.now, name))
    interrupted = False
    with ProgressLine() as progress, closing(kept):

        def changed() -> None:
            did = {group.did: report.groups.count(group.did) for group in report.groups}
            progress(", ".join(f"{count:,} {each}" for each, count in did.items()))

        try:
            clearing = Clearing(sqs=stack.sqs, archive=kept, pacer=Pacer(rate), report=report, changed=changed)
            for reader in reading.readers():
                try:
                    with reader:
                        if yes:
                            queue_url = stack.queue_url(stack.names.queue(reader.service))
                            clearing.clear(reader, queue_url, chooser, judging)
                        else:
                            rehearse(reader, chooser, judging, report)
                finally:
                    report.add(reader)
                if chooser.full:
                    break
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


def _paths(chosen: Path | None, now: datetime, name: str) -> Callable[[str], Path]:
    folder = Path("dlq-archive")
    return lambda service: chosen or folder / f"{now:%Y%m%dT%H%M%SZ}-{service}-{name}.jsonl"
