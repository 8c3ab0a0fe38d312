"""`pipeline preview`: what the pipeline would make of files, in this process, by the services' own steps."""

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from ops import settings as pipeline_settings
from ops.errors import CommandError, Exit
from ops.memory import MemoryObjects
from ops.names import STAGES, Names
from ops.options import add_output_option
from ops.orders import add_set_option, metadata_of
from ops.show import print_json, print_table
from services.resize.settings import Settings as ResizeSettings
from services.resize.step import resize
from services.store.settings import Settings as StoreSettings
from services.store.step import store
from services.watermark.choosing import Marks
from services.watermark.settings import Settings as WatermarkSettings
from services.watermark.step import watermark
from shared.errors import PipelineError
from shared.messages import ImageDropped, ImageResized, ImageStored, ImageWatermarked, Source
from shared.ports import Headers
from shared.stage import Emit, Finish

T = TypeVar("T")


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb to the command line."""
    parser = commands.add_parser(
        "preview",
        help="show what the pipeline would make of files, without AWS",
        description="Run files through the three services' own steps in this process, and write what comes out.",
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
    metadata = metadata_of(args.orders)
    preview = Preview.of(pipeline_settings.load(args.settings))
    outcomes = []
    for path, key in zip(args.files, _keys(args.files), strict=True):
        result = preview.image(path, key, args.out, metadata)
        outcomes.append(result["outcome"])
        if args.output == "json":
            print_json([result])
        else:
            _print_for_people(result)
    return Exit.DONE if all(outcome == "stored" for outcome in outcomes) else Exit.PARTIAL


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The three steps with their settings, ready for images.

    Args:
        names: stand-ins for a deployed pipeline's.
        resize: its settings.
        watermark: its settings.
        marks: drawn once for all images.
        store: its settings.
    """

    names: Names
    resize: ResizeSettings
    watermark: WatermarkSettings
    marks: Marks
    store: StoreSettings

    @classmethod
    def of(cls, settings: pipeline_settings.PipelineSettings) -> "Preview":
        """Give each step the environment that its function would have.

        Raises:
            BadSetting: pipeline.yaml is wrong.
        """
        resize, marking, storing = (pipeline_settings.stand_in(settings, stage) for stage in STAGES)
        watermark_settings = WatermarkSettings.from_env(marking)
        marks = Marks(watermark_settings)
        marks.check()
        return cls(
            names=pipeline_settings.stand_in_names(settings),
            resize=ResizeSettings.from_env(resize),
            watermark=watermark_settings,
            marks=marks,
            store=StoreSettings.from_env(storing),
        )

    def image(self, path: Path, key: str, out: Path, metadata: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Bring one file through, and write its renditions under `out`.

        Args:
            path: of the file.
            key: that it would be dropped under.
            out: a folder.
            metadata: user metadata of the object, with what is ordered for it.

        Returns:
            {"file", "outcome": "stored" or "failed", "error", "reason", "placeholder",
             "outputs": [{"rendition", "path", "width", "height", "frames", "content_type"}]}
        """
        objects = MemoryObjects()
        try:
            notice = self._chain(path.read_bytes(), key, objects, metadata or {})
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
        return _result(path, outputs=outputs, placeholder=notice.placeholder)

    def _chain(self, data: bytes, key: str, objects: MemoryObjects, metadata: Mapping[str, str]) -> ImageStored:
        now = datetime.now(UTC)
        source = Source(bucket=self.names.input_bucket, key=key, size_bytes=len(data), dropped_at=now.isoformat())
        objects.put(source.bucket, key, data, Headers(metadata=metadata))
        cpu = nullcontext()
        job = ImageDropped(source=source)
        resized = resize(job, objects=objects, settings=self.resize, cpu=cpu, clock=time.monotonic)
        message = _emitted(resized, ImageResized)
        marked = watermark(message, objects=objects, settings=self.watermark, marks=self.marks, cpu=cpu)
        finished = store(
            _emitted(marked, ImageWatermarked), objects=objects, settings=self.store, now=lambda: datetime.now(UTC)
        )
        if finished.notice is None:
            raise PipelineError(finished.reason or finished.outcome)
        return finished.notice


def _emitted(result: Emit | Finish, kind: type[T]) -> T:
    if not isinstance(result, Emit) or not isinstance(result.message, kind):
        raise PipelineError(f"the step gave {result!r}")
    return result.message


def _result(
    path: Path,
    *,
    error: BaseException | None = None,
    outputs: Sequence[Mapping[str, Any]] = (),
    placeholder: str | None = None,
) -> dict[str, Any]:
    return {
        "file": str(path),
        "outcome": "stored" if error is None else "failed",
        "error": None if error is None else type(error).__name__,
        "reason": None if error is None else str(error) or type(error).__name__,
        "placeholder": placeholder,
        "outputs": list(outputs),
    }


def _keys(files: Sequence[Path]) -> list[str]:
    """Keys as a drop of these files would have: relative to the folder that holds them all."""
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
