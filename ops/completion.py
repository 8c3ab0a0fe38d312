"""`pipeline completion`: a script that completes commands, options and their values in a shell."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import shtab

from ops.errors import Exit

_SHELLS = ("bash", "zsh", "fish")


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "completion",
        help="print a script that completes commands in a shell",
        description="Print a script that completes commands, options and their values in a shell.",
        epilog='examples: eval "$(pipeline completion bash)";'
        " pipeline completion zsh > ~/.zfunc/_pipeline; pipeline completion fish | source",
    )
    parser.add_argument("shell", choices=_SHELLS, help="which one")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Exit:
    """Print the script."""
    print(script(args.shell))
    return Exit.DONE


def script(shell: str) -> str:
    """The script for a shell: bash, zsh or fish."""
    from ops import cli  # noqa: PLC0415 - the command line imports its commands, and this one is about all of them

    top = cli.parser()
    for parser in _parsers(top):
        for action in parser._actions:  # noqa: SLF001 - argparse shows its options no other way
            if action.type is Path:
                action.complete = shtab.FILE  # type: ignore[attr-defined]  # where shtab looks for it
    return shtab.complete(top, shell=shell)


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser, and those of its commands and sub-commands."""
    yield parser
    for action in parser._actions:  # noqa: SLF001 - as above
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            for each in action.choices.values():
                yield from _parsers(each)
