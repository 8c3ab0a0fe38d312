"""An image that takes too long in watermark fails alone, in the middle of its frames."""

from contextlib import nullcontext
from math import inf

import pytest
from PIL import Image

from ops.preview.memory import MemoryObjects
from services.resize.packing import pack
from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.settings import Settings
from services.watermark.step import watermark
from shared import intermediates
from shared.errors import HandedBack, ImageTooSlow
from shared.messages import Animation, ImageResized, ResizedRendition, Source
from shared.ports import Headers

SETTINGS = Settings(work_bucket="work", seconds=20)
FRAMES = 40


def run(form, clock, ends=inf):
    frames = [Image.new("RGBA", (300, 300), (number, 0, 0, 255)) for number in range(FRAMES)]
    objects = MemoryObjects()
    packed = intermediates.pack({"x": pack(frames, animated=True)})
    objects.put("work", "left", packed, Headers())
    job = ImageResized(
        source=Source(bucket="in", key="a", size_bytes=1, uploaded_at="2026-01-01T00:00:00Z"),
        intermediate_key="left",
        renditions=(
            ResizedRendition(
                name="x", member="x", width=300, height=300, format=form, quality=82, watermark=True, animated=True
            ),
        ),
        source_format="GIF",
        source_width=300,
        source_height=300,
        animation=Animation(durations_ms=(100,) * FRAMES, plays=0),
    )
    return watermark(
        job,
        ends,
        objects=objects,
        settings=SETTINGS,
        watermarks=DrawnWatermarks(SETTINGS),
        cpu=nullcontext,
        clock=clock,
    )


class Ticking:
    """A clock that advances by a second at every reading."""

    def __init__(self):
        self.looks = 0

    def __call__(self):
        self.looks += 1
        return float(self.looks)


@pytest.mark.parametrize("form", ["webp", "avif", "png", "gif"])
def test_an_animation_is_stopped_at_its_limit_and_not_at_its_end(form):
    clock = Ticking()
    with pytest.raises(ImageTooSlow, match=r"longer than 20 s, the limit \(limits\.seconds\)"):
        run(form, clock)
    assert clock.looks == 22  # the start, and one reading per second


def test_an_animation_past_the_end_of_its_invocation_is_handed_back():
    with pytest.raises(HandedBack):
        run("webp", Ticking(), ends=10.0)


def test_an_image_within_its_limit_is_not_stopped():
    assert run("webp", lambda: 0.0).message.renditions[0].frames == FRAMES


@pytest.mark.parametrize("seconds", [1, 55])
def test_the_limit_is_the_setting_of_resize(seconds):
    env = {"WORK_BUCKET": "work", "LIMITS": f'{{"seconds": {seconds}}}'}
    assert Settings.from_env(env).seconds == seconds
    assert Settings.from_env({"WORK_BUCKET": "work"}).seconds == 20
