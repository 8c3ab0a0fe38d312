"""`pipeline load-test`: many images at once, followed to the last, and what came of them on a page."""

import argparse
import json
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from ops.batches import new_id
from ops.errors import Exit
from ops.load import logged as logs
from ops.load import mix, summary
from ops.load.cleanup import clean
from ops.load.figures import Report, bring_together
from ops.load.load_run import LoadTest, Plan
from ops.load.mix import SIZES, Mix
from ops.load.page import page
from ops.load.progress import Progress
from ops.load.reconciliation import MISSING
from ops.load.sender import MAX_WORKERS
from ops.options import add_stack_options, rate, seconds, stack_of
from ops.settings import ROOT
from ops.show import note, print_json
from ops.stack import Stack

_IMAGES: Final = 100
_MAX_IMAGES: Final = 100_000
# What report.json has and a terminal does not need.
_LONG: Final = frozenset({"every", "queues"})
_MADE: Final = {"photos": mix.photos, "hostile": mix.hostile}


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "load-test",
        help="upload many images as a batch, follow every one, and report",
        description="Upload many images as a batch, follow every one through the ledger and the notices, and write a"
        " report: one HTML file with plots, and the same as JSON. Works on the local AWS and on a deployed one, where"
        " it costs money and its digest is mailed to subscribers. Exits with 1 where an image has no outcome after"
        " --timeout, was not taken, or came to something else than it should; broken off by Ctrl-C, it reports of what"
        " was sent, and exits with 130.",
        epilog="examples: pipeline load-test --images 1000; pipeline load-test --images 200 --size 12mp --rate 5;"
        " pipeline load-test --mix ~/Pictures --clean",
    )
    parser.add_argument(
        "--images", type=_images, metavar="N", help=f"how many (default {_IMAGES}; of a folder, as many as are in it)"
    )
    parser.add_argument(
        "--rate", type=rate("images"), metavar="R", help="images a second (default: as fast as they go)"
    )
    parser.add_argument(
        "--mix",
        type=_mix,
        default="photos",
        metavar="photos|hostile|DIR",
        help="photos: JPEGs that are made on the spot. hostile: broken files, bombs and odd names among good ones. DIR:"
        " the files of a folder in turn (default photos)",
    )
    parser.add_argument("--size", choices=tuple(SIZES), default="small", help="of photos (default small)")
    parser.add_argument(
        "--workers", type=_workers, default=8, metavar="W", help=f"uploads at once, 1 to {MAX_WORKERS} (default 8)"
    )
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=600,
        metavar="SECONDS",
        help="without any new outcome, after which the rest is missing (default 600)",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="of the report (default out/load-test-<name>)")
    parser.add_argument(
        "--clean", action="store_true", help="in the end remove what was uploaded, and what was made of it"
    )
    add_stack_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Exit:
    """Test, and report."""
    stack = stack_of(args)
    chosen = _chosen(args.mix, args.size)
    plan = Plan(
        name=new_id(),
        mix=chosen,
        size=args.size if chosen.made else None,
        images=args.images or (_IMAGES if chosen.made else len(chosen.kinds)),
        rate=args.rate,
        workers=args.workers,
        timeout_seconds=args.timeout,
    )
    out = args.out or ROOT / "out" / f"load-test-{plan.name}"
    out.mkdir(parents=True, exist_ok=True)  # before anything is uploaded: a report that cannot be written helps nobody
    note(f"making {plan.mix.name}" if chosen.made else f"taking the files of {plan.mix.name}")
    chosen.prepare(plan.images)
    note(f"uploading {plan.images:,} images into s3://{stack.names.input_bucket}/{plan.prefix}")
    report = _test(stack, plan)
    _write(report, out)
    if args.output == "json":
        shown = {name: value for name, value in report.as_json().items() if name not in _LONG}
        print_json([{**shown, "report": str(out / "report.html")}])
    else:
        summary.show(report)
        print(f"report.html and report.json are in {out}")
    if args.clean:
        _clean(stack, report)
    return report.code


def _write(report: Report, out: Path) -> None:
    (out / "report.html").write_text(page(report), encoding="utf-8")
    # In ASCII: a key may hold half a character, which no file takes.
    (out / "report.json").write_text(json.dumps(report.as_json(), indent=1) + "\n", encoding="utf-8")


def _clean(stack: Stack, report: Report) -> None:
    """Remove what nobody needs any more; while an image has no outcome, all stays, for it may yet be worked on."""
    missing, prefix = report.result.counts[MISSING], report.run.plan.prefix
    if missing:
        note(f"nothing was removed: {missing:,} images have no outcome yet")
        return
    note(f"removed {clean(stack, prefix):,} objects under {prefix}")
    if report.result.counts["failed"]:
        entries = " ".join(f"--batch {batch}" for batch in report.run.batches)
        note(f"the failed ones' messages are still in the dead-letter queues: pipeline dlq purge {entries} --yes")


def _test(stack: Stack, plan: Plan) -> Report:
    progress = Progress()
    with _terminable():
        try:
            done = LoadTest(stack=stack, plan=plan, report=progress).go()
        finally:
            progress.end()
    if done.interrupted:
        note("interrupted: reporting of what was sent")
    note("looking at the outputs and the services' logs")
    if logs.on_aws(stack):
        time.sleep(logs.SETTLE_SECONDS)
    found = logs.logged(stack, plan.prefix, done.since, datetime.now(UTC))
    return bring_together(stack, done, found, _outputs(stack, plan.prefix))


@contextmanager
def _terminable() -> Iterator[None]:
    """A terminated test ends as an interrupted one does: its queue goes, and its report is written."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _outputs(stack: Stack, prefix: str) -> frozenset[str] | None:
    """The keys under the prefix in the output bucket; None where it may not be listed."""
    try:
        pages = stack.s3.get_paginator("list_objects_v2").paginate(Bucket=stack.names.output_bucket, Prefix=prefix)
        return frozenset(each["Key"] for page_ in pages for each in page_.get("Contents", []))
    except (BotoCoreError, ClientError) as error:
        note(f"the outputs were not looked at: {error}")
        return None


def _chosen(name: str, size: str) -> Mix:
    return _MADE[name](size) if name in _MADE else mix.folder(Path(name).expanduser())


def _mix(text: str) -> str:
    if text not in _MADE and not Path(text).expanduser().is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is neither photos nor hostile nor a folder")
    return text


def _images(text: str) -> int:
    return _whole(text, _MAX_IMAGES)


def _workers(text: str) -> int:
    return _whole(text, MAX_WORKERS)


def _whole(text: str, most: int) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(most)) else 0
    if not 1 <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {most}")
    return number
