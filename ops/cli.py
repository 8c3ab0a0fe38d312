"""The `pipeline` command: one file a command beside this one."""

import argparse
import os
import sys
from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from ops import completion, logs, mailbox, pause, preview, status, subscribe, upload
from ops.backfill import command as backfill
from ops.console import command as console
from ops.dlq import command as dlq
from ops.doctor import command as doctor
from ops.errors import CommandError, Exit
from ops.load import command as load
from ops.show import note
from shared.errors import PipelineError

_COMMANDS = (
    upload,
    status,
    dlq,
    subscribe,
    mailbox,
    preview,
    console,
    load,
    logs,
    backfill,
    doctor,
    pause,
    completion,
)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="pipeline",
        description="Upload images, follow them, be reported them, and see what the pipeline makes of them.",
        epilog="exit codes: 0 done, 1 partial, 2 usage, 3 not found, 4 timed out",
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.register(commands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; a mistake is reported in one line."""
    args = parser().parse_args(argv)
    try:
        code: Exit = args.run(args)
    except CommandError as error:
        note(f"pipeline: {error}")
        return error.code
    except UnicodeEncodeError as error:
        note(f"pipeline: {error.object[:200]} is not UTF-8, and keys of S3 are")
        return Exit.USAGE
    except (PipelineError, BotoCoreError, ClientError, OSError) as error:
        if isinstance(error, BrokenPipeError):  # the reader of a pipe has gone: nothing to report anybody
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - kept until the process ends
            return Exit.PARTIAL
        note(f"pipeline: {error}")
        return Exit.USAGE
    except KeyboardInterrupt:
        note("interrupted")
        return Exit.INTERRUPTED
    return code
