"""Readings that are cached between runs."""

from kit.pictures import gradient

from bench.compare.pictures import apart, picture
from bench.compare.readings import Reading, Readings

DIGEST = "ab" * 32


def test_a_reading_is_decoded_as_it_was(tmp_path):
    made = picture(
        [gradient((300, 200), "RGBA"), gradient((300, 200))],
        size=(600, 400),
        durations_ms=[10, 20],
        counts_frames=False,
    )
    kept = Readings(tmp_path)
    kept.put(Reading(reader="Viewer", picture=made), "1.0", DIGEST)
    read = kept.get("Viewer", "1.0", DIGEST)
    assert read.picture == made
    assert apart(read.picture.view, made.view) == 0


def test_the_reason_of_an_unread_file_is_decoded_too(tmp_path):
    reading = Reading(reader="Viewer", error="unread", reason="no such codec")
    Readings(tmp_path).put(reading, "1.0", DIGEST)
    assert Readings(tmp_path).get("Viewer", "1.0", DIGEST) == reading


def test_another_version_or_another_file_is_read_again(tmp_path):
    kept = Readings(tmp_path)
    kept.put(Reading(reader="Viewer", error="unread"), "1.0", DIGEST)
    assert kept.get("Viewer", "1.1", DIGEST) is None
    assert kept.get("Viewer", "1.0", "cd" * 32) is None


def test_a_version_with_slashes_stays_within_the_folder(tmp_path):
    kept = Readings(tmp_path / "cache")
    kept.put(Reading(reader="Viewer", error="unread"), "../../1.0, libvips 8", DIGEST)
    assert kept.get("Viewer", "../../1.0, libvips 8", DIGEST) is not None
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
