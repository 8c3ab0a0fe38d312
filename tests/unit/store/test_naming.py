"""The keys and the owners of outputs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.encoded_renditions import encoded

from services.store import naming
from services.store.naming import MAX_KEY_BYTES, decide, from_metadata, output_key, owner, to_metadata
from services.store.settings import DEFAULT_KEY
from shared.buckets import Buckets, Place
from shared.errors import OutputKeyInvalid, OutputKeyTaken
from shared.messages import Source
from shared.overrides import is_output

DIGEST = "0123456789abcdef" * 4


def source(key="a/test.jpg", sequencer="0A", uploaded_at="2026-01-01T00:00:00Z"):
    return Source(bucket="in", key=key, version_id="v", sequencer=sequencer, size_bytes=1, uploaded_at=uploaded_at)


def named(key, form="jpeg", template=DEFAULT_KEY, rendition="resized"):
    return output_key(template, source(key), encoded(rendition, form), DIGEST)


@pytest.mark.parametrize(
    ("key", "form", "output"),
    [
        ("test.jpg", "jpeg", "test-resized.jpg"),
        ("a/b/test.jpeg", "jpeg", "a/b/test-resized.jpeg"),
        ("TEST.JPG", "jpeg", "TEST-resized.JPG"),
        ("photo.heic", "jpeg", "photo-resized.jpg"),
        ("scan.tif", "png", "scan-resized.png"),
        ("map.jp2", "jpeg", "map-resized.jpg"),
        ("DSC_0001.NEF", "jpeg", "DSC_0001-resized.jpg"),
        ("liar.png", "jpeg", "liar-resized.jpg"),
        ("no extension", "webp", "no extension-resized.webp"),
        ("sea.jpg", "jxl", "sea-resized.jxl"),
        ("SEA.JXL", "jxl", "SEA-resized.JXL"),
        ("v1.2", "jpeg", "v1.2-resized.jpg"),
        ("archive.tar.gif", "gif", "archive.tar-resized.gif"),
        (".jpg", "jpeg", ".jpg-resized.jpg"),
        ("a b+c (1).jpg", "jpeg", "a b+c (1)-resized.jpg"),
        ("../up/日本 🌄.jpg", "jpeg", "../up/日本 🌄-resized.jpg"),
        ("{stem}{0}.jpg", "jpeg", "{stem}{0}-resized.jpg"),
        ("/leading.jpg", "jpeg", "/leading-resized.jpg"),
        ("dir/", "jpeg", "dir/-resized.jpg"),
    ],
)
def test_an_output_is_called_after_its_source(key, form, output):
    assert named(key, form) == output


def test_a_template_says_where_outputs_go():
    assert named("a/b.jpg", template="{rendition}/{dir}{stem}{ext}") == "resized/a/b.jpg"
    assert named("a/b.jpg", template="{image_id}-{rendition}{ext}") == f"{source('a/b.jpg').image_id}-resized.jpg"


def test_versions_of_a_name_do_not_meet():
    assert len({named(key) for key in ("x.jpg", "x.JPG", "x.jpeg", "x.v1", "x.v2")}) == 5


def test_a_key_that_s3_would_refuse_is_refused_with_its_length():
    fits = "é" * ((MAX_KEY_BYTES - len("-resized.jpg")) // 2) + ".jpg"
    assert len(named(fits).encode()) == MAX_KEY_BYTES
    with pytest.raises(OutputKeyInvalid, match=r"1,026 bytes;.* S3 allows 1,024"):
        named("é" + fits)


@given(
    key=st.text(min_size=1, max_size=300),
    passthrough=st.dictionaries(st.text("abc-", min_size=1), st.text(), max_size=20),
)
def test_metadata_fits_and_reports_the_owner(key, passthrough):
    owned = owner(source(key), "made-of")
    metadata = to_metadata(owned, passthrough)
    assert sum(len(name.encode()) + len(value.encode()) for name, value in metadata.items()) <= 2048
    assert all(value.isascii() for name, value in metadata.items() if name.startswith("pipeline-"))
    reported = from_metadata(metadata)
    assert (reported.source_hash, reported.sequence, reported.made_of) == (owned.source_hash, "0A", "made-of")
    if len(key) < 50:
        assert reported.source_key == key


def test_a_new_version_of_the_pipeline_keeps_what_an_older_one_wrote(monkeypatch):
    ours = owner(source(), "m")
    monkeypatch.setattr(naming, "VERSION", "0.9.0")
    before = to_metadata(ours, {})
    assert before["pipeline-version"] == "0.9.0"
    monkeypatch.setattr(naming, "VERSION", "1.0.0")
    assert decide(ours, from_metadata(before), "k") == "keep"


def test_overrides_for_the_pipeline_are_not_passed_through():
    metadata = to_metadata(owner(source(), "m"), {"artist": "Ada", "Pipeline-Quality": "3", "pipeline-source": "x"})
    assert metadata["artist"] == "Ada"
    assert "Pipeline-Quality" not in metadata
    assert metadata["pipeline-source"] != "x"


@pytest.mark.parametrize(
    ("mine", "theirs", "verdict"),
    [
        ("0055AED6DCD90281E6", "0055AED6DCD90281E5", "write"),
        ("0055AED6DCD90281E5", "0055AED6DCD90281E6", "superseded"),
        ("AB", "AB00", "keep"),
        ("AB", "AB01", "superseded"),
        ("AB1", "AB01", "write"),
    ],
)
def test_sequencers_are_padded_on_the_right(mine, theirs, verdict):
    ours, other = owner(source(sequencer=mine), "m"), owner(source(sequencer=theirs), "m")
    assert decide(ours, other, "k") == verdict


def test_without_sequencers_the_time_decides():
    older = owner(source(sequencer=None, uploaded_at="2026-01-01T00:00:00.000Z"), "m")
    newer = owner(source(sequencer=None, uploaded_at="2026-01-02T00:00:00.000Z"), "m")
    assert decide(older, newer, "k") == "superseded"
    assert decide(newer, older, "k") == "write"


def test_the_same_version_made_otherwise_is_written():
    assert decide(owner(source(), "new settings"), owner(source(), "old settings"), "k") == "write"


def test_an_output_of_another_source_stays_and_is_named():
    with pytest.raises(OutputKeyTaken, match=r"k belongs to b/other.jpg"):
        decide(owner(source(), "m"), owner(source("b/other.jpg"), "m"), "k")


def test_an_object_that_is_not_ours_stays():
    with pytest.raises(OutputKeyTaken, match="did not write"):
        decide(owner(source(), "m"), from_metadata({"artist": "Ada"}), "k")


def test_whatever_is_passed_through_an_output_is_known_as_one_and_its_source_is_not():
    passthrough = {"artist": "Ada", "pipeline-quality": "3"}
    assert is_output(to_metadata(owner(source(), "m"), passthrough))
    assert is_output(to_metadata(owner(source(), "m"), {"long": "x" * 2000}))
    assert not is_output(passthrough)


@pytest.mark.parametrize(
    ("key", "template", "output"),
    [
        ("up/a/b.jpg", DEFAULT_KEY, "made/a/b-resized.jpg"),
        ("up/b.jpg", DEFAULT_KEY, "made/b-resized.jpg"),
        ("up/up/b.jpg", DEFAULT_KEY, "made/up/b-resized.jpg"),
        ("up/b.jpg", "x/{image_id}-{rendition}", f"made/x/{source('up/b.jpg').image_id}-resized"),
    ],
)
def test_an_output_is_under_its_prefix_in_the_folder_that_the_source_has_under_its_own(key, template, output):
    buckets = Buckets(input=Place(prefix="up/"), output=Place(prefix="made/"))
    assert output_key(template, source(key), encoded("resized", "jpeg"), DIGEST, buckets) == output
    manifest = naming.manifest_key("{dir}{stem}.json", source(key), buckets)
    assert manifest == f"made/{key.removeprefix('up/').removesuffix('.jpg')}.json"


def test_the_prefix_counts_for_the_length_of_a_key():
    buckets = Buckets(output=Place(prefix="m/" * 20))
    with pytest.raises(OutputKeyInvalid, match="1,025 bytes"):
        output_key("{stem}{rendition}", source("x" * 978), encoded("resized", "jpeg"), DIGEST, buckets)
