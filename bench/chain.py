"""The three steps one after the other in one process, with objects in memory and messages as they are on the wire."""

import json
import time
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, TypeVar

from ops.memory import MemoryObjects
from ops.settings import PipelineSettings, stand_in, stand_in_names
from services.resize.settings import Settings as ResizeSettings
from services.resize.step import resize
from services.store.settings import Settings as StoreSettings
from services.store.step import store
from services.watermark.choosing import Marks
from services.watermark.settings import Settings as WatermarkSettings
from services.watermark.step import watermark
from shared import events
from shared.messages import ImageResized, ImageWatermarked
from shared.ports import Headers
from shared.stage import Emit, Finish

T = TypeVar("T")


class Chain:
    """resize, watermark and store with the settings of one pipeline.yaml.

    Args:
        settings: pipeline.yaml.
    """

    def __init__(self, settings: PipelineSettings) -> None:
        self._bucket = stand_in_names(settings).input_bucket
        self._resize = ResizeSettings.from_env(stand_in(settings, "resize"))
        self._watermark = WatermarkSettings.from_env(stand_in(settings, "watermark"))
        self._store = StoreSettings.from_env(stand_in(settings, "store"))
        self._marks = Marks(self._watermark)

    def run(self, data: bytes, key: str) -> dict[str, bytes]:
        """The finished files of one image, by rendition.

        Args:
            data: the image's bytes.
            key: what it is called in the input bucket.

        Raises:
            RuntimeError: the image did not come to the end.
        """
        objects = MemoryObjects()
        objects.put(self._bucket, key, data, Headers())
        dropped = events.dropped_image(json.dumps({"Records": [drop_record(self._bucket, key, len(data))]}))
        if dropped is None:
            raise RuntimeError("the event of a drop tells of no image")
        cpu = nullcontext()
        resized = _message(
            resize(dropped, objects=objects, settings=self._resize, cpu=cpu, clock=time.monotonic), ImageResized
        )
        marked = _message(
            watermark(
                ImageResized.decode(resized), objects=objects, settings=self._watermark, marks=self._marks, cpu=cpu
            ),
            ImageWatermarked,
        )
        finished = store(
            ImageWatermarked.decode(marked), objects=objects, settings=self._store, now=lambda: datetime.now(UTC)
        )
        if finished.notice is None:
            raise RuntimeError(f"the image ended {finished.outcome}: {finished.reason}")
        return {each.rendition: objects.objects[each.bucket, each.key].body for each in finished.notice.outputs}


def drop_record(bucket: str, key: str, size_bytes: int) -> Mapping[str, Any]:
    """What S3 says of a drop, in the form of its events."""
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": "2026-01-01T00:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "bucket": {"name": bucket},
            "object": {"key": key, "size": size_bytes, "sequencer": "0055AED6DCD90281E5"},
        },
    }


def _message(result: Emit | Finish, kind: type[T]) -> str:
    if not isinstance(result, Emit) or not isinstance(result.message, kind):
        raise RuntimeError(f"the step gave {result!r}")  # noqa: TRY004 - no caller gave a wrong type
    return result.message.encode()
