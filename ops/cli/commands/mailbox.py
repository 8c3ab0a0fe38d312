"""`pipeline mailbox`: the e-mails of the local AWS, fetched into a folder, listed and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from ops.cli.lazy import Group, Lazy
from ops.cli.options import COUNT, FILE, command, option, output_options, target_options
from ops.errors import CommandError, Exit
from ops.places import WORK
from shared.clock import SYSTEM

if TYPE_CHECKING:
    from pathlib import Path

    from ops.cli.options import Target
    from ops.local.mail import Mail

_POLL_SECONDS: Final = 0.5
_FOLDER: Final = WORK / ".local" / "mailbox"


def _out_option(function: Any) -> Any:  # noqa: ANN401 - a command's function, unchanged
    return option(
        "--out", type=FILE, metavar="DIR", help="Keep the .eml files in this folder (default: .local/mailbox)."
    )(function)


@click.group(
    cls=Group,
    lazy={"show": Lazy("ops.cli.commands.mailbox:show", "Show one e-mail whole.")},
    invoke_without_command=True,
    examples=("pipeline mailbox", "pipeline mailbox show 3", "pipeline mailbox --follow"),
)
@option("--follow", is_flag=True, help="Show each e-mail as it comes, until interrupted (default: off).")
@_out_option
@target_options
@click.pass_context
def mailbox(ctx: click.Context, target: Target, out: Path | None, *, follow: bool) -> Exit:
    """Fetch the e-mails that the local AWS has for its mailbox into a folder, as .eml files, and list them.

    On AWS there is no mailbox: e-mails go to the subscribers.
    """
    folder = out or _FOLDER
    if ctx.invoked_subcommand is not None:
        ctx.obj = (folder, target.output)
        return Exit.DONE
    from ops.cli.output import numeric, print_json, print_table, word
    from ops.local.mail import read
    from ops.local.mailbox import collect, mails
    from ops.show import note

    stack = target.stack()
    if follow:
        while True:
            for path in collect(stack, folder):
                _print(None, read(path), as_json=target.json)
            SYSTEM.wait(_POLL_SECONDS)
    new = collect(stack, folder)
    every = mails(folder)
    if target.json:
        print_json(_as_json(index, mail) for index, mail in enumerate(every, 1))
    elif every:
        rows = [(str(index), f"{mail.date:%Y-%m-%d %H:%M:%S}", mail.subject) for index, mail in enumerate(every, 1)]
        print_table((numeric("N"), word("UTC"), "SUBJECT"), rows)
    note(f"{len(new)} new of {len(every)} in {folder}")
    return Exit.DONE


@command("pipeline mailbox show 3")
@click.argument("number", type=COUNT, metavar="N", help="The number of the e-mail, as pipeline mailbox lists it.")
@_out_option
@output_options
@click.pass_obj
def show(obj: tuple[Path, str], target: Target, number: int, out: Path | None) -> Exit:
    """Show one of the e-mails that were fetched."""
    from ops.local.mailbox import mails

    # What stands before "show" counts where nothing stands after it.
    folder, output = obj
    folder = out or folder
    every = mails(folder)
    if number > len(every):
        raise CommandError(
            f"no e-mail {number}: there are {len(every)} in {folder}. Fetch new ones: pipeline mailbox", Exit.NOT_FOUND
        )
    _print(number, every[number - 1], as_json=target.json or output == "json")
    return Exit.DONE


def _print(number: int | None, mail: Mail, *, as_json: bool) -> None:
    from ops.cli.output import print_json
    from ops.show import visible

    if as_json:
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
    from shared.dlq_messages import iso

    return {
        "n": number,
        "id": mail.id,
        "date": iso(mail.date),
        "subject": mail.subject,
        "text": mail.text,
        "path": str(mail.path),
    }
