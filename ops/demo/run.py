"""Runs images through the three real services on the local AWS, and writes the results to a folder."""

import signal
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ops.aws.ledger import Row
from ops.aws.objects import read
from ops.cli.output import ProgressLine
from ops.demo import contact_sheet, files, manifest, report
from ops.demo.manifest import FAILED, STORED
from ops.demo.report import UNFINISHED, Result
from ops.demo.samples import SampleImage, samples
from ops.errors import Exit
from ops.images.follow import Upload, follow, upload
from ops.local import mail, stack
from ops.local.stack import LocalStack
from ops.names import SERVICES
from ops.show import note
from shared.notifications import BatchEnded

Expected = tuple[frozenset[str], str | None]


def demo(folder: Path | None, out: Path, timeout_seconds: float) -> Exit:
    """Run the demo; DONE only if every image has an expected outcome.

    Args:
        folder: Folder of the images; None for the samples.
        out: Folder to write the results to.
        timeout_seconds: Time to wait for the outcomes.
    """
    # A terminated demo ends as an interrupted one does: through every finally, so that nothing is left running.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return _run(_images(folder, out), out, timeout_seconds)


def _images(folder: Path | None, out: Path) -> list[tuple[Upload, Expected]]:
    """The images to upload, with their expected outcomes; samples are kept in the demo's folder."""
    if folder is not None:
        own: list[tuple[Upload, Expected]] = [(image, (expected, None)) for image, expected in manifest.read(folder)]
        files.prepare(out, [image.path for image, _ in own])
        return own
    files.prepare(out, [])
    note("making the samples")
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(partial(_write, out / files.SAMPLES), samples()))


def _write(folder: Path, sample: SampleImage) -> tuple[Upload, Expected]:
    path = files.write(sample.key, sample.make(), folder)
    expected = STORED if sample.error is None else FAILED
    return Upload(path=path, key=sample.key), (expected, sample.error)


def _run(images: Sequence[tuple[Upload, Expected]], out: Path, timeout_seconds: float) -> Exit:
    with stack.running(report=note) as local:
        started = time.monotonic()
        note(f"uploading {len(images)} images into s3://{local.names.input_bucket}")
        uploaded = upload(local, [image for image, _ in images])
        with ProgressLine() as line:

            def report_progress(rows: Mapping[str, Row]) -> None:
                ended = sum(row.outcome is not None for row in rows.values())
                line(progress(rows, len(uploaded)), done=ended, total=len(uploaded))

            rows = follow(local.ledger, uploaded, timeout_seconds=timeout_seconds, report=report_progress)
        seconds = time.monotonic() - started
        note("fetching the results")
        notices = {
            notice.notice_id: notice
            for notice in mail.receive(local.sqs, local.queue_urls[local.names.mailbox], len(uploaded))
        }
        by_image = {
            notice.source.image_id: notice
            for notice in notices.values()
            if not isinstance(notice, BatchEnded) and notice.source is not None
        }
        results = [
            Result(
                uploaded=upload,
                path=image.path,
                expected=expected,
                expected_error=error,
                row=rows.get(upload.image_id),
                notice=by_image.get(upload.image_id),
            )
            for upload, (image, (expected, error)) in zip(uploaded, images, strict=True)
        ]
        outputs = _fetch(local, results, out)
    (out / "notices").mkdir(exist_ok=True)
    for notice in notices.values():
        mail.write(notice, out / "notices")
    contact_sheet.write(results, outputs, out)
    report.write_json(results, out / "results.json")
    report.print_results(results, seconds=seconds)
    samples_shown = any(image.path.is_relative_to(out / files.SAMPLES) for image, _ in images)
    folders = ([files.SAMPLES] if samples_shown else []) + ["renditions", "notices"]
    made = [name for name in folders if (out / name).exists()]
    print(f"{', '.join(made)}, contact-sheet.png and results.json are in {out}")
    if any(result.outcome == UNFINISHED for result in results):
        return Exit.TIMED_OUT
    return Exit.DONE if all(result.as_expected for result in results) else Exit.PARTIAL


def progress(rows: Mapping[str, Row], total: int) -> str:
    """Progress of the images by their rows, such as "resize 12/18   watermark 9/18   store 7/18   failed 2"."""
    done = {service: sum(service in row.finished for row in rows.values()) for service in SERVICES}
    failed = sum(row.outcome == "failed" for row in rows.values())
    return "   ".join([*(f"{service} {count}/{total}" for service, count in done.items()), f"failed {failed}"])


def _fetch(local: LocalStack, results: Sequence[Result], out: Path) -> dict[str, Path]:
    """Download every output to out/renditions; returns their files by key."""
    keys = [key for result in results if result.row is not None for key in result.row.outputs]

    def one(key: str) -> tuple[str, Path]:
        return key, files.write(key, read(local.s3, local.names.output_bucket, key), out / "renditions")

    with ThreadPoolExecutor(8) as pool:
        return dict(pool.map(one, keys))
