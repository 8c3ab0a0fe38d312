"""What a person may do wrong at the command line, with the exit code that reports a script so."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    PARTIAL = 1
    USAGE = 2
    NOT_FOUND = 3
    TIMED_OUT = 4
    INTERRUPTED = 130


class CommandError(Exception):
    """A mistake that is reported in one line, without a traceback.

    Args:
        message: what is wrong, and what to do.
        code: the exit code.
    """

    def __init__(self, message: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.code = code
