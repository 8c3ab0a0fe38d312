"""The one place where a command ends: what it returns or raises becomes an exit code, and an error a line on stderr."""

import io
import os
import sys
from collections.abc import Sequence

import click
from click.exceptions import NoArgsIsHelpError

from ops.errors import Exit


def run(command: click.Command, argv: Sequence[str] | None = None, *, program: str) -> int:
    """Run a command; an error is reported in one line.

    Args:
        command: Returns its exit code, or None for 0.
        argv: The words after the program; None for those of this process.
        program: As it is typed, such as "python -m ops.deploy".

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    _take_any_text()
    try:
        code: Exit | int | None = command.main(words, prog_name=program, standalone_mode=False)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the one place where errors end
        return _ended(error, name=program.rpartition(".")[2], debug=_is_debugging(words))
    return Exit.DONE if code is None else int(code)


def _take_any_text() -> None:
    """Escape what a stream's encoding lacks: a key must not end a command whose work is done."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _ended(error: BaseException, *, name: str, debug: bool) -> int:
    from ops.cli.failures import explained  # noqa: PLC0415 - only where something went wrong
    from ops.show import note  # noqa: PLC0415 - as above

    if isinstance(error, BrokenPipeError):
        # What is still in the buffer has nowhere to go; the interpreter must not try at its end.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - kept until the process ends
    if debug and not isinstance(error, click.ClickException):
        sys.excepthook(type(error), error, error.__traceback__)
    if isinstance(error, NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return Exit.USAGE
    code, text = explained(error)
    if text:
        note(f"{name}: {text}")
    return code


def _is_debugging(words: Sequence[str]) -> bool:
    """Whether the words before the command, or the environment, ask for tracebacks."""
    before = words[: next((index for index, each in enumerate(words) if not each.startswith("-")), len(words))]
    return "--debug" in before or os.environ.get("PIPELINE_DEBUG", "") not in {"", "0", "false"}
