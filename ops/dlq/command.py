"""`pipeline dlq`: what waits in the dead-letter queues, sent back, written down, or put away."""

import argparse
import os
import sys
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ops.dlq.archive import Archive, line, record, sync_folder
from ops.dlq.cleanup import Clearing, Judging, Report, rehearse
from ops.dlq.groups import Groups
from ops.dlq.options import SubParsers, add_dlq, selection_of
from ops.dlq.reader import WAIT_SECONDS, DlqReader
from ops.dlq.received_messages import ReceivedMessage
from ops.dlq.rows import with_batches
from ops.dlq.selection import Chooser, names_of
from ops.dlq.tables import entries as in_words
from ops.dlq.tables import note_hidden, print_counts, print_messages, print_report
from ops.dlq.throttle import Pacer
from ops.dlq.verdicts import Judge, Verdict
from ops.errors import CommandError, Exit
from ops.options import stack_of
from ops.show import note
from ops.stack import Stack


def register(commands: SubParsers) -> None:
    """Add the command to the command line."""
    add_dlq(commands, ls=ls, show=show, replay=replay, export=export, purge=purge)


def ls(args: argparse.Namespace) -> Exit:
    """Count messages."""
    reading, groups = _Reading(args), Groups()
    with closing(reading.entries()) as entries:
        for entry in entries:
            groups.add(entry)
    print_counts(groups, args.output, reading.now)
    reading.end()
    return Exit.DONE


def show(args: argparse.Namespace) -> Exit:
    """Show messages whole."""
    reading = _Reading(args)
    missing = set(args.names)

    def found(entry: ReceivedMessage) -> ReceivedMessage:
        missing.difference_update(names_of(entry))
        return entry

    with closing(reading.entries()) as entries:
        count = print_messages(map(found, entries), args.output, reading.now)
    note(in_words(count))
    reading.end()
    if missing:
        raise CommandError(
            f"no DLQ message: {', '.join(sorted(missing))}: no message id, image id or key of what was looked at",
            Exit.NOT_FOUND,
        )
    return Exit.DONE


def export(args: argparse.Namespace) -> Exit:
    """Write messages as JSON."""
    reading = _Reading(args)
    with closing(reading.entries()) as entries:
        lines = (line(record(entry)) for entry in entries)
        count = _write(args.out, lines) if args.out else sum(1 for text in lines if sys.stdout.write(text))
    note(in_words(count) + (f" in {args.out}" if args.out else ""))
    reading.end()
    return Exit.DONE


def replay(args: argparse.Namespace) -> Exit:
    """Send messages back, or say what would be done."""
    stack = stack_of(args)
    return _do(args, stack, Judge(stack=stack, force=args.force).verdicts, command="replay", rate=args.rate)


def purge(args: argparse.Namespace) -> Exit:
    """Archive and delete messages, or say what would be done."""

    def all_of_them(entries: Sequence[ReceivedMessage]) -> list[Verdict]:
        return [Verdict(action="remove", because="purged") for _ in entries]

    return _do(args, stack_of(args), all_of_them, command="purge", rate=1)


def _do(args: argparse.Namespace, stack: Stack, judging: Judging, *, command: str, rate: float) -> Exit:
    now = datetime.now(UTC)
    report, chooser = Report(), _chooser(args, stack, now)
    archive = Archive(_archive_paths(args.archive, now, command))
    interrupted = False
    with closing(archive):
        try:
            clearing = Clearing(sqs=stack.sqs, archive=archive, pacer=Pacer(rate), report=report)
            for reader in _readers(args, stack):
                try:
                    with reader:
                        if args.yes:
                            queue_url = stack.queue_url(stack.names.queue(reader.service))
                            clearing.clear(reader, queue_url, chooser, judging)
                        else:
                            rehearse(reader, chooser, judging, report)
                finally:
                    report.hidden += reader.hidden
                    report.unreleased += reader.unreleased
                if chooser.full:
                    break
        except KeyboardInterrupt:
            interrupted = True
        finally:
            print_report(report, args.output, now)
            for path in archive.paths:
                note(f"archived in {path}")
    note_hidden(report.hidden, report.unreleased, args.visibility_timeout)
    if interrupted:
        note("interrupted: what is not reported above is in its dead-letter queue; run it again for the rest")
        return Exit.INTERRUPTED
    if not report.groups.count() and report.complete:
        note(f"nothing to {command}: no DLQ message is like that")
    elif not args.yes:
        note("nothing was changed: --yes does it")
    elif command == "replay" and report.groups.count("removed"):
        note("removed are messages that have nothing left to do: they are in the archive")
    return Exit.DONE if report.complete else Exit.PARTIAL


class _Reading:
    """Messages as the filters say, of all services; nothing is changed.

    Args:
        args: of the command.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._stack = stack_of(args)
        self.now = datetime.now(UTC)
        self._hidden = self._unreleased = 0

    def entries(self) -> Generator[ReceivedMessage, None, None]:
        """One after the other."""
        chooser = _chooser(self._args, self._stack, self.now)
        for reader in _readers(self._args, self._stack):
            with reader:
                for entries in reader.read():
                    yield from chooser.choose(entries)
                    if chooser.full:
                        break
            self._hidden += reader.hidden
            self._unreleased += reader.unreleased
            if chooser.full:
                return

    def end(self) -> None:
        """Say what could not be seen."""
        note_hidden(self._hidden, self._unreleased, self._args.visibility_timeout)


def _chooser(args: argparse.Namespace, stack: Stack, now: datetime) -> Chooser:
    """Takes what the filters say."""
    batched = partial(with_batches, stack.ledger)
    return Chooser(selection=selection_of(args), limit=args.limit, now=now, batched=batched)


def _readers(args: argparse.Namespace, stack: Stack) -> list[DlqReader]:
    """The dead-letter queues that the filters name."""
    return [
        DlqReader(
            sqs=stack.sqs,
            service=service,
            url=stack.queue_url(stack.names.dlq(service)),
            max_receives=stack.settings.services[service].max_receive_count,
            visibility_seconds=args.visibility_timeout,
            wait_seconds=WAIT_SECONDS,
        )
        for service in selection_of(args).services
    ]


def _write(path: Path, lines: Iterable[str]) -> int:
    """Write a file whole or not at all, so that nobody takes half of it for all; how many lines it has."""
    count = 0
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w", encoding="ascii") as file:
            for text in lines:
                file.write(text)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    return count


def _archive_paths(chosen: Path | None, now: datetime, command: str) -> Callable[[str], Path]:
    folder = Path("dlq-archive")
    return lambda service: chosen or folder / f"{now:%Y%m%dT%H%M%SZ}-{service}-{command}.jsonl"
