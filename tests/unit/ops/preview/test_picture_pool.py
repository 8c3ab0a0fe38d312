"""Small pictures are made in child processes, which may crash and may do nothing else."""

import io
import sys

import pytest
from kit.pictures import gradient, saved
from PIL import Image

from ops.preview.isolation import DecoderCrashed
from ops.preview.picture_pool import PicturePool
from services.resize.settings import Limits
from shared.errors import ImageTooLarge, ImageTooSlow, UnreadableImage, UnsupportedImage

BOX = (96, 96)


def python(code):
    """A decoder that is not a decoder: it never dumps its memory when it ends itself."""
    quiet = "import os, resource, signal, sys, time; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
    return (sys.executable, "-c", quiet + code)


def child(small):
    """The real child with another decoder: `small` is the body of a function that is given the bytes."""
    body = "\n".join(f"    {line}" for line in small.splitlines())
    return python(
        "import socket\n"
        "from ops.preview import picture_child, pictures\n"
        "from shared.errors import UnreadableImage\n"
        f"def small(data, *_):\n{body}\n"
        "pictures.small = small\n"
        "picture_child.main()\n"
    )


@pytest.fixture
def pool():
    pools = []

    def make(**more):
        pools.append(PicturePool(**more))
        return pools[-1]

    yield make
    for each in pools:
        each.close()


def reason_of(pool, data=b"x", limits=None):
    with pytest.raises(UnreadableImage) as failed:
        pool.small(data, BOX, limits or Limits())
    return str(failed.value)


@pytest.fixture(scope="module")
def real():
    """A pool that is kept: a child takes half a second to start."""
    kept = PicturePool(children=1)
    yield kept
    kept.close()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "AVIF"])
def test_a_small_picture_is_a_webp_within_the_box(real, form):
    with Image.open(io.BytesIO(real.small(saved(gradient(), form), (32, 32), Limits()))) as image:
        assert (image.format, image.size) == ("WEBP", (32, 21))


def test_a_child_makes_many_pictures_and_is_replaced_then(pool):
    few = pool(pictures_a_child=2, children=1)
    data = saved(gradient(), "PNG")
    seen = []
    for _ in range(3):
        few.small(data, BOX, Limits())
        seen.append([each.pictures for each in few._idle])
    assert seen == [[1], [], [1]]


def test_errors_of_an_image_keep_their_names_and_the_child(real):
    real.small(saved(gradient(), "PNG"), BOX, Limits())
    (before,) = real._idle
    with pytest.raises(ImageTooLarge, match=r"limits\.pixels"):
        real.small(saved(gradient(), "PNG"), BOX, Limits(pixels=10))
    with pytest.raises(UnsupportedImage, match="PNG is switched off"):
        real.small(saved(gradient(), "PNG"), BOX, Limits(), ("jpeg",))
    assert real._idle == [before]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param('{"a": "b"}'.encode("utf-16"), id="text in UTF-16"),
        pytest.param(b"\0\0\0{\0\0\0}", id="text in UTF-32"),
        pytest.param(b"\xff\xd8\xff" + bytes(99), id="half a JPEG"),
        pytest.param(b"II*\0\x08\0\0\0\0\0\0\0", id="an empty TIFF"),
        pytest.param(bytes(range(256)), id="bytes"),
    ],
)
def test_nothing_that_is_imported_late_is_missing_in_a_child(real, data):
    with pytest.raises((UnsupportedImage, UnreadableImage)) as failed:
        real.small(data, BOX, Limits())
    assert "preview failed" not in str(failed.value)
    assert "crashed" not in str(failed.value)


def test_an_error_that_is_not_ours_is_said_and_costs_no_child(pool):
    one = pool(children=1, command=child('raise RuntimeError("it is late")'))
    assert reason_of(one) == "the preview failed: RuntimeError: it is late"
    assert [each.pictures for each in one._idle] == [1]


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGKILL"])
def test_a_decoder_that_crashes_is_an_error_by_name(pool, name):
    crashing = pool(command=python(f"sys.stdin.buffer.readline(); os.kill(os.getpid(), signal.{name})"))
    assert reason_of(crashing) == f"the decoder crashed ({name})"
    assert crashing._idle == []


def test_a_child_that_ends_in_the_middle_of_a_picture_has_crashed(pool):
    header = '{"bytes": 9}'
    half = python(f"""sys.stdin.buffer.readline(); print('{header}'); print('half', end=''); sys.exit(3)""")
    assert reason_of(pool(command=half)) == "the decoder crashed (exit code 3)"


def test_a_crash_costs_the_next_picture_nothing(pool):
    real = PicturePool.__dataclass_fields__["command"].default
    one = pool(children=1, command=python("sys.stdin.buffer.readline(); os.kill(os.getpid(), signal.SIGSEGV)"))
    assert "SIGSEGV" in reason_of(one)
    one.command = real
    assert one.small(saved(gradient(), "PNG"), BOX, Limits())


def test_a_child_that_died_while_it_waited_is_replaced_without_a_word(pool):
    one = pool(children=1)
    data = saved(gradient(), "PNG")
    one.small(data, BOX, Limits())
    one._idle[0]._process.kill()
    one._idle[0]._process.wait()
    assert one.small(data, BOX, Limits())


def test_a_decoder_that_ends_by_itself_is_an_error_with_its_code(pool):
    assert reason_of(pool(command=python("sys.exit(3)"))) == "the decoder crashed (exit code 3)"


@pytest.mark.parametrize("answer", ["x", "[]", '{"bytes": -1}', '{"bytes": 99999999999}', '{"bytes": "1"}'])
def test_an_answer_that_is_none_is_a_crash(pool, answer):
    said = pool(command=python(f"sys.stdin.buffer.readline(); print({answer!r}, flush=True); time.sleep(60)"))
    assert reason_of(said) == "the decoder crashed (its answer cannot be read)"


def test_a_decoder_that_hangs_is_stopped(pool):
    hanging = pool(command=python("time.sleep(60)"), patience_seconds=-0.5)
    with pytest.raises(ImageTooSlow, match="stopped after"):
        hanging.small(b"x", BOX, Limits(seconds=1))


def test_a_child_has_no_environment_and_opens_nothing(pool, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    attempts = """
found = sorted(name for name in os.environ if name.startswith("AWS") or name == "HOME")
for attempt in (lambda: open(picture_child.__file__), lambda: open("/tmp/x", "w"), socket.socket, os.pipe):
    try:
        attempt()
        found.append("opened")
    except OSError as error:
        found.append(error.strerror)
raise UnreadableImage(repr(found))
"""
    assert reason_of(pool(command=child(attempts))) == repr(["Too many open files"] * 4)


def test_memory_is_bounded(pool):
    with pytest.raises(ImageTooLarge, match="more memory than a preview may take"):
        pool(command=child("bytearray(8 << 30)")).small(b"x", BOX, Limits())


def test_cpu_is_bounded(pool):
    code = "from ops.preview import picture_child\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass"
    with pytest.raises((ImageTooSlow, DecoderCrashed), match=r"SIGXCPU|SIGKILL"):
        pool(command=python(code)).small(b"x", BOX, Limits())


def test_what_a_library_prints_is_no_answer(pool):
    printing = child('os.write(1, b"{}\\n")\nprint("hello", flush=True)\nraise UnreadableImage("as expected")')
    assert reason_of(pool(command=printing)) == "as expected"
