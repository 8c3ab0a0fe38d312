"""`pipeline dlq export`: DLQ messages as JSON, in SQS's own form."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING

from ops.cli.commands.dlq.filters import Filters, filter_options
from ops.cli.options import FILE, command, option, target_options

if TYPE_CHECKING:
    from pathlib import Path

    from ops.cli.options import Target
    from ops.errors import Exit


@command("pipeline dlq export --older-than 7d --out messages.jsonl")
@option("--out", type=FILE, metavar="FILE", help="Write to this file, whole or not at all (default: stdout).")
@filter_options
@target_options
def export(target: Target, filters: Filters, out: Path | None) -> Exit:
    """Write DLQ messages, one JSON object a line: body and attributes as SQS has them, but for files in a body.

    In place of such a file is its size and SHA-256. Changes nothing.
    """
    from ops.cli.commands.dlq.reading import end_of, reading_of, show_read
    from ops.cli.output import ProgressLine
    from ops.dlq.archive import line, record
    from ops.dlq.received_messages import readable
    from ops.dlq.tables import in_words
    from ops.files import written_whole
    from ops.show import note

    reading = reading_of(target, filters)
    with ProgressLine() as progress, closing(reading.entries(show_read(progress))) as entries:
        lines = (line(record(readable(entry))) for entry in entries)
        if out is None:
            count = sum(1 for text in lines if sys.stdout.write(text))
        else:
            with written_whole(out) as file:
                count = sum(1 for text in lines if file.write(text.encode("ascii")))
    note(in_words(count) + (f" in {out}" if out else ""))
    return end_of(reading)
