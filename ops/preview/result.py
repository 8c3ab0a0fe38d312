"""What the pipeline makes of files, by the services' own steps and without AWS."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ops import settings as pipeline_settings
from ops.preview.chain import Chain
from ops.preview.memory import MemoryObjects
from shared.errors import PipelineError


class Preview:
    """The three steps with their settings, ready for images.

    Args:
        settings: pipeline.yaml.

    Raises:
        BadSetting: it is wrong, or a watermark cannot be drawn.
    """

    def __init__(self, settings: pipeline_settings.PipelineSettings) -> None:
        self._chain = Chain(settings)
        self._chain.watermarks.check()

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
            return result(path, error=error)
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
        return result(path, outputs=outputs, placeholder=notice.placeholder, warnings=notice.warnings)


def result(
    path: Path,
    *,
    error: BaseException | None = None,
    outputs: Sequence[Mapping[str, Any]] = (),
    placeholder: str | None = None,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """What is known of one file, as Preview.image has it.

    Args:
        path: of the file.
        error: why there are no outputs; None where there are.
        outputs: the renditions that were written.
        placeholder: a ThumbHash in base64.
        warnings: what the uploader should know.
    """
    return {
        "file": str(path),
        "outcome": "stored" if error is None else "failed",
        "error": None if error is None else type(error).__name__,
        "reason": None if error is None else str(error) or type(error).__name__,
        "placeholder": placeholder,
        "warnings": list(warnings),
        "outputs": list(outputs),
    }
