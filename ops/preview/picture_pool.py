"""Small pictures of untrusted files, made in child processes: a decoder that crashes ends none of ours."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import IO, Any, Final

from ops.preview.isolation import DecoderCrashed, crash
from ops.settings import ROOT
from services.resize.settings import INPUT_FORMATS, Limits
from shared import errors
from shared.errors import ImageTooSlow, PermanentError, PipelineError, UnreadableImage

# A 50 megapixel image takes 200 MB while it is decoded.
CHILDREN: Final = 2
# What a decoder leaks, and what an image may have left behind in it, does not stay for ever.
PICTURES_A_CHILD: Final = 100
# The child's own clock and the kernel's are to end it first: those errors are by name.
PATIENCE_SECONDS: Final = 30

_COMMAND: Final = (sys.executable, "-s", "-B", "-m", "ops.preview.picture_child")
# A WebP of 1600 x 1600 px without loss has 10 MB; a child that promises more is no longer ours.
_MAX_ANSWER_BYTES: Final = 32 * 1024**2
_MAX_LINE_BYTES: Final = 64 * 1024


@dataclass(kw_only=True)
class PicturePool:
    """Child processes that make small pictures: each is kept until it has made many, or dies.

    Args:
        command: that starts a child; it speaks as ops/preview/picture_child.py does.
        children: at once.
        pictures_a_child: after which it is replaced.
        patience_seconds: that a child may take beyond limits.seconds before it is killed.
    """

    command: Sequence[str] = _COMMAND
    children: int = CHILDREN
    pictures_a_child: int = PICTURES_A_CHILD
    patience_seconds: float = PATIENCE_SECONDS
    _free: threading.Semaphore = field(init=False)
    _idle: "list[_Child]" = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._free = threading.Semaphore(self.children)

    def small(
        self, data: bytes, box: tuple[int, int], limits: Limits, formats: Collection[str] = INPUT_FORMATS
    ) -> bytes:
        """A small picture, as pictures.small has it, encoded as WebP.

        Raises:
            PipelineError: it does not decode, a limit is exceeded, or the decoder crashed.
        """
        question = {"box": box, "limits": asdict(limits), "formats": list(formats), "bytes": len(data)}
        with self._child() as child:
            return child.ask(question, data, limits.seconds + self.patience_seconds)

    def close(self) -> None:
        """End the children that wait."""
        while self._idle:
            self._idle.pop().end()

    @contextmanager
    def _child(self) -> "Iterator[_Child]":
        with self._free:
            child = self._waiting() or _Child(self.command)
            try:
                yield child
            except PipelineError:
                self._keep(child)
                raise
            except BaseException:
                child.end()
                raise
            self._keep(child)

    def _waiting(self) -> "_Child | None":
        """A child that is still there: one that died while it waited says nothing of the next image."""
        with contextlib.suppress(IndexError):
            while True:
                child = self._idle.pop()
                if child.alive:
                    return child
                child.end()
        return None

    def _keep(self, child: "_Child") -> None:
        if child.pictures < self.pictures_a_child and child.alive:
            self._idle.append(child)
        else:
            child.end()


class _Child:
    def __init__(self, command: Sequence[str]) -> None:
        self.pictures = 0
        # No credentials, no proxies, no HOME; one heap, so that the address space is not spent on empty ones.
        environment = {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.path.sep,
            env=environment,
            start_new_session=True,  # Ctrl-C at the console is not for it
        )

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def ask(self, question: dict[str, Any], data: bytes, seconds: float) -> bytes:
        """The picture.

        Raises:
            PipelineError: there is none, with the child's reason, or that it crashed.
        """
        self.pictures += 1
        late = threading.Event()
        timer = threading.Timer(seconds, self._kill, (late,))
        timer.daemon = True
        timer.start()
        try:
            header, picture = self._exchange(question, data)
        except (OSError, EOFError, ValueError, TypeError, KeyError) as error:
            raise self._crash(seconds, late=late.is_set()) from error
        finally:
            timer.cancel()
        if "error" in header:
            raise _error(header)
        return picture

    def _exchange(self, question: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        stdin, stdout = _pipes(self._process)
        stdin.write(json.dumps(question).encode() + b"\n" + data)
        stdin.flush()
        line = stdout.readline(_MAX_LINE_BYTES)
        header = json.loads(line)
        size = header["bytes"]
        if not 0 <= size <= _MAX_ANSWER_BYTES:
            raise ValueError(size)
        picture = stdout.read(size)
        if len(picture) != size:
            raise EOFError
        return header, picture

    def _kill(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def _crash(self, seconds: float, *, late: bool) -> PermanentError:
        """What became of it: it ends by itself, or it no longer speaks as it should."""
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return DecoderCrashed("the decoder crashed (its answer cannot be read)")
        if late:
            return ImageTooSlow(f"the decoder was stopped after {seconds:g} s")
        return crash(code)

    def end(self) -> None:
        """Let it go: at the end of its input it ends by itself."""
        stdin, stdout = _pipes(self._process)
        with contextlib.suppress(OSError):
            stdin.close()
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        stdout.close()


def _pipes(process: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise ValueError("no pipes")
    return process.stdin, process.stdout


def _error(header: dict[str, Any]) -> PipelineError:
    """An error of the child, by its name; what else it may call it is an image that cannot be read."""
    kind = getattr(errors, str(header["error"]), None)
    if not (isinstance(kind, type) and issubclass(kind, PermanentError)):
        kind = UnreadableImage
    return kind(str(header.get("reason", ""))[:500])
