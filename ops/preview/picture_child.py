"""Makes small pictures of untrusted files, one after the other, in a process that may do nothing else.

It is started by ops/preview/picture_pool.py, with an empty environment. It reads from standard input and writes to
standard output: a line of JSON, then as many bytes as that says.
"""

import contextlib
import encodings
import importlib
import json
import os
import pkgutil
import resource
import sys
from typing import Any, BinaryIO, Final

import PIL

import services.resize
from ops.preview import isolation, pictures
from services.resize import convolution
from services.resize.settings import Limits
from shared.errors import PipelineError

# What a picture of the largest that limits let in takes, several times over. macOS does not hold a process to it.
ADDRESS_BYTES: Final = 3 * 1024**3
# A picture may take limits.seconds; its preparation and its encoding come on top.
EXTRA_SECONDS: Final = 10
# Standard input, output and errors, and the place that output was moved to: no other file or connection can be opened.
OPEN_FILES: Final = 4

# What wires AWS, begins a program as it is imported, or asks for a screen.
_NOT_IMPORTED: Final = (".handler", ".__main__", ".ImageGrab", ".ImageQt", ".ImageShow", ".ImageTk", "._tkinter_finder")

_TOO_LARGE: Final = "the image needs more memory than a preview may take"


def main() -> None:
    """Answer until standard input ends."""
    questions = sys.stdin.buffer
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    prepare()
    confine()
    while (line := questions.readline()) != b"":
        question = json.loads(line)
        allow_seconds(question["limits"]["seconds"])
        answer(question, questions.read(question["bytes"]), answers)


def prepare() -> None:
    """Import all that a decoder may want: afterwards nothing can be opened, not even a module."""
    for package in (services.resize, encodings, PIL):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(_NOT_IMPORTED):
                # What of Python's and of Pillow's this system has not; of the services' own nothing may be missing.
                with contextlib.suppress(*(() if package is services.resize else (ImportError,))):
                    importlib.import_module(module.name)
    importlib.import_module("pi_heif")
    convolution.vector_library()


def confine() -> None:
    """Give up what a decoder does not need, for the rest of this process's life."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_AS, ADDRESS_BYTES),
    ):
        isolation.limit(limit, value)


def allow_seconds(seconds: int) -> None:
    """Let the kernel end this process when the next picture takes more CPU."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(isolation.time_used()) + seconds + EXTRA_SECONDS, hard))


def answer(question: dict[str, Any], data: bytes, answers: BinaryIO) -> None:
    """Write {"bytes": n} and a WebP, or {"error": name, "reason": text}."""
    header: dict[str, object] = {}
    picture = b""
    try:
        width, height = question["box"]
        image = pictures.small(data, (width, height), Limits(**question["limits"]), tuple(question["formats"]))
        picture = pictures.webp(image)
    except PipelineError as error:
        header = {"error": type(error).__name__, "reason": str(error)}
    except MemoryError:
        header = {"error": "ImageTooLarge", "reason": _TOO_LARGE}
    except Exception as error:  # noqa: BLE001 - a page says what failed, and is not ended by it
        header = {"error": "UnreadableImage", "reason": f"the preview failed: {type(error).__name__}: {error}"}
    answers.write(json.dumps({**header, "bytes": len(picture)}).encode() + b"\n" + picture)
    answers.flush()


if __name__ == "__main__":
    main()
