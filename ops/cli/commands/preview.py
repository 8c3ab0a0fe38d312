"""`pipeline preview`: what the pipeline makes of files, by the services' own steps and without AWS."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ops.cli.options import FILE, command, option, set_option, settings_options
from ops.errors import CommandError, Exit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ops.cli.options import Target


@command(
    "pipeline preview photo.jpg --out preview/",
    "pipeline preview photo.jpg --out preview/ --set watermark-text=draft",
    "pipeline preview photo.jpg --out preview/ --html",
)
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...", help="An image.")
@option("--out", required=True, type=FILE, metavar="DIR", help="Write the renditions to this folder.")
@option("--html", is_flag=True, help="Write DIR/index.html, a page that shows renditions and sets at work.")
@set_option
@settings_options
def preview(target: Target, files: tuple[Path, ...], out: Path, overrides: tuple[str, ...], *, html: bool) -> Exit:
    """Run files through the steps of all three services on this machine, and write the renditions.

    Exits with 0 where all of them would be stored.
    """
    from ops.cli.output import print_json
    from ops.images.overrides import metadata_of
    from ops.preview import isolation
    from ops.preview.result import Preview, result
    from ops.show import note
    from shared.errors import PipelineError

    _check(files)
    if html:
        _check_page(out, files)
    metadata = metadata_of(overrides)
    settings = target.load_settings()
    if settings.detects_faces:
        note("Faces are not previewed: there is no Rekognition here. Crops are by attention, and faces are kept.")
    if settings.moderates:
        note("Moderation is not previewed: there is no Rekognition here, so images that it would reject are shown.")
    made = Preview(settings, manifests=html)
    _make(out)
    seconds = sum(each.timeout_seconds for each in settings.services.values())
    results = []
    owners: dict[str, str] = {}
    for path, key in zip(files, _keys(files, settings.buckets.input.prefix), strict=True):
        work = partial(made.image, path, key, out, metadata, owners=owners, inputs=files)
        # A decoder that crashes fails its own file alone.
        try:
            found = isolation.in_child(work, seconds)
        except PipelineError as error:
            found = result(path, error=error)
        results.append(found)
        owners |= dict.fromkeys(_paths(found), key)
        if target.json:
            print_json([found])
        else:
            _print(found)
    stored = [each for each in results if each["outcome"] == "stored"]
    if html and stored:
        from ops.preview import page

        note(f"The page is {page.write(stored, out)}")
    return Exit.DONE if len(stored) == len(results) else Exit.PARTIAL


def _keys(files: Sequence[Path], prefix: str) -> list[str]:
    """Keys as in an upload of the folder that contains all of these files: relative to it, after uploads' prefix."""
    resolved = [Path(os.path.abspath(path)) for path in files]  # noqa: PTH100 - resolve() would follow links
    common = Path(os.path.commonpath([path.parent for path in resolved]))
    return [prefix + path.relative_to(common).as_posix() for path in resolved]


def _check(files: Sequence[Path]) -> None:
    """Refuse what is not there, and names that no key can have."""
    for path in files:
        if not path.is_file():
            what = "a folder; pass the files in it" if path.is_dir() else "no such file"
            raise CommandError(f"{path}: {what}", Exit.NOT_FOUND)
        try:
            str(path).encode()
        except UnicodeEncodeError as error:
            raise CommandError(
                f"{os.fsencode(path)!r}: the name is not UTF-8, and S3's keys are", Exit.USAGE
            ) from error


def _check_page(out: Path, files: Sequence[Path]) -> None:
    """Refuse a folder where the page would replace an input."""
    from ops.preview import page
    from ops.preview.result import replaced

    target = out / page.NAME
    if (file := replaced(target, files)) is not None:
        raise CommandError(f"{target} would replace the input {file}: pass another --out", Exit.USAGE)


def _make(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"{out}: {error.strerror}; --out names a folder to write to", Exit.USAGE) from error


def _paths(found: Mapping[str, Any]) -> list[str]:
    """What was written of a file: outputs and manifest."""
    return [output["path"] for output in found["outputs"]] + ([found["manifest"]] if found["manifest"] else [])


def _print(found: Mapping[str, Any]) -> None:
    from ops.cli.output import print_table, word

    if found["outcome"] == "failed":
        row = (found["file"], "failed", f"{found['error']}: {found['reason']}")
        print_table(("FILE", word("OUTCOME"), "REASON"), [row])
        return
    print_table(
        ("FILE", word("RENDITION"), word("SIZE"), word("TYPE"), "WRITTEN TO"),
        [
            (
                found["file"],
                output["rendition"],
                f"{output['width']} x {output['height']}" + (f" x {output['frames']}" if output["frames"] > 1 else ""),
                output["content_type"],
                output["path"],
            )
            for output in found["outputs"]
        ],
    )
    for warning in found["warnings"]:
        print(f"{found['file']}: {warning}")
