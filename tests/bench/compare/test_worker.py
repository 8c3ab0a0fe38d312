"""A process that reads files, and its keeper."""

import os
from contextlib import ExitStack

import pytest
from kit.pictures import gradient, saved
from PIL import Image

from bench.compare import ours
from bench.compare.judge import AGREED, UNREAD
from bench.compare.pictures import picture
from bench.compare.readings import Reading, Readings
from bench.compare.references import NotRead
from bench.compare.worker import READY, Comparison, Job, Keeper, digest_of

VERSIONS = {"sharp": "1", ours.NAME: "2"}


class Viewer:
    """A reference that reads with Pillow, and counts what it is asked."""

    def __init__(self):
        self.asked = 0

    def read(self, path, form):
        self.asked += 1
        if path.stat().st_size < 100:
            raise NotRead("too short")
        with Image.open(path) as image:
            return picture([image])


class Product:
    def read(self, path):
        with Image.open(path) as image:
            return Reading(reader=ours.NAME, picture=picture([image]))


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(saved(gradient(), "PNG"))
    return path


@pytest.fixture
def job(tmp_path):
    return Job(cache=tmp_path / "cache", versions=VERSIONS)


def comparison(job, viewer, begun=None):
    return Comparison(
        job,
        ExitStack(),
        (begun if begun is not None else []).append,
        {"sharp": lambda _: viewer, ours.NAME: lambda _: Product()},
    )


def test_a_file_is_read_by_us_and_by_the_references_of_its_format(job, photo):
    begun = []
    verdict = comparison(job, Viewer(), begun).of(photo)
    assert verdict.outcome == AGREED
    assert begun == [ours.NAME, "sharp"]


def test_a_cached_reading_is_not_made_again(job, photo):
    viewer = Viewer()
    comparison(job, viewer).of(photo)
    begun = []
    assert comparison(job, viewer, begun).of(photo).outcome == AGREED
    assert (viewer.asked, begun) == (1, [])


def test_new_code_reads_again_and_the_references_do_not(job, photo):
    comparison(job, Viewer()).of(photo)
    begun = []
    newer = Job(cache=job.cache, versions={**VERSIONS, ours.NAME: "3"})
    comparison(newer, Viewer(), begun).of(photo)
    assert begun == [ours.NAME]


def test_a_reference_that_fails_in_any_way_has_not_read_the_file(job, photo):
    class Broken:
        def read(self, path, form):
            raise OSError("no")

    verdict = comparison(job, Broken()).of(photo)
    assert verdict.outcome == UNREAD
    assert verdict.references[0].reason == "OSError: no"


def test_a_reference_that_failed_is_started_again_for_the_next_file(job, photo, tmp_path):
    other = tmp_path / "other.png"
    other.write_bytes(saved(gradient((50, 50)), "PNG"))
    started = []

    class Once:
        def read(self, path, form):
            raise BrokenPipeError

    def start(_):
        started.append(Viewer() if started else Once())
        return started[-1]

    readers = {"sharp": start, ours.NAME: lambda _: Product()}
    comparing = Comparison(job, ExitStack(), [].append, readers)
    assert [comparing.of(path).outcome for path in (photo, other, photo)] == [UNREAD, AGREED, UNREAD]
    assert len(started) == 2


def hang(job, pipe):
    """A process whose reader hangs on its first file and crashes on its second."""
    pipe.send(READY)
    pipe.recv()
    pipe.send("sharp")
    if not any(job.cache.glob("*/*.json")):
        pipe.recv()
    os._exit(3)


def crash_at_start(job, pipe):
    pipe.send("something else")


def test_a_reader_that_takes_too_long_is_ended_with_its_process(job, photo):
    with Keeper(job, seconds=4, target=hang) as keeper:
        keeper._begin()
        pid = keeper._process.pid
        failed = keeper._ask(photo)
        assert (failed.reader, failed.error, failed.reason) == ("sharp", "slow", "takes longer than 4 s")
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_reader_that_ends_the_process_is_noted_and_the_file_is_tried_again(job, photo):
    with Keeper(job, seconds=10, target=hang) as keeper:
        Readings(job.cache).put(Reading(reader="sharp", error="unread"), "0", "ab" * 32)
        with pytest.raises(RuntimeError, match="every attempt ended the process"):
            keeper.of(photo)
    noted = Readings(job.cache).get("sharp", "1", digest_of(photo))
    assert (noted.error, noted.reason) == ("crashed", "the process ended with 3")


def test_a_process_that_does_not_come_up_is_an_error(job, photo):
    with Keeper(job, target=crash_at_start) as keeper, pytest.raises(RuntimeError, match="does not start"):
        keeper.of(photo)
