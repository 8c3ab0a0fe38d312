"""`pipeline upload`: files and folders into the input bucket, waiting for their outcomes if asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import click

from ops.cli.options import FILE, command, option, set_option, target_options, timeout_option
from ops.errors import CommandError, Exit
from shared.clock import SYSTEM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ops.aws.ledger import Row
    from ops.aws.objects import RefusedFile, UnreadableFile
    from ops.cli.options import Target
    from ops.cli.output import ProgressLine
    from ops.images.follow import Upload, Uploaded
    from ops.stack import Stack


# After this number of refusals the rest are not sent: the fault is not in a single file.
_MAX_REFUSED: Final = 8


@dataclass
class _Left:
    """Files that are not uploaded; safe to add to from several threads."""

    why: list[str] = field(default_factory=list)
    refusals: list[BaseException] = field(default_factory=list)

    def add(self, error: UnreadableFile | RefusedFile) -> None:
        """Take note of a file; where S3 has refused too many, its answer is raised."""
        from ops.aws.objects import RefusedFile

        self.why.append(str(error))
        if isinstance(error, RefusedFile) and error.__cause__ is not None:
            self.refusals.append(error.__cause__)
            if len(self.refusals) >= _MAX_REFUSED:
                raise error.__cause__


@command(
    "pipeline upload photos/ --prefix holiday/ --wait",
    "pipeline upload a.jpg --set quality=60 --set watermark=off",
)
@click.argument("paths", nargs=-1, required=True, type=FILE, metavar="PATH...", help="A file or a folder.")
@option("--prefix", default="", metavar="PREFIX", help="Put this before each key, such as holiday/ (default: nothing).")
@option("--wait", is_flag=True, help="Wait until every image has its outcome (default: return after the upload).")
@timeout_option("for outcomes (with --wait)", 300)
@set_option
@target_options
def upload(
    target: Target, paths: tuple[Path, ...], prefix: str, *, wait: bool, timeout: float, overrides: tuple[str, ...]
) -> Exit:
    """Upload files, and folders with everything in them, to the input bucket.

    Names in a folder that begin with a dot are left out. Links to folders are not followed, and are named.
    A file that cannot be read, or that S3 refuses, is named, and the others are uploaded. Several images are an upload
    batch: its subscribers get one e-mail, when the last image has its outcome.
    """
    from ops.cli.output import ProgressLine
    from ops.images.follow import files_under
    from ops.images.overrides import check, metadata_of
    from ops.show import note

    for path in paths:
        if not path.exists():
            raise CommandError(f"{path}: no such file or folder", Exit.NOT_FOUND)
    left = _Left()
    stack = target.stack()
    prefix = stack.names.buckets.input.within(prefix)
    uploads = files_under(paths, prefix, unreadable=left.add)
    if not uploads:
        raise CommandError(f"{', '.join(map(str, paths))}: no files in there", Exit.NOT_FOUND)
    _refuse_doubles(uploads)
    metadata = metadata_of(overrides)
    if metadata:
        check(stack.settings, [each.key for each in uploads], metadata)
    started = SYSTEM.monotonic()
    with ProgressLine() as progress:
        uploaded, failure = _uploaded(stack, uploads, metadata, left, progress)
        for why in sorted(left.why):
            note(f"not uploaded: {why}")
        if uploaded or failure is None:
            _note_uploaded(uploaded, uploads, stack.names.input_bucket)
        if failure is not None or not wait:
            progress.end()
            return _ended(uploaded, failure, target, code=Exit.PARTIAL if left.why else Exit.DONE)
        rows = _followed(stack, uploaded, timeout, progress)
    code = _print_outcomes(uploaded, rows, target, seconds=SYSTEM.monotonic() - started)
    return Exit.PARTIAL if left.why and code == Exit.DONE else code


def _refuse_doubles(uploads: Sequence[Upload]) -> None:
    """Refuse files that would replace one another: nobody could say which of them stays."""
    found: dict[str, Path] = {}
    for each in uploads:
        other = found.setdefault(each.key, each.path)
        if other is not each.path:
            raise CommandError(
                f"{other} and {each.path} would both be {each.key}: upload the folder that contains them, or"
                " one of them with --prefix",
                Exit.USAGE,
            )


def _uploaded(
    stack: Stack,
    uploads: Sequence[Upload],
    metadata: Mapping[str, str],
    left: _Left,
    progress: ProgressLine,
) -> tuple[list[Uploaded], BaseException | None]:
    """What is in the bucket, and what broke the upload off, None where nothing did; other files are added to `left`."""
    from ops.images.batches import upload_together

    done: dict[int, Uploaded] = {}
    failure: BaseException | None = None

    def report(number: int, uploaded: Uploaded) -> None:
        done[number] = uploaded
        progress(f"uploaded {len(done):,} of {len(uploads):,}", done=len(done), total=len(uploads))

    try:
        upload_together(stack, uploads, metadata, report=report, failed=left.add)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - raised again, once what is there is printed
        failure = error
    if not done and left.refusals:
        failure = failure or left.refusals[0]
    return [done[number] for number in sorted(done)], failure


def _note_uploaded(uploaded: Sequence[Uploaded], uploads: Sequence[Upload], bucket: str) -> None:
    from ops.show import note

    batches = list(dict.fromkeys(each.batch for each in uploaded if each.batch is not None))
    together = f" as batch {', '.join(batches)}" if batches else ""
    count = f"{len(uploaded)} of {len(uploads)}" if len(uploaded) < len(uploads) else f"{len(uploaded)}"
    note(f"uploaded {count} to s3://{bucket}{together}")


def _ended(uploaded: Sequence[Uploaded], failure: BaseException | None, target: Target, *, code: Exit) -> Exit:
    """Print what is in the bucket, whatever broke the upload off: sent again, it would be there as new versions."""
    if uploaded or failure is None:
        _print_uploaded(uploaded, target)
    if failure is not None:
        raise failure
    return code


def _followed(stack: Stack, uploaded: Sequence[Uploaded], timeout: float, progress: ProgressLine) -> dict[str, Row]:
    from ops.images.follow import follow

    def report(rows: Mapping[str, Row]) -> None:
        outcomes = [row.outcome for row in rows.values() if row.outcome]
        failed = sum(outcome == "failed" for outcome in outcomes)
        more = f" ({failed:,} failed)" if failed else ""
        progress(f"done {len(outcomes):,} of {len(uploaded):,}{more}", done=len(outcomes), total=len(uploaded))

    return follow(stack.ledger, uploaded, timeout_seconds=timeout, report=report)


def _print_uploaded(uploaded: Sequence[Uploaded], target: Target) -> None:
    from ops.cli.output import numeric, print_json, print_table, word

    if target.json:
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
        rows = [(each.key, f"{each.size_bytes:,}", each.image_id) for each in uploaded]
        print_table(("IMAGE", numeric("BYTES"), word("ID")), rows)


def _print_outcomes(uploaded: Sequence[Uploaded], rows: Mapping[str, Row], target: Target, *, seconds: float) -> Exit:
    from ops.cli.output import print_json, print_table
    from ops.images.status import as_json, as_row, header
    from ops.show import note

    ended = [rows[each.image_id] for each in uploaded if each.image_id in rows and rows[each.image_id].outcome]
    unfinished = [each for each in uploaded if each.image_id not in rows or not rows[each.image_id].outcome]
    if target.json:
        print_json(map(as_json, ended))
        print_json({"key": each.key, "image_id": each.image_id, "outcome": None} for each in unfinished)
    elif ended:
        print_table(header(), map(as_row, ended))
    stored = sum(row.outcome == "stored" for row in ended)
    note(f"{stored} of {len(uploaded)} stored in {seconds:.1f} s")
    if unfinished:
        note(f"no outcome yet: {', '.join(each.key for each in unfinished[:10])}. See: pipeline status KEY")
        return Exit.TIMED_OUT
    return Exit.DONE if stored == len(uploaded) else Exit.PARTIAL
