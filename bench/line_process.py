"""A program that announces itself with one line of JSON, and answers each line of JSON with another."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class LineProcess:
    """A running program that answers requests.

    Args:
        process: process with pipes of text for input and output.
        name: name for errors.

    Raises:
        RuntimeError: the program ended before it announced itself.
    """

    def __init__(self, process: "subprocess.Popen[str]", name: str) -> None:
        self._process, self._name = process, name
        self.version: str = self._answer()["version"]

    def ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        """Send one request; returns the answer.

        Args:
            request: request in JSON types.

        Raises:
            RuntimeError: the program ended.
        """
        if self._process.stdin is None:
            raise RuntimeError(f"{self._name} needs an input")
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"{self._name} ended with {self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def line_process(
    command: Sequence[str], name: str, *, environment: Mapping[str, str] | None = None, folder: Path | None = None
) -> Iterator[LineProcess]:
    """Start a program; at the end of the context its input is closed and its end awaited.

    Args:
        command: program and arguments.
        name: name for errors.
        environment: all its environment variables; None for those of this process.
        folder: working directory; None for that of this process.

    Raises:
        RuntimeError: the program ended before it announced itself.
    """
    with subprocess.Popen(
        list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment
    ) as process:
        try:
            yield LineProcess(process, name)
        finally:
            if process.stdin is not None:
                process.stdin.close()
