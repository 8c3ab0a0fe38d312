"""The three steps one after the other in this process, with objects in memory and messages as they are on the wire."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

from ops import places
from ops.names import SERVICES
from ops.preview.memory import MemorySourceKeys
from ops.settings import PipelineSettings, placeholder_names, placeholders
from services.resize.settings import Settings as ResizeSettings
from services.resize.step import resize
from services.store.settings import Settings as StoreSettings
from services.store.step import store
from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.settings import Settings as WatermarkSettings
from services.watermark.step import watermark
from shared.clock import SYSTEM
from shared.errors import PipelineError
from shared.messages import ImageResized, ImageUploaded, ImageWatermarked, Source
from shared.notifications import ImageStored
from shared.ports import Headers, Objects
from shared.runner.steps import Emit, Finish

T = TypeVar("T")


class Chain:
    """resize, watermark and store, each with the environment that its function would have.

    Args:
        settings: pipeline.yaml.
        manifest: `output.manifest` where the settings have none.
        clock: seconds that `limits.seconds` is counted in.

    Raises:
        BadSetting: pipeline.yaml is wrong.
    """

    def __init__(
        self, settings: PipelineSettings, manifest: str | None = None, clock: Callable[[], float] = SYSTEM.monotonic
    ) -> None:
        self._clock = clock
        # There is no Rekognition here.
        settings = settings.without_moderation()
        resizing, marking, storing = (placeholders(settings, service) for service in SERVICES)
        self.input_bucket = placeholder_names(settings).input_bucket
        self._resize = ResizeSettings.from_env(resizing)
        self._watermark = WatermarkSettings.from_env(marking)
        store = StoreSettings.from_env(storing)
        self._store = replace(store, output=replace(store.output, manifest=store.output.manifest or manifest))
        self.watermarks = DrawnWatermarks(self._watermark, places.watermarks())

    def upload(
        self, data: bytes, key: str, objects: Objects, metadata: Mapping[str, str] | None = None
    ) -> ImageUploaded:
        """Put an image where an upload would, with user metadata of the object, which has its overrides."""
        now = datetime.now(UTC).isoformat()
        source = Source(bucket=self.input_bucket, key=key, size_bytes=len(data), uploaded_at=now)
        objects.put(source.bucket, key, data, Headers(metadata=metadata or {}))
        return ImageUploaded(source=source)

    def run(self, job: ImageUploaded, objects: Objects) -> ImageStored:
        """Bring one image to its end.

        Raises:
            PipelineError: it is not stored; the text says why.
        """
        resized = resize(job, objects=objects, settings=self._resize, cpu=nullcontext, clock=self._clock)
        marked = watermark(
            ImageResized.decode(_message(resized, ImageResized)),
            objects=objects,
            settings=self._watermark,
            watermarks=self.watermarks,
            cpu=nullcontext,
            clock=self._clock,
        )
        finished = store(
            ImageWatermarked.decode(_message(marked, ImageWatermarked)),
            objects=objects,
            source_keys=MemorySourceKeys(),
            settings=self._store,
            now=lambda: datetime.now(UTC),
        )
        if not isinstance(finished.notice, ImageStored):
            raise PipelineError(finished.reason or finished.outcome)
        return finished.notice


def _message(result: Emit | Finish, kind: type[T]) -> str:
    if not isinstance(result, Emit) or not isinstance(result.message, kind):
        raise PipelineError(f"the step gave {result!r}")
    return result.message.encode()
