"""`pipeline preview`: what the pipeline would make of files, by the services' own steps and without AWS."""

import argparse
import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ops import isolation
from ops import settings as pipeline_settings
from ops.chain import Chain
from ops.errors import CommandError, Exit
from ops.memory import MemoryObjects
from ops.options import add_output_option
from ops.overrides import add_set_option, metadata_of
from ops.show import note, print_json, print_table
from shared.errors import PipelineError


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "preview",
        help="show what the pipeline would make of files, without AWS",
        description="Run files through the three services' own steps on this machine, and write what comes out.",
        epilog="examples: pipeline preview photo.jpg --out preview/;"
        " pipeline preview photo.jpg --out preview/ --set watermark-text=draft",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="an image")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="where the renditions go")
    add_set_option(parser)
    add_output_option(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Exit:
    """Preview every file; the exit code says whether all would be stored."""
    for path in args.files:
        if not path.is_file():
            raise CommandError(f"{path}: no such file")
    metadata = metadata_of(args.overrides)
    settings = pipeline_settings.load(args.settings)
    if settings.moderates:
        note("moderation is not previewed: there is no Rekognition here, so what it would reject is shown, too")
    preview = Preview(settings)
    seconds = sum(each.timeout_seconds for each in settings.services.values())
    outcomes = []
    for path, key in zip(args.files, _keys(args.files), strict=True):
        # A decoder that crashes fails its own file alone.
        try:
            result = isolation.in_child(partial(preview.image, path, key, args.out, metadata), seconds)
        except PipelineError as error:
            result = _result(path, error=error)
        outcomes.append(result["outcome"])
        if args.output == "json":
            print_json([result])
        else:
            _print_for_people(result)
    return Exit.DONE if all(outcome == "stored" for outcome in outcomes) else Exit.PARTIAL


class Preview:
    """The three steps with their settings, ready for images.

    Args:
        settings: pipeline.yaml.

    Raises:
        BadSetting: it is wrong, or a mark cannot be drawn.
    """

    def __init__(self, settings: pipeline_settings.PipelineSettings) -> None:
        self._chain = Chain(settings)
        self._chain.marks.check()

    def image(self, path: Path, key: str, out: Path, metadata: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Bring one file through, and write its renditions under `out`.

        Args:
            path: of the file.
            key: that it would be uploaded under.
            out: a folder.
            metadata: user metadata of the object, with the overrides of it.

        Returns:
            {"file", "outcome": "stored" or "failed", "error", "reason", "placeholder", "warnings",
             "outputs": [{"rendition", "path", "width", "height", "frames", "content_type"}]}
        """
        objects = MemoryObjects()
        job = self._chain.upload(path.read_bytes(), key, objects, metadata)
        try:
            notice = self._chain.run(job, objects)
        except (PipelineError, MemoryError) as error:
            return _result(path, error=error)
        outputs = []
        for output in notice.outputs:
            target = out / output.key
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(objects.objects[output.bucket, output.key].body)
            outputs.append(
                {
                    "rendition": output.rendition,
                    "path": str(target),
                    "width": output.width,
                    "height": output.height,
                    "frames": output.frames,
                    "content_type": output.content_type,
                }
            )
        return _result(path, outputs=outputs, placeholder=notice.placeholder, warnings=notice.warnings)


def _result(
    path: Path,
    *,
    error: BaseException | None = None,
    outputs: Sequence[Mapping[str, Any]] = (),
    placeholder: str | None = None,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    return {
        "file": str(path),
        "outcome": "stored" if error is None else "failed",
        "error": None if error is None else type(error).__name__,
        "reason": None if error is None else str(error) or type(error).__name__,
        "placeholder": placeholder,
        "warnings": list(warnings),
        "outputs": list(outputs),
    }


def _keys(files: Sequence[Path]) -> list[str]:
    """Keys as an upload of these files would have: relative to the folder that holds them all."""
    resolved = [Path(os.path.abspath(path)) for path in files]  # noqa: PTH100 - resolve() would follow links
    common = Path(os.path.commonpath([path.parent for path in resolved]))
    return [path.relative_to(common).as_posix() for path in resolved]


def _print_for_people(result: Mapping[str, Any]) -> None:
    if result["outcome"] == "failed":
        print_table(
            ("FILE", "OUTCOME", "REASON"), [(result["file"], "failed", f"{result['error']}: {result['reason']}")]
        )
        return
    print_table(
        ("FILE", "RENDITION", "SIZE", "TYPE", "WRITTEN TO"),
        [
            (
                result["file"],
                output["rendition"],
                f"{output['width']} x {output['height']}" + (f" x {output['frames']}" if output["frames"] > 1 else ""),
                output["content_type"],
                output["path"],
            )
            for output in result["outputs"]
        ],
    )
    for warning in result["warnings"]:
        print(f"{result['file']}: {warning}")
