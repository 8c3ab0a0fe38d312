"""`pipeline load-test`: many images at once, followed to the last, and what came of them on a page."""

from __future__ import annotations

import json
import signal
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ops.cli.options import (
    FILE,
    RATE,
    SECONDS,
    Number,
    command,
    option,
    target_options,
)
from ops.load import limits
from ops.places import IN_CHECKOUT, ROOT
from shared.clock import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ops.cli.options import Target
    from ops.errors import Exit
    from ops.load.figures import Report
    from ops.load.load_run import LoadPlan, Run
    from ops.load.mix import Mix
    from ops.stack import Stack

# What report.json has and a terminal does not need.
_LONG: Final = frozenset({"every", "queues"})
_MADE: Final = ("photos", "hostile")


def _mix(_: click.Context, __: click.Parameter, value: str) -> str:
    if value not in _MADE and not Path(value).expanduser().is_dir():
        raise click.BadParameter(f"{value!r} is neither photos nor hostile nor a folder")
    return value


@command(
    "pipeline load-test --images 1000",
    "pipeline load-test --images 200 --size 12mp --rate 5",
    "pipeline load-test --mix ~/Pictures --clean",
)
@option(
    "--images",
    type=Number(1, limits.MAX_IMAGES),
    metavar="N",
    help=f"Upload this many images (default: {limits.IMAGES}; of a folder, as many as are in it).",
)
@option("--rate", type=RATE, metavar="R", help="Upload this many images a second (default: as fast as they go).")
@option(
    "--mix",
    default="photos",
    callback=_mix,
    metavar="photos|hostile|DIR",
    help="Upload JPEGs that are made on the spot (photos), these among broken files and odd names (hostile), or"
    " the files of a folder (default: photos).",
)
@option("--size", type=click.Choice(tuple(limits.SIZES)), default="small", help="Size of photos (default: small).")
@option(
    "--workers",
    type=Number(1, limits.MAX_WORKERS),
    default=limits.WORKERS,
    metavar="W",
    help=f"Upload this many images at once (default: {limits.WORKERS}).",
)
@option(
    "--timeout",
    type=SECONDS,
    default=600,
    metavar="SECONDS",
    help="Stop when no image has come to an outcome for this time; report the rest as missing (default: 600).",
)
@option("--out", type=FILE, metavar="DIR", help="Write the report to this folder (default: out/load-test-<name>).")
@option(
    "--clean",
    is_flag=True,
    help="Remove, in the end, what was uploaded and what was made of it (default: keep it).",
)
@target_options
def load_test(  # noqa: PLR0917 - click passes all by name
    target: Target,
    images: int | None,
    rate: float | None,
    mix: str,
    size: str,
    workers: int,
    timeout: float,
    out: Path | None,
    *,
    clean: bool,
) -> Exit:
    """Upload many images as a batch, follow every one through ledger and notifications, and write a report.

    The report is one HTML file with plots, and the same as JSON. On AWS this costs money, and the digest is mailed to
    subscribers. Exits with 3 where an image has no outcome after --timeout, was not taken, or came to another outcome
    than expected. Interrupted with Ctrl-C, it reports what was sent, and exits with 130.
    """
    from ops.cli.output import print_json
    from ops.images.batches import new_id
    from ops.load import summary
    from ops.load.load_run import LoadPlan
    from ops.show import note

    stack = target.stack()
    chosen = _chosen(mix, size)
    plan = LoadPlan(
        name=new_id(),
        mix=chosen,
        size=size if chosen.made else None,
        images=images or (limits.IMAGES if chosen.made else len(chosen.kinds)),
        rate=rate,
        workers=workers,
        timeout_seconds=timeout,
        buckets=stack.names.buckets,
    )
    folder = out or (ROOT if IN_CHECKOUT else Path()) / "out" / f"load-test-{plan.name}"
    folder.mkdir(parents=True, exist_ok=True)  # before anything is uploaded: a report must have a place
    note(f"making {plan.mix.name}" if chosen.made else f"taking the files of {plan.mix.name}")
    chosen.prepare(plan.images)
    note(f"uploading {plan.images:,} images to s3://{stack.names.input_bucket}/{plan.prefix}")
    report = _test(stack, plan)
    _write(report, folder)
    if target.json:
        shown = {name: value for name, value in report.as_json().items() if name not in _LONG}
        print_json([{**shown, "report": str(folder / "report.html")}])
    else:
        summary.show(report)
        print(f"report.html and report.json are in {folder}")
    if clean:
        _clean(stack, report)
    return report.code


def _chosen(name: str, size: str) -> Mix:
    from ops.load import mix

    made = {"photos": mix.photos, "hostile": mix.hostile}
    return made[name](size) if name in made else mix.folder(Path(name).expanduser())


def _test(stack: Stack, plan: LoadPlan) -> Report:
    from ops.cli.output import ProgressLine
    from ops.load import logged
    from ops.load.figures import bring_together
    from ops.load.load_run import LoadTest
    from ops.show import note

    with _terminable(), ProgressLine() as progress:
        done = LoadTest(stack=stack, plan=plan, report=progress).go()
    if done.interrupted:
        note("Interrupted. Reporting what was sent.")
    note("looking at the outputs and the services' logs")
    if stack.on_aws:
        SYSTEM.wait(logged.SETTLE_SECONDS)
    found = logged.logged(stack, plan.prefix, done.since, datetime.now(UTC))
    return bring_together(stack, done, found, _outputs(stack, done))


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


def _outputs(stack: Stack, run: Run) -> frozenset[str] | None:
    """The keys of outputs that are in the output bucket; None where nobody may look."""
    from botocore.exceptions import BotoCoreError, ClientError

    from ops.load.outputs import present
    from ops.show import note

    try:
        return present(stack, run.plan.output_prefix, run.own_rows)
    except (BotoCoreError, ClientError) as error:
        note(f"the outputs were not looked at: {error}")
        return None


def _write(report: Report, folder: Path) -> None:
    from ops.files import write_whole
    from ops.load.page import page

    write_whole(folder / "report.html", page(report))
    # In ASCII: a key may hold half a character, which no file takes.
    write_whole(folder / "report.json", json.dumps(report.as_json(), indent=1) + "\n")


def _clean(stack: Stack, report: Report) -> None:
    """Remove what nobody needs any more; while an image has no outcome, all stays, for it may yet be processed."""
    from ops.load.cleanup import clean
    from ops.load.reconciliation import MISSING
    from ops.show import note

    missing, prefix = report.result.counts[MISSING], report.run.plan.prefix
    if missing:
        note(f"Nothing was removed: {missing:,} images have no outcome yet.")
        return
    note(f"removed {clean(stack, prefix):,} objects: {prefix} and its outputs")
    if report.result.counts["failed"]:
        batches = " ".join(f"--batch {batch}" for batch in report.run.batches)
        note(f"The messages of failed images are still in the DLQs. Remove them: pipeline dlq purge {batches} --yes")
