"""An error of a command that is reported in one line, with the exit code that it ends with."""

from ops.cli.exits import Exit

__all__ = ["CommandError", "Exit"]


class CommandError(Exception):
    """A mistake that is reported in one line, without a traceback.

    Args:
        message: what happened, then what to do.
        code: the exit code.
    """

    def __init__(self, message: str, code: Exit) -> None:
        super().__init__(message)
        self.code = code
