"""Work on an untrusted file in a forked process: without credentials, and with bounds of memory and time."""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from shared.errors import ImageTooSlow, PermanentError, PipelineError, UnreadableImage

# What one image may take within limits.memory_mb, several times over. macOS does not hold a process to it.
ADDRESS_BYTES: Final = 6 * 1024**3
_SECONDS_TO_END: Final = 5
# Of the environment, what names credentials or lets them be found.
_SECRET_PREFIXES: Final = ("AWS_", "BOTO_")


class DecoderCrashed(UnreadableImage):
    """The process that decoded the image ended."""


def in_child(work: Callable[[], Mapping[str, Any]], seconds: float) -> dict[str, Any]:
    """What some work returns, done in a forked process.

    The process has neither AWS credentials nor standard input, and the kernel ends it when it takes too much CPU time.
    Fork copies one thread alone: the caller must not have others that hold locks.

    Args:
        work: it returns what JSON can hold.
        seconds: of CPU time that it may take.

    Raises:
        DecoderCrashed: the process was ended by a signal, or ended without an answer.
        ImageTooSlow: it took more CPU time than it may.
    """
    reader, writer = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _answer(work, seconds, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code != 0:
        raise crash(code)
    answer: dict[str, Any] = json.loads(text)
    return answer


def crash(code: int) -> PermanentError:
    """The error of a process that ended with this exit code, negative for a signal's number."""
    if code == -signal.SIGXCPU:
        return ImageTooSlow("the decoder was stopped: it took too much CPU time (SIGXCPU)")
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"exit code {code}"
    return DecoderCrashed(f"the decoder crashed ({name})")


def limit(which: int, value: int) -> None:
    """Bound what this process may take; macOS refuses a bound of the address space, and goes without."""
    try:
        resource.setrlimit(which, (value, value))
    except (OSError, ValueError):
        if which != resource.RLIMIT_AS:
            raise


def _answer(work: Callable[[], Mapping[str, Any]], seconds: float, writer: int) -> NoReturn:
    """Do the work, write its answer, and end."""
    code = 1
    try:
        for name in [name for name in os.environ if name.startswith(_SECRET_PREFIXES)]:
            del os.environ[name]
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a descriptor is wanted
            os.dup2(nothing.fileno(), 0)
        limit(resource.RLIMIT_CORE, 0)
        limit(resource.RLIMIT_AS, ADDRESS_BYTES)
        allowed = int(time_used() + seconds) + 1
        # SIGXCPU comes at the first and ends the process by name; SIGKILL at the second.
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, allowed + _SECONDS_TO_END))
        text = json.dumps(work()).encode()
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(text)
        code = 0
    except PipelineError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    except BaseException:  # noqa: BLE001 - a forked process must not go on with the caller's work
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def time_used() -> float:
    """CPU seconds that this process has taken."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
