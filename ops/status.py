"""`pipeline status`: where images are, and what became of them."""

import argparse
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ops.errors import CommandError, Exit
from ops.ledger import Row
from ops.options import add_stack_options, count, stack_of
from ops.show import note, print_json, print_table

_NEXT = {"uploaded": "resize", "resize": "watermark", "watermark": "store"}


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "status",
        help="show where images are, and what became of them",
        description="Show the outcome of images by their keys, every version of each; without keys the newest of all.",
        epilog="example: pipeline status holiday/test.jpg",
    )
    parser.add_argument("keys", nargs="*", metavar="KEY", help="a key of the input bucket")
    parser.add_argument("--limit", type=count, default=50, metavar="N", help="without keys: how many (default 50)")
    add_stack_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Exit:
    """Look up rows and print them."""
    stack = stack_of(args)
    missing = []
    if args.keys:
        rows = []
        for key in args.keys:
            found = stack.ledger.of_key(stack.names.input_bucket, key)
            rows += found
            if not found:
                missing.append(key)
    else:
        every = stack.ledger.all()
        rows = every[: args.limit]
        if len(every) > len(rows):
            note(f"the newest {len(rows)} of {len(every)} images; --limit shows more")
    if args.output == "json":
        print_json(map(as_json, rows))
    elif rows or not missing:
        print_table(header(), map(as_row, rows))
    if missing:
        raise CommandError(
            f"not in the ledger: {', '.join(missing)}: not uploaded into s3://{stack.names.input_bucket},"
            " or still waiting for resize",
            Exit.NOT_FOUND,
        )
    return Exit.DONE


def header() -> tuple[str, ...]:
    """The columns of as_row."""
    return ("IMAGE", "OUTCOME", "SECONDS", "OUTPUTS OR REASON")


def as_row(row: Row) -> tuple[str, ...]:
    """A row of the ledger for people."""
    outcome = row.outcome or f"on its way to {_NEXT.get(row.service, 'its outcome')}"
    stored = " ".join(row.outputs) + (f" (note: {'; '.join(row.warnings)})" if row.warnings else "")
    detail = f"{row.error}: {row.reason}" if row.error else row.reason or stored
    return (row.key, outcome, f"{_seconds(row):.1f}", detail)


def as_json(row: Row) -> dict[str, Any]:
    """A row of the ledger for machines."""
    return {
        **asdict(row),
        "outputs": list(row.outputs),
        "warnings": list(row.warnings),
        "total_seconds": round(_seconds(row), 3),
    }


def _seconds(row: Row) -> float:
    """From the upload to the last that is known of it."""
    taken = datetime.fromisoformat(row.updated_at) - datetime.fromisoformat(row.uploaded_at)
    return max(0.0, taken.total_seconds())
