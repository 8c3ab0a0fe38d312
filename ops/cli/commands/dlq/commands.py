"""The commands of `pipeline dlq`: DLQ messages counted, shown, written to a file, replayed and purged."""

from __future__ import annotations

import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ops.cli.commands.dlq.filters import names_argument, reading_options
from ops.cli.options import FILE, RATE, command, option
from ops.dlq import limits
from ops.errors import CommandError, Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ops.cli.options import Target
    from ops.dlq.cleanup import Judging, Report
    from ops.dlq.reading import Reading
    from ops.dlq.received_messages import ReceivedMessage

F = TypeVar("F", bound="Callable[..., Any]")


@command("pipeline dlq ls", "pipeline dlq ls --newer-than 2h --json")
@reading_options
def ls(target: Target, reading: Reading) -> Exit:
    """Count DLQ messages by service, error and the first folder of their keys, the biggest group first."""
    from ops.dlq.groups import Groups
    from ops.dlq.tables import print_counts

    groups = Groups()
    with _entries(reading) as entries:
        for entry in entries:
            groups.add(entry)
    print_counts(groups, target.output, reading.now)
    return _end(reading)


@command("pipeline dlq show holiday/test.jpg", "pipeline dlq show --service resize --limit 3")
@names_argument
@reading_options
def show(target: Target, reading: Reading) -> Exit:
    """Show DLQ messages whole: reason, image, attempts, body."""
    from ops.dlq.selection import names_of
    from ops.dlq.tables import in_words, print_messages
    from ops.show import note

    missing = set(reading.selection.names)

    def found(entry: ReceivedMessage) -> ReceivedMessage:
        missing.difference_update(names_of(entry))
        return entry

    with closing(reading.entries()) as entries:
        count = print_messages(map(found, entries), target.output, reading.now)
    note(in_words(count))
    ended = _end(reading)
    if missing:
        raise CommandError(
            f"no DLQ message: {', '.join(sorted(missing))}. It is not the message id, image id or key of any message"
            " that was read: pipeline dlq ls counts them.",
            Exit.NOT_FOUND,
        )
    return ended


@command("pipeline dlq export --older-than 7d --out messages.jsonl")
@option("--out", type=FILE, metavar="FILE", help="Write to this file, whole or not at all (default: stdout).")
@reading_options
def export(_: Target, reading: Reading, out: Path | None) -> Exit:
    """Write DLQ messages, one JSON object a line: body and attributes as SQS has them, but for files in a body.

    In place of such a file is its size and SHA-256. Changes nothing.
    """
    from ops.dlq.archive import line, record
    from ops.dlq.received_messages import readable
    from ops.dlq.tables import in_words
    from ops.files import written_whole
    from ops.show import note

    with _entries(reading) as entries:
        lines = (line(record(readable(entry))) for entry in entries)
        if out is None:
            count = sum(1 for text in lines if sys.stdout.write(text))
        else:
            with written_whole(out) as file:
                count = sum(1 for text in lines if file.write(text.encode("ascii")))
    note(in_words(count) + (f" in {out}" if out else ""))
    return _end(reading)


def _clearing_options(function: F) -> F:
    """--yes and --archive."""
    archive = option(
        "--archive",
        type=FILE,
        metavar="FILE",
        help="Append what leaves the queue to this file first"
        " (default: dlq-archive/<UTC time>-<service>-<command>.jsonl).",
    )
    return option("--yes", is_flag=True, help="Apply the changes (default: dry run).")(archive(function))


@command(
    "pipeline dlq replay --error AwsUnavailable",
    "pipeline dlq replay --key 'holiday/*' --yes",
)
@names_argument
@_clearing_options
@option(
    "--rate",
    type=RATE,
    default=limits.RATE,
    metavar="N",
    help=f"Send at most this many messages a second (default: {limits.RATE:g}).",
)
@option(
    "--force",
    is_flag=True,
    help=f"Send also messages that were replayed {limits.MAX_REPLAYS} times or more (default: leave them).",
)
@reading_options
def replay(target: Target, reading: Reading, rate: float, archive: Path | None, *, force: bool, yes: bool) -> Exit:
    """Send DLQ messages back to the queues of their services.

    Without --yes, say what would be done and change nothing. Messages with nothing left to do (their image is stored,
    replaced or deleted) are archived and removed.
    """
    from ops.dlq.dispositions import Judge

    judging = Judge(stack=reading.stack, force=force).dispositions
    return _cleared(reading, judging, name="replay", output=target.output, rate=rate, yes=yes, archive=archive)


@command("pipeline dlq purge --error UnsupportedImage --older-than 7d --yes")
@_clearing_options
@reading_options
def purge(target: Target, reading: Reading, archive: Path | None, *, yes: bool) -> Exit:
    """Delete DLQ messages, archived first. Without --yes, say what would be done and change nothing."""
    from ops.dlq.run import purged

    return _cleared(reading, purged, name="purge", output=target.output, rate=1, yes=yes, archive=archive)


@contextmanager
def _entries(reading: Reading) -> Iterator[Iterator[ReceivedMessage]]:
    """The messages of a reading; a progress shows how many of a queue were read."""
    from ops.cli.output import ProgressLine

    with ProgressLine() as progress:

        def show_read(read: int, expected: int) -> None:
            progress(f"read {read:,} of about {max(read, expected):,}", done=read, total=max(read, expected))

        with closing(reading.entries(show_read)) as entries:
            yield entries


def _end(reading: Reading) -> Exit:
    """Say what could not be seen, once the reading has ended; the exit code that says so to a script."""
    from ops.dlq.tables import note_missed

    note_missed(reading.missed, reading.visibility_timeout)
    return Exit.PARTIAL if reading.missed.unseen else Exit.DONE


def _cleared(
    reading: Reading,
    judging: Judging,
    *,
    name: Literal["replay", "purge"],
    output: str,
    rate: float,
    yes: bool,
    archive: Path | None,
) -> Exit:
    """Replay or remove messages, archived first, or say what would be done, and print it."""
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
            progress(", ".join(f"{count:,} {did}" for did, count in report.groups.done().items()))

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
