"""What the step of watermark makes of one rendition, for tests."""

from contextlib import nullcontext

from kit.clocks import still
from kit.pictures import gradient

from ops.preview.memory import MemoryObjects
from services.resize.packing import pack
from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.settings import Settings
from services.watermark.step import watermark
from shared import inline, intermediates
from shared.messages import ImageResized, ResizedRendition, Source
from shared.ports import Headers

SETTINGS = Settings(work_bucket="work")
WATERMARKS = DrawnWatermarks(SETTINGS)


def resized_message(**changes):
    values = {
        "source": Source(bucket="in", key="a", size_bytes=1, uploaded_at="2026-01-01T00:00:00Z"),
        "intermediate_key": "gone.zip",
        "renditions": (
            ResizedRendition(name="x", member="x", width=1, height=1, format="png", quality=82, watermark=False),
        ),
        "source_format": "PNG",
        "source_width": 1,
        "source_height": 1,
    }
    return ImageResized(**values | changes)


def run(message, objects):
    return watermark(message, objects=objects, settings=SETTINGS, watermarks=WATERMARKS, cpu=nullcontext, clock=still)


def encoded(picture=None, **settings):
    """What watermark makes of one rendition, and what it reports."""
    picture = picture or gradient()
    objects = MemoryObjects()
    objects.put("work", "gone.zip", intermediates.pack({"x": pack([picture], animated=False)}), Headers())
    size = {"width": picture.width, "height": picture.height}
    values = {"name": "x", "member": "x", "quality": 82, "watermark": False} | size | settings
    message = run(resized_message(renditions=(ResizedRendition(**values),), warnings=("page 1 of 3",)), objects).message
    (described,) = message.renditions
    (data,) = intermediates.unpack(inline.file_of(message.inline), (described.member,)).values()
    return message, data
