"""This pipeline's three steps, one after the other, with the objects of its hand-offs in memory."""

import json
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import cache

import PIL
from serve import serve

from ops.memory import MemoryObjects
from services.resize.settings import Settings as ResizeSettings
from services.resize.step import resize
from services.store.settings import Settings as StoreSettings
from services.store.step import store
from services.watermark.marks import ROOT, Mark
from services.watermark.settings import Settings as WatermarkSettings
from services.watermark.step import watermark
from shared import events
from shared.messages import ImageResized, ImageWatermarked
from shared.ports import Headers

_EXTENSIONS = {"jpeg": "jpg", "png": "png", "gif": "gif", "webp": "webp"}


class Chain:
    """The three steps with their settings.

    Args:
        logo: the mark's path; None for no mark.
    """

    def __init__(self, logo: str | None) -> None:
        rendition = {"name": "resized", "width": 1024, "height": 1024, "quality": 82, "watermark": logo is not None}
        env = {"WORK_BUCKET": "work", "OUTPUT_BUCKET": "out", "RENDITIONS": json.dumps([rendition])}
        if logo is not None:
            from pathlib import Path

            env["WATERMARK"] = json.dumps({"image": str(Path(logo).relative_to(ROOT)), "opacity": 1})
        self.resize = ResizeSettings.from_env(env)
        self.watermark = WatermarkSettings.from_env(env)
        self.store = StoreSettings.from_env(env)
        self.mark = Mark(self.watermark.watermark)

    def __call__(self, data: bytes, kind: str) -> bytes:
        """One image through, messages encoded and decoded as they are on the wire."""
        objects = MemoryObjects()
        key = f"image.{_EXTENSIONS[kind]}"
        objects.put("in", key, data, Headers())
        dropped = events.dropped_image(json.dumps(_event(key, len(data))))
        assert dropped is not None
        resized = resize(dropped, objects=objects, settings=self.resize, cpu=nullcontext())
        marked = watermark(
            ImageResized.decode(resized.message.encode()),
            objects=objects,
            settings=self.watermark,
            mark=self.mark,
            cpu=nullcontext(),
        )
        finished = store(
            ImageWatermarked.decode(marked.message.encode()),
            objects=objects,
            settings=self.store,
            now=lambda: datetime.now(UTC),
        )
        return objects.objects["out", finished.outputs[0]].body


def _event(key: str, size: int) -> dict[str, object]:
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "eventTime": "2026-01-01T00:00:00.000Z",
                "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": "in"}, "object": {"key": key, "size": size, "sequencer": "0055"}},
            }
        ]
    }


@cache
def _chain(logo: str | None) -> Chain:
    return Chain(logo)


def chain(data: bytes, kind: str, logo: str | None) -> bytes:
    """All three steps."""
    return _chain(logo)(data, kind)


if __name__ == "__main__":
    serve(f"image-pipeline, Pillow {PIL.__version__}", chain)
