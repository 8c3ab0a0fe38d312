"""`pipeline console`: a web page on this machine that shows a pipeline, uploads images into it and replays failures."""

import argparse
from functools import partial
from pathlib import Path

from ops.console.mailbox import FetchedMailbox
from ops.errors import Exit
from ops.mailbox import FOLDER, collect, mails
from ops.options import add_stack_options, stack_of
from ops.settings import ROOT

DEFAULT_PORT = 8642
DEFAULT_SETTINGS = ROOT / "pipeline.yaml"


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "console",
        help="show the pipeline on a web page of this machine",
        description="Serve a web page on 127.0.0.1: upload images, watch their services, compare before and after,"
        " replay"
        " DLQ messages, read mails.",
        epilog="examples: pipeline console --open; pipeline console --profile production --region eu-west-1",
    )
    parser.add_argument(
        "--port", type=int, default=DEFAULT_PORT, metavar="N", help=f"0 takes a free one (default {DEFAULT_PORT})"
    )
    mails_of = f"of the mails that it fetches (default {FOLDER.relative_to(ROOT)})"
    parser.add_argument("--mails", type=Path, default=FOLDER, metavar="DIR", help=mails_of)
    parser.add_argument("--open", action="store_true", help="open it in the browser")
    add_stack_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> Exit:
    """Serve until interrupted."""
    # The web server takes a quarter of a second to import, which no other command should wait for.
    from ops.console import server  # noqa: PLC0415

    stack = stack_of(args)
    fetched = FetchedMailbox(collect=partial(collect, stack, args.mails), read=partial(mails, args.mails))
    settings = [] if args.settings == DEFAULT_SETTINGS else ["--settings", str(args.settings)]
    return server.serve(
        stack, port=args.port, options=_options(args), settings=settings, mailbox=fetched, browse=args.open
    )


def _options(args: argparse.Namespace) -> list[str]:
    """What of the command line leads to this stack, for commands that are copied from the page."""
    named = {"--profile": args.profile, "--region": args.region, "--endpoint-url": args.endpoint_url}
    return [word for name, value in named.items() if value for word in (name, value)]
