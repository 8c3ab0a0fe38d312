"""What the pipeline makes of files, by the services' own steps and without AWS."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from ops import settings as pipeline_settings
from ops.preview.chain import Chain
from ops.preview.isolation import time_used
from ops.preview.memory import MemoryObjects
from shared.errors import OutputKeyTaken, PermanentError, PipelineError

# Not {stem}: files of one name and several extensions have one each.
_MANIFEST: Final = "{dir}{name}.manifest.json"
_NOBODY: Final[Mapping[str, str]] = MappingProxyType({})


class UnsafeTarget(PermanentError):
    """An output would replace a file that is previewed, or be outside the folder of outputs."""


class Preview:
    """The three steps with their settings, ready for images.

    Args:
        settings: pipeline.yaml.
        manifests: whether each image gets a manifest, whatever `output.manifest` says.

    Raises:
        BadSetting: it is wrong, or a watermark cannot be drawn.
    """

    def __init__(self, settings: pipeline_settings.PipelineSettings, *, manifests: bool = False) -> None:
        # On a busy machine an image waits for a core, which it has for itself on Lambda.
        self._chain = Chain(settings, manifest=_MANIFEST if manifests else None, clock=time_used)
        self._chain.watermarks.check()

    def image(
        self,
        path: Path,
        key: str,
        out: Path,
        metadata: Mapping[str, str] | None = None,
        *,
        owners: Mapping[str, str] = _NOBODY,
        inputs: Iterable[Path] = (),
    ) -> dict[str, Any]:
        """Bring one file through, and write its renditions under `out`.

        Args:
            path: of the file.
            key: that it would be uploaded under.
            out: a folder.
            metadata: user metadata of the object, with the overrides of it.
            owners: key of the file by path of each output and manifest that earlier files have; these are not replaced.
            inputs: other files that are not replaced; `path` never is.

        Returns:
            {"file", "outcome": "stored" or "failed", "error", "reason", "placeholder", "warnings",
             "manifest": its path or None,
             "outputs": [{"rendition", "path", "width", "height", "frames", "content_type"}]}
        """
        try:
            return self._image(path, key, out, metadata, owners=owners, inputs=[path, *inputs])
        except (PipelineError, MemoryError, OSError) as error:  # OSError: it cannot be read, or an output written
            return result(path, error=error)

    def _image(
        self,
        path: Path,
        key: str,
        out: Path,
        metadata: Mapping[str, str] | None,
        *,
        owners: Mapping[str, str],
        inputs: Iterable[Path],
    ) -> dict[str, Any]:
        objects = MemoryObjects()
        job = self._chain.upload(path.read_bytes(), key, objects, metadata)
        notice = self._chain.run(job, objects)
        keys = [output.key for output in notice.outputs] + ([notice.manifest] if notice.manifest else [])
        _check_owned(keys, key, out, owners)
        _check_safe([_target(out, each) for each in keys], out, inputs)
        outputs = []
        for output in notice.outputs:
            target = _written(objects, output.bucket, output.key, out)
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
        manifest = notice.manifest and str(_written(objects, notice.outputs[0].bucket, notice.manifest, out))
        return result(
            path, outputs=outputs, placeholder=notice.placeholder, warnings=notice.warnings, manifest=manifest
        )


def _check_owned(keys: Sequence[str], source_key: str, out: Path, owners: Mapping[str, str]) -> None:
    """Refuse an output of another source before anything is written: the rule is decide of services/store/naming.py."""
    for key in keys:
        if (owner := owners.get(str(_target(out, key)), source_key)) != source_key:
            raise OutputKeyTaken(f"the output key {key} belongs to {owner}: rename one of the two sources")


def _check_safe(targets: Sequence[Path], out: Path, inputs: Iterable[Path]) -> None:
    """Refuse what would be outside the folder, or replace an input, before anything is written."""
    inside, inputs = out.resolve(), list(inputs)
    for target in targets:
        if not target.resolve().is_relative_to(inside):
            raise UnsafeTarget(f"{target} would be outside {out}: change output.key in pipeline.yaml")
        if (file := replaced(target, inputs)) is not None:
            raise UnsafeTarget(f"{target} would replace the input {file}: pass another --out")


def replaced(target: Path, files: Iterable[Path]) -> Path | None:
    """The file that a target is, by whatever name; None where it is none of these."""
    for file in files:
        with suppress(FileNotFoundError, NotADirectoryError):
            if target.samefile(file):
                return file
    return None


def _target(out: Path, key: str) -> Path:
    """Where an output is written: a key may begin with a slash, and is below the folder all the same."""
    return out / key.lstrip("/")


def _written(objects: MemoryObjects, bucket: str, key: str, out: Path) -> Path:
    target = _target(out, key)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(objects.objects[bucket, key].body)
    return target


def result(
    path: Path,
    *,
    error: BaseException | None = None,
    outputs: Sequence[Mapping[str, Any]] = (),
    placeholder: str | None = None,
    warnings: Sequence[str] = (),
    manifest: str | None = None,
) -> dict[str, Any]:
    """What is known of one file, as Preview.image has it.

    Args:
        path: of the file.
        error: why there are no outputs; None where there are.
        outputs: the renditions that were written.
        placeholder: a ThumbHash in base64.
        warnings: what the uploader should know.
        manifest: path of the manifest; None where there is none.
    """
    return {
        "file": str(path),
        "outcome": "stored" if error is None else "failed",
        "error": None if error is None else type(error).__name__,
        "reason": None if error is None else str(error) or type(error).__name__,
        "placeholder": placeholder,
        "warnings": list(warnings),
        "manifest": manifest,
        "outputs": list(outputs),
    }
