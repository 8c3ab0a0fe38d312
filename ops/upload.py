"""`pipeline upload`: files and folders into the input bucket, waiting for their outcomes if asked."""

import argparse
import time
from pathlib import Path

from ops.batches import upload_together
from ops.errors import CommandError, Exit
from ops.follow import Uploaded, files_under, follow
from ops.ledger import Row
from ops.options import add_stack_options, seconds, stack_of
from ops.overrides import add_set_option, check, metadata_of
from ops.show import note, print_json, print_table
from ops.status import as_json, as_row, header


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "upload",
        help="upload images into the pipeline",
        description="Upload files, and folders with all that is in them, into the input bucket. Several are a batch:"
        " people are notified of it in one e-mail, when the last image has its outcome.",
        epilog="examples: pipeline upload photos/ --prefix holiday/ --wait;"
        " pipeline upload a.jpg --set quality=60 --set watermark=off",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    parser.add_argument("--prefix", default="", help="put before each key, such as holiday/")
    parser.add_argument("--wait", action="store_true", help="wait until every image has its outcome")
    parser.add_argument("--timeout", type=seconds, default=300, metavar="SECONDS", help="of --wait (default 300)")
    add_set_option(parser)
    add_stack_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Exit:
    """Upload, and wait if asked."""
    for path in args.paths:
        if not path.exists():
            raise CommandError(f"{path}: no such file or folder")
    uploads = files_under(args.paths, args.prefix)
    if not uploads:
        raise CommandError(f"{', '.join(map(str, args.paths))}: no files in there")
    metadata = metadata_of(args.overrides)
    stack = stack_of(args)
    if metadata:
        check(stack.settings, [each.key for each in uploads], metadata)
    started = time.monotonic()
    uploaded = upload_together(stack, uploads, metadata)
    batches = list(dict.fromkeys(each.batch for each in uploaded if each.batch is not None))
    together = f" as batch {', '.join(batches)}" if batches else ""
    note(f"uploaded {len(uploaded)} into s3://{stack.names.input_bucket}{together}")
    if not args.wait:
        _print_uploaded(uploaded, args.output)
        return Exit.DONE
    rows = follow(stack.ledger, uploaded, timeout_seconds=args.timeout)
    return _print_outcomes(uploaded, rows, args.output, seconds=time.monotonic() - started)


def _print_uploaded(uploaded: list[Uploaded], output: str) -> None:
    if output == "json":
        print_json(
            {
                "key": each.key,
                "version_id": each.version_id,
                "image_id": each.image_id,
                "size_bytes": each.size_bytes,
                "batch": each.batch,
            }
            for each in uploaded
        )
    else:
        print_table(("IMAGE", "BYTES", "ID"), [(each.key, f"{each.size_bytes:,}", each.image_id) for each in uploaded])


def _print_outcomes(uploaded: list[Uploaded], rows: dict[str, Row], output: str, *, seconds: float) -> Exit:
    ended = [rows[each.image_id] for each in uploaded if each.image_id in rows and rows[each.image_id].outcome]
    unfinished = [each for each in uploaded if each.image_id not in rows or not rows[each.image_id].outcome]
    if output == "json":
        print_json(map(as_json, ended))
        print_json({"key": each.key, "image_id": each.image_id, "outcome": None} for each in unfinished)
    else:
        print_table(header(), map(as_row, ended))
    stored = sum(row.outcome == "stored" for row in ended)
    note(f"{stored} of {len(uploaded)} stored in {seconds:.1f} s")
    if unfinished:
        note("no outcome yet: " + ", ".join(each.key for each in unfinished[:10]))
        return Exit.TIMED_OUT
    return Exit.DONE if stored == len(uploaded) else Exit.PARTIAL
