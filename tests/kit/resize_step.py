"""The resize step by itself, on one uploaded image with objects in memory."""

from contextlib import nullcontext
from datetime import UTC, datetime

from kit.clocks import still

from ops.preview.memory import MemoryObjects, StoredObject
from services.resize.settings import Settings
from services.resize.step import resize
from shared import intermediates
from shared.batches import header
from shared.messages import ImageResized, ImageUploaded, Source, UploadBatch
from shared.ports import Headers
from shared.runner.steps import Emit

SETTINGS = Settings(work_bucket="work")


def source(key="a/test.jpg", version="v1", size=1000):
    return Source(
        bucket="in", key=key, version_id=version, sequencer="01", size_bytes=size, uploaded_at="2026-01-01T00:00:00Z"
    )


NOW = datetime(2026, 1, 1, tzinfo=UTC)
PLACE = UploadBatch(id="20260301-093012-a1b2c3", number=17, size=480)
TOGETHER = Headers(metadata={"pipeline-batch": header(PLACE, "in", "a/test.jpg", NOW)})


def uploaded(data, headers=None, settings=SETTINGS, cpu=None, clock=still, **options):
    objects = MemoryObjects()
    objects.versions["in", "a/test.jpg", "v1"] = StoredObject(body=data, headers=headers or Headers(), modified_at=NOW)
    job = ImageUploaded(source=source(size=len(data)))
    return resize(job, objects=objects, settings=settings, cpu=cpu or nullcontext, clock=clock, **options), objects


def intermediate(result, objects):
    assert isinstance(result, Emit)
    message = result.message
    assert isinstance(message, ImageResized)
    packed = objects.objects["work", message.intermediate_key].body
    return message, intermediates.unpack(packed, tuple(each.member for each in message.renditions))
