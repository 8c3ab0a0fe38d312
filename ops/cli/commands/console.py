"""`pipeline console`: a web page on this machine that shows a pipeline, uploads images and replays failures."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from ops.cli.options import FILE, SETTINGS, Number, command, option, target_options

if TYPE_CHECKING:
    from pathlib import Path

    from ops.cli.options import Target
    from ops.errors import Exit

PORT: Final = 8642


@command("pipeline console --open", "pipeline console --profile production --region eu-west-1")
@option(
    "--port",
    type=Number(0, 65_535),
    default=PORT,
    metavar="N",
    help=f"Listen on this port of 127.0.0.1; 0 takes a free one (default: {PORT}).",
)
@option("--mails", type=FILE, metavar="DIR", help="Keep the e-mails that it fetches here (default: .local/mailbox).")
@option("--open", "browse", is_flag=True, help="Open the page in the browser (default: print its address).")
@target_options
def console(target: Target, port: int, mails: Path | None, *, browse: bool) -> Exit:
    """Serve a web page on 127.0.0.1, until interrupted.

    Upload images, watch them move, compare before and after, replay DLQ messages, and read e-mails.
    """
    from ops.console import server
    from ops.console.mailbox import Mailbox
    from ops.local import mailbox

    stack = target.stack()
    folder = mails or mailbox.FOLDER
    fetched = Mailbox(collect=partial(mailbox.collect, stack, folder), read=partial(mailbox.mails, folder))
    settings = [] if target.settings == SETTINGS else ["--settings", str(target.settings)]
    # What of the command line leads to this stack, for commands that are copied from the page.
    named = {"--profile": target.profile, "--region": target.region, "--endpoint-url": target.endpoint_url}
    options = [word for name, value in named.items() if value for word in (name, value)]
    return server.serve(stack, port=port, options=options, settings=settings, mailbox=fetched, browse=browse)
