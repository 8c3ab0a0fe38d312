"""`pipeline logs`: one image's path through all three services' logs."""

import argparse
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ops import log_lines
from ops.dlq.selection import age_words
from ops.errors import CommandError, Exit
from ops.log_lines import Line
from ops.options import add_stack_options, duration, stack_of
from ops.show import note, print_json, print_table
from shared.dead_letters import iso

# An image that the ledger does not know yet: it waits, or its first tries fail.
_RECENT: Final = timedelta(days=1)
# The clocks of S3 and of Lambda are two.
_MARGIN: Final = timedelta(minutes=5)


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command line."""
    parser = commands.add_parser(
        "logs",
        help="show one image's path through the services' logs",
        description="Show what all three services logged of an image, in order: of the newest version of its key.",
        epilog="examples: pipeline logs holiday/test.jpg; pipeline logs holiday/test.jpg --all-versions --since 2d",
    )
    parser.add_argument("key", metavar="KEY", help="a key of the input bucket")
    parser.add_argument("--image-id", metavar="ID", help="of one version, as pipeline status --output json has it")
    parser.add_argument("--all-versions", action="store_true", help="of every version of the key")
    parser.add_argument(
        "--since", type=duration, metavar="AGE", help="such as 30m, 2h or 3d (default: since the image was dropped)"
    )
    add_stack_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Exit:
    """Look for the image in the ledger, and for its lines in the logs."""
    stack, now = stack_of(args), datetime.now(UTC)
    rows = stack.ledger.of_key(stack.names.input_bucket, args.key)
    if args.image_id:
        rows = [row for row in rows if row.image_id == args.image_id]
    elif not args.all_versions:
        rows = rows[:1]
    since = now - (args.since or _RECENT)
    if rows and not args.since:
        since = min(datetime.fromisoformat(row.dropped_at) for row in rows) - _MARGIN
    image_ids = {row.image_id for row in rows} | ({args.image_id} if args.image_id else set())
    if image_ids:
        lines, missing = log_lines.of_images(stack, image_ids, since)
    else:
        lines, missing = log_lines.of_key(stack, args.key, since)
    for group in missing:
        note(f"no log group {group}: that service is not deployed")
    if not lines:
        raise CommandError(
            f"no service logged anything of {args.key} in {age_words(now - since)}: never dropped into"
            f" s3://{stack.names.input_bucket}, or still waiting for resize; --since looks further back",
            Exit.NOT_FOUND,
        )
    if args.output == "json":
        print_json(map(_as_json, lines))
    else:
        print_table(("TIME", "SERVICE", "LEVEL", "MESSAGE", "DETAILS"), map(_as_row, lines))
    for row in rows:
        note(f"image {row.image_id}: {row.outcome or 'on its way'}")
    return Exit.DONE


def _as_json(line: Line) -> dict[str, Any]:
    return {
        "at": iso(line.at),
        "service": line.service,
        "level": line.level,
        "message": line.message,
        "image_id": line.image_id,
        "key": line.key,
        **{name: value for name, value in line.fields.items() if name not in {"at", "service", "level", "message"}},
    }


def _as_row(line: Line) -> tuple[str, ...]:
    # A traceback has lines of its own, which --output json has.
    details = " ".join(
        f"{name}={value}" for name, value in line.fields.items() if name not in {"exception", "stack_trace"}
    )
    return (iso(line.at), line.service, line.level, line.message, details)
