"""The exit codes of every command, and the error that is reported in one line and ends with one of them."""

from enum import IntEnum
from typing import Self


class Exit(IntEnum):
    """An exit code: it says to a script what happened; its `meaning` is a sentence for the reference."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        """A member with its code, and its meaning as its docstring."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = member.__doc__ = meaning
        return member

    DONE = 0, "Everything that was asked for is done."
    FAILURE = 1, "The command failed, or a check found a problem."
    USAGE = 2, "The command line or a setting is wrong; nothing was done."
    PARTIAL = 3, "The command ended, but not every image, message or change is as it should be."
    NOT_FOUND = 4, "The image, message, queue or file that was named does not exist."
    TIMED_OUT = 5, "The time ran out before there was an outcome; the work goes on without this command."
    AWS = 6, "AWS refused the request, failed, or could not be reached."
    INTERRUPTED = 130, "Interrupted with Ctrl-C; what was done until then stays done."


class CommandError(Exception):
    """A mistake that is reported in one line, without a traceback.

    Args:
        message: what happened, then what to do.
        code: the exit code.
    """

    def __init__(self, message: str, code: Exit) -> None:
        super().__init__(message)
        self.code = code
