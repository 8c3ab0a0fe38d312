"""Work in a forked process: its answer, and what becomes of one that crashes or takes too long."""

import faulthandler
import os
import resource
import signal

import pytest

from ops.preview.isolation import DecoderCrashed, in_child
from shared.errors import ImageTooSlow


def test_the_answer_comes_back():
    assert in_child(lambda: {"pid": os.getpid()}, 5)["pid"] != os.getpid()


def test_the_work_changes_nothing_of_the_caller(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "mine")
    before = resource.getrlimit(resource.RLIMIT_CPU)
    assert in_child(lambda: {"profile": os.environ.get("AWS_PROFILE")}, 5) == {"profile": None}
    assert os.environ["AWS_PROFILE"] == "mine"
    assert resource.getrlimit(resource.RLIMIT_CPU) == before


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_crash_is_named(number):
    def work():
        faulthandler.disable()
        os.kill(os.getpid(), number)

    with pytest.raises(DecoderCrashed, match=f"the decoder crashed \\({number.name}\\)"):
        in_child(work, 5)


def test_an_error_in_the_work_is_said_and_ends_the_process(capfd):
    def work():
        raise ValueError("of the work")

    with pytest.raises(DecoderCrashed, match="exit code 1"):
        in_child(work, 5)
    assert "ValueError: of the work" in capfd.readouterr().err


def test_work_without_end_is_ended_by_the_kernel():
    def work():
        while True:
            pass

    with pytest.raises(ImageTooSlow, match="SIGXCPU"):
        in_child(work, 0)
