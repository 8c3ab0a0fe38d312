"""The manifest beside the outputs: what it states, where it is, and that it goes with them."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from kit.encoded_renditions import encoded
from kit.manifests import parsed

from ops.preview.memory import MemoryObjects, MemorySourceKeys
from services.store.manifest import url
from services.store.settings import Output, Settings
from services.store.step import store
from shared import intermediates
from shared.errors import OutputKeyInvalid, OutputKeyTaken
from shared.messages import ImageWatermarked, Passthrough, Provenance, Source
from shared.ports import Headers
from shared.removals import SourceRemoved

TEMPLATE = "{dir}{stem}-manifest.json"
OUTPUT = Output(manifest=TEMPLATE)
NOW = datetime(2026, 1, 1, 0, 0, 7, tzinfo=UTC)
FORMATS = ("avif", "webp", "jpeg")


def rendition(name, form, width, of=None):
    size = {"width": width, "height": width // 2, "size_bytes": len(name) + len(form)}
    return encoded(name, form, member=f"{name}.{form}", set=of, **size)


RENDITIONS = (
    rendition("thumb", "jpeg", 64),
    *(rendition(f"hero-{width}", form, width, "hero") for width in (320, 640) for form in FORMATS),
)


class World:
    """Versions of an image, one after the other, with the same buckets."""

    def __init__(self, output=OUTPUT):
        self.objects = MemoryObjects()
        self.source_keys = MemorySourceKeys()
        self.settings = Settings(work_bucket="work", output_bucket="out", output=output)

    def store(self, key="a/sea.jpg", sequencer="01", renditions=RENDITIONS, text=""):
        source = Source(
            bucket="in",
            key=key,
            version_id=f"v{sequencer}",
            sequencer=sequencer,
            size_bytes=5,
            uploaded_at="2026-01-01T00:00:00.000Z",
        )
        members = {each.member: f"{each.name}{each.format}{text}".encode() for each in renditions}
        self.objects.put("work", f"s{sequencer}", intermediates.pack(members), Headers())
        return self.run(
            ImageWatermarked(
                source=source,
                intermediate_key=f"s{sequencer}",
                renditions=renditions,
                source_format="HEIC",
                source_width=900,
                source_height=450,
                passthrough=Passthrough(metadata={"album": "sea"}, tags={"team": "web"}),
                provenance=Provenance(content_credentials=True),
                alt_text="A boat",
                placeholder="abc=",
                dominant_colour="#1e90ff",
            )
        )

    def run(self, job):
        keys = {"objects": self.objects, "source_keys": self.source_keys, "settings": self.settings}
        return store(job, **keys, now=lambda: NOW)

    def there(self):
        return sorted(key for bucket, key in self.objects.objects if bucket == "out")

    def manifest(self, key="a/sea-manifest.json"):
        return parsed(self.objects.objects["out", key].body)


@pytest.fixture
def world():
    made = World()
    made.finished = made.store()
    return made


def test_it_states_each_set_as_a_page_does(world):
    assert world.manifest()["sets"] == [
        {
            "name": "hero",
            "page": 1,
            "sources": [
                {"type": "image/avif", "srcset": "sea-hero-320.avif 320w, sea-hero-640.avif 640w"},
                {"type": "image/webp", "srcset": "sea-hero-320.webp 320w, sea-hero-640.webp 640w"},
                {"type": "image/jpeg", "srcset": "sea-hero-320.jpg 320w, sea-hero-640.jpg 640w"},
            ],
            "img": {"src": "sea-hero-640.jpg", "width": 640, "height": 320},
        }
    ]


def test_a_srcset_has_each_width_once():
    world = World()
    # Fewer pixels, to be within max_bytes, can make a width that the set has already.
    names = {"hero-320": 320, "hero-640": 300, "hero-960": 320, "hero-1280": 400, "hero-1920": 400}
    world.store(renditions=tuple(rendition(name, "webp", width, "hero") for name, width in names.items()))
    (hero,) = world.manifest()["sets"]
    srcset = "sea-hero-320.webp 320w, sea-hero-640.webp 300w, sea-hero-1280.webp 400w"
    assert hero["sources"] == [{"type": "image/webp", "srcset": srcset}]
    assert hero["img"]["src"] == "sea-hero-1280.webp"
    assert len(world.manifest()["outputs"]) == len(names)


def test_it_states_every_output_as_it_is_stored(world):
    value = world.manifest()
    assert value["alt_text"] == "A boat"
    assert value["provenance"] == {"digital_source_type": None, "content_credentials": True}
    assert (value["placeholder"], value["dominant_colour"]) == ("abc=", "#1e90ff")
    assert (value["source"]["key"], value["source"]["format"], value["source"]["width"]) == ("a/sea.jpg", "HEIC", 900)
    assert [each["key"] for each in value["outputs"]] == list(world.finished.outputs)
    for each in value["outputs"]:
        body = world.objects.objects["out", each["key"]].body
        assert (each["size_bytes"], each["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())


def test_it_is_revalidated_and_belongs_to_its_source(world):
    headers = world.objects.objects["out", "a/sea-manifest.json"].headers
    assert (headers.content_type, headers.cache_control, headers.tags) == (
        "application/json",
        "no-cache",
        {"team": "web"},
    )
    assert headers.metadata["pipeline-source-key"] == "a/sea.jpg"
    assert "album" not in headers.metadata


def test_the_notice_has_its_key_and_the_ledger_pictures_alone(world):
    assert world.finished.notice.manifest == "a/sea-manifest.json"
    assert world.finished.notice.dominant_colour == "#1e90ff"
    assert "a/sea-manifest.json" not in world.finished.outputs


def test_there_is_none_by_default():
    world = World(Output())
    assert world.store().notice.manifest is None
    assert "a/sea-manifest.json" not in world.there()


def test_a_redelivery_keeps_it(world):
    before = world.objects.objects["out", "a/sea-manifest.json"]
    assert world.store().outcome == "stored"
    assert world.objects.objects["out", "a/sea-manifest.json"] == before


def test_a_new_version_replaces_it(world):
    world.store(sequencer="02", renditions=RENDITIONS[:1])
    assert world.there() == ["a/sea-manifest.json", "a/sea-thumb.jpg"]
    assert [each["rendition"] for each in world.manifest()["outputs"]] == ["thumb"]


def test_it_goes_with_the_outputs():
    world = World(replace(OUTPUT, follow_deletes=True))
    world.store()
    source = Source(bucket="in", key="a/sea.jpg", sequencer="02", size_bytes=0, uploaded_at="2026-01-02T00:00:00.000Z")
    assert world.run(SourceRemoved(source=source)).outcome == "removed"
    assert world.there() == []


def test_it_is_removed_once_it_is_switched_off(world):
    world.settings = replace(world.settings, output=Output())
    world.store(sequencer="02")
    assert "a/sea-manifest.json" not in world.there()


def test_another_source_s_manifest_is_not_replaced(world):
    with pytest.raises(OutputKeyTaken, match=r"a/sea-manifest\.json belongs to a/sea\.jpg"):
        world.store(key="a/sea.png", renditions=(rendition("other", "webp", 9),))


def test_it_cannot_have_the_key_of_an_output():
    world = World(Output(key="{dir}{stem}-{rendition}", manifest="{dir}{stem}-thumb"))
    with pytest.raises(OutputKeyInvalid, match=r"change output\.manifest"):
        world.store(renditions=RENDITIONS[:1])
    assert world.there() == []


def test_its_key_has_a_limit_too():
    world = World(Output(manifest="{dir}{name}-" + "x" * 400 + ".json"))
    with pytest.raises(OutputKeyInvalid, match=r"the manifest would have 1,0\d\d bytes.*or output\.manifest"):
        world.store(key="y" * 640 + ".jpg")


def test_pages_have_sets_of_their_own():
    world = World(Output(key="{dir}{stem}-{page}-{rendition}{ext}", manifest=TEMPLATE))
    pages = [
        replace(each, page=page, member=f"{each.member}.{page}") for page in (1, 2) for each in RENDITIONS if each.set
    ]
    world.store(renditions=tuple(pages))
    assert [(each["page"], each["img"]["src"]) for each in world.manifest()["sets"]] == [
        (1, "sea-1-hero-640.jpg"),
        (2, "sea-2-hero-640.jpg"),
    ]


@pytest.mark.parametrize(
    ("key", "own_key", "expected"),
    [
        ("b.jpg", "m.json", "b.jpg"),
        ("a/b.jpg", "a/m.json", "b.jpg"),
        ("a/b.jpg", "m.json", "a/b.jpg"),
        ("b.jpg", "x/y/m.json", "../../b.jpg"),
        ("a/c/b.jpg", "a/d/m.json", "../c/b.jpg"),
        ("a/a/b.jpg", "a/m.json", "a/b.jpg"),
        ("a//b.jpg", "a//m.json", "b.jpg"),
        ("a/sea, 2x (ü)?#%.jpg", "a/m.json", "sea%2C%202x%20%28%C3%BC%29%3F%23%25.jpg"),
        ("a/c:d.jpg", "a/m.json", "c%3Ad.jpg"),
        ("/b.jpg", "m.json", ".//b.jpg"),
        ("//example.com/b.jpg", "m.json", ".///example.com/b.jpg"),
        ("m///example.com/b.jpg", "m/m.json", ".///example.com/b.jpg"),
        ("//b.jpg", "m/m.json", "..///b.jpg"),
    ],
)
def test_urls_are_relative_to_it(key, own_key, expected):
    assert url(key, own_key) == expected


def test_a_key_with_the_digest_of_the_bytes_never_changes_what_it_is():
    world = World(Output(key="{dir}{stem}-{width}-{rendition}-{digest}{ext}", manifest=TEMPLATE))
    first, again = world.store(renditions=RENDITIONS[:1]), world.store(sequencer="02", renditions=RENDITIONS[:1])
    digest = hashlib.sha256(b"thumbjpeg").hexdigest()[:16]
    assert first.outputs == again.outputs == (f"a/sea-64-thumb-{digest}.jpg",)
    changed = world.store(sequencer="03", renditions=RENDITIONS[:1], text="other")
    assert changed.outputs != first.outputs
    assert world.there() == [*changed.outputs, "a/sea-manifest.json"]
