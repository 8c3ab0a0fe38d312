"""`pipeline mailbox`: the e-mails of the local AWS, which sends none: fetched into a folder, listed and shown."""

import argparse
import time
from pathlib import Path
from typing import Any, Final

from ops.errors import CommandError, Exit
from ops.mail import Mail, read, receive, write
from ops.options import add_stack_options, stack_of
from ops.settings import ROOT
from ops.show import note, print_json, print_table, visible
from ops.stack import Stack
from shared.dlq_messages import iso

FOLDER: Final = ROOT / ".local" / "mailbox"

_POLL_SECONDS: Final = 0.5


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "mailbox",
        help="show the e-mails of the local AWS",
        description="Fetch the e-mails that the local AWS has for its mailbox into a folder, as .eml files, and list"
        " them. On AWS there is no mailbox: mails go to those who subscribed.",
        epilog="examples: pipeline mailbox; pipeline mailbox show 3; pipeline mailbox --follow",
    )
    parser.add_argument("--follow", action="store_true", help="show each mail as it comes, until interrupted")
    folder = f"of the .eml files (default {FOLDER.relative_to(ROOT)})"
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR", help=folder)
    add_stack_options(parser)
    parser.set_defaults(run=run)
    showing = parser.add_subparsers(metavar="show").add_parser(
        "show",
        help="show one whole",
        description="Show one of the mails that were fetched.",
        epilog="example: pipeline mailbox show 3",
    )
    showing.add_argument("number", type=int, metavar="N", help="as pipeline mailbox lists it")
    # Without a default of their own, or that would hide what stands before "show".
    showing.add_argument("--out", type=Path, default=argparse.SUPPRESS, metavar="DIR", help=folder)
    showing.add_argument("--output", choices=("table", "json"), default=argparse.SUPPRESS, help="json: one object")
    showing.set_defaults(run=show)


def run(args: argparse.Namespace) -> Exit:
    """Fetch and list, or show as they come."""
    stack = stack_of(args)
    if args.follow:
        return _follow(stack, args.out, args.output)
    new = collect(stack, args.out)
    every = mails(args.out)
    if args.output == "json":
        print_json(_as_json(number, mail) for number, mail in enumerate(every, 1))
    elif every:
        rows = [(str(number), f"{mail.date:%Y-%m-%d %H:%M:%S}", mail.subject) for number, mail in enumerate(every, 1)]
        print_table(("N", "UTC", "SUBJECT"), rows)
    note(f"{len(new)} new of {len(every)} in {args.out}")
    return Exit.DONE


def show(args: argparse.Namespace) -> Exit:
    """Show one whole."""
    every = mails(args.out)
    if not 1 <= args.number <= len(every):
        raise CommandError(f"no mail {args.number}: there are {len(every)} in {args.out}", Exit.NOT_FOUND)
    _print(args.number, every[args.number - 1], args.output)
    return Exit.DONE


def collect(stack: Stack, folder: Path = FOLDER) -> list[Path]:
    """Fetch what is in the mailbox into a folder; the files that came, each written before its message is gone.

    Args:
        stack: a pipeline on the local AWS.
        folder: made where it is not there.

    Raises:
        CommandError: this pipeline has no mailbox.
    """
    try:
        url = stack.queue_url(stack.names.mailbox)
    except CommandError as error:
        raise CommandError(
            "there is no mailbox on AWS: mails go to those who subscribed, as with pipeline subscribe you@example.com",
            Exit.NOT_FOUND,
        ) from error
    folder.mkdir(parents=True, exist_ok=True)
    return list(dict.fromkeys(write(notice, folder) for notice in receive(stack.sqs, url, wait_seconds=0)))


def mails(folder: Path = FOLDER) -> list[Mail]:
    """The e-mails of a folder, the oldest first."""
    return [read(path) for path in sorted(folder.glob("*.eml"))]


def _follow(stack: Stack, folder: Path, output: str) -> Exit:
    while True:
        for path in collect(stack, folder):
            _print(None, read(path), output)
        time.sleep(_POLL_SECONDS)


def _print(number: int | None, mail: Mail, output: str) -> None:
    if output == "json":
        print_json([_as_json(number, mail)])
        return
    print(f"Subject: {visible(mail.subject)}")
    print(f"Date: {mail.date:%Y-%m-%d %H:%M:%S} UTC")
    print()
    for line in mail.text.splitlines():
        print(visible(line))
    if number is None:
        print("-" * 80, flush=True)


def _as_json(number: int | None, mail: Mail) -> dict[str, Any]:
    return {
        "n": number,
        "id": mail.id,
        "date": iso(mail.date),
        "subject": mail.subject,
        "text": mail.text,
        "path": str(mail.path),
    }
