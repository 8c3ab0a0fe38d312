"""One format for all widths of a responsive set that has the smallest of some formats."""

from contextlib import nullcontext
from dataclasses import replace

import pytest
from kit.clocks import still
from kit.pictures import grain, noise
from PIL import Image

from ops.preview.memory import MemoryObjects
from services.resize.packing import pack
from services.watermark.effective_settings import DrawnWatermarks
from services.watermark.settings import Settings
from services.watermark.step import watermark
from shared import intermediates
from shared.messages import ImageResized, Passthrough, ResizedRendition, Source
from shared.ports import Headers

SETTINGS = Settings(work_bucket="work")
CANDIDATES = ("avif", "webp")
SOURCE = Source(bucket="in", key="a", size_bytes=1, uploaded_at="2026-01-01T00:00:00Z")
FLAT, PHOTOGRAPH = Image.new("RGB", (300, 200), (9, 90, 200)), noise((300, 200))


def rendition(width, form, candidates=(), **changes):
    values = {"name": f"hero-{width}", "member": f"hero-{width}", "width": width, "height": 200, "set": "hero"}
    return ResizedRendition(
        **values | {"format": form, "candidates": candidates, "quality": 82, "watermark": False} | changes
    )


def made(pictures, renditions):
    """The renditions that watermark makes of pictures by member."""
    objects = MemoryObjects()
    members = {name: pack([picture], animated=False) for name, picture in pictures.items()}
    objects.put("work", "made.zip", intermediates.pack(members), Headers())
    message = ImageResized(
        source=SOURCE,
        intermediate_key="made.zip",
        renditions=tuple(renditions),
        source_format="PNG",
        source_width=300,
        source_height=200,
        passthrough=Passthrough(),
    )
    watermarks = DrawnWatermarks(SETTINGS)
    ports = {"objects": objects, "settings": SETTINGS, "watermarks": watermarks, "cpu": nullcontext, "clock": still}
    return watermark(message, **ports).message.renditions


def formats(pictures, renditions):
    return [(each.name, each.format) for each in made(pictures, renditions)]


@pytest.mark.parametrize(("middle", "form"), [(FLAT, "webp"), (PHOTOGRAPH, "avif")], ids=["flat", "photograph"])
def test_the_middle_width_decides_for_all_widths_in_their_order(middle, form):
    other = PHOTOGRAPH if middle is FLAT else FLAT
    pictures = {"hero-100": other, "hero-200": middle, "hero-300": other}
    renditions = [
        each for width in (100, 200, 300) for each in (rendition(width, "avif", CANDIDATES), rendition(width, "jpeg"))
    ]
    assert formats(pictures, renditions) == [
        (f"hero-{width}", each) for width in (100, 200, 300) for each in (form, "jpeg")
    ]


def test_each_set_and_each_page_has_a_format_of_its_own():
    pictures = {"hero-100": FLAT, "b": PHOTOGRAPH, "c": PHOTOGRAPH}
    other = rendition(100, "avif", CANDIDATES, name="b-100", member="b", set="b")
    page = rendition(100, "avif", CANDIDATES, member="c", page=2)
    assert formats(pictures, [rendition(100, "avif", CANDIDATES), other, page]) == [
        ("hero-100", "webp"),
        ("b-100", "avif"),
        ("hero-100", "avif"),
    ]


def test_renditions_of_no_set_are_the_smallest_each():
    pictures = {"hero-100": FLAT, "hero-200": PHOTOGRAPH}
    renditions = [rendition(width, "avif", CANDIDATES, set=None) for width in (100, 200)]
    assert formats(pictures, renditions) == [("hero-100", "webp"), ("hero-200", "avif")]


def test_every_file_of_a_set_keeps_within_its_bytes():
    picture = grain((300, 200), 40)
    wanted = [rendition(200, "avif", CANDIDATES, member="x"), rendition(200, "jpeg", member="x")]
    before = [each.size_bytes for each in made({"x": picture}, wanted)]
    limit = min(before) * 2 // 3
    after = made({"x": picture}, [replace(each, max_bytes=limit) for each in wanted])
    assert [0.8 * limit < each.size_bytes <= limit for each in after] == [True, True]
