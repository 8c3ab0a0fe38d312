"""The `pipeline` command: the list of its commands."""

from collections.abc import Sequence
from typing import Final

import click

from ops.cli.lazy import Group, Lazy, Option
from ops.cli.run import run

_IMAGES: Final = "Images"
_FAILURES: Final = "Failures"
_NOTIFICATIONS: Final = "Notifications"
_OPERATIONS: Final = "Operations"

COMMANDS: Final = {
    "upload": Lazy(
        "ops.cli.commands.upload:upload", "Upload images, and wait for their outcomes if asked.", _IMAGES, "drop"
    ),
    "upload-url": Lazy(
        "ops.cli.commands.upload_url:upload_url", "Sign a request with which somebody else uploads.", _IMAGES
    ),
    "status": Lazy("ops.cli.commands.status:status", "Show where images are and what became of them.", _IMAGES),
    "preview": Lazy("ops.cli.commands.preview:preview", "Show what the pipeline makes of files, without AWS.", _IMAGES),
    "logs": Lazy("ops.cli.commands.logs:logs", "Show one image's path through the services' logs.", _IMAGES),
    "backfill": Lazy("ops.cli.commands.backfill:backfill", "Process images that are in the bucket already.", _IMAGES),
    "rm": Lazy("ops.cli.commands.rm:rm", "Delete a source and everything that was made of it.", _IMAGES),
    "dlq": Lazy("ops.cli.commands.dlq.group:dlq", "List, replay, export or purge messages that failed.", _FAILURES),
    "doctor": Lazy("ops.cli.commands.doctor:doctor", "Check settings, credentials and what is deployed.", _FAILURES),
    "subscribe": Lazy("ops.cli.commands.subscriptions:subscribe", "Notify an address of outcomes.", _NOTIFICATIONS),
    "subscriptions": Lazy(
        "ops.cli.commands.subscriptions:listed", "List who is notified, and of what.", _NOTIFICATIONS
    ),
    "unsubscribe": Lazy("ops.cli.commands.subscriptions:unsubscribe", "End a subscription.", _NOTIFICATIONS),
    "mailbox": Lazy("ops.cli.commands.mailbox:mailbox", "Show the e-mails of the local AWS.", _NOTIFICATIONS),
    "console": Lazy("ops.cli.commands.console:console", "Serve a web page that shows the pipeline.", _OPERATIONS),
    "load-test": Lazy(
        "ops.cli.commands.load_test:load_test", "Upload many images, follow each, and write a report.", _OPERATIONS
    ),
    "cost": Lazy("ops.cli.commands.cost:cost", "Estimate what a month costs on AWS.", _OPERATIONS),
    "local": Lazy("ops.cli.commands.local:local", "Run the pipeline on a local AWS.", _OPERATIONS),
    "pause": Lazy("ops.cli.commands.pause:pause", "Let messages wait in the queues.", _OPERATIONS),
    "resume": Lazy("ops.cli.commands.pause:resume", "Process the queues again.", _OPERATIONS),
}


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from shared.release import VERSION  # noqa: PLC0415 - only for who asks

    click.echo(f"pipeline {VERSION}")
    ctx.exit()


@click.group(
    cls=Group,
    lazy=COMMANDS,
    examples=(
        "pipeline upload photos/ --prefix holiday/ --wait",
        "pipeline dlq ls",
        'eval "$(_PIPELINE_COMPLETE=bash_source pipeline)"    # completion; also zsh_source, fish_source',
    ),
)
@click.option(
    "--debug", cls=Option, is_flag=True, envvar="PIPELINE_DEBUG", help="Show the traceback of an error (default: off)."
)
@click.option(
    "--version",
    cls=Option,
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and exit.",
)
def pipeline(debug: bool) -> None:
    """Upload images, track them, manage notifications, and operate the pipeline.

    Each command explains itself: pipeline COMMAND --help. Data goes to stdout, notes to stderr. Exit codes: 0 done,
    1 failed, 2 usage, 3 partial, 4 not found, 5 timed out, 6 AWS error, 130 interrupted.
    """
    click.get_current_context().obj = debug


def main(argv: Sequence[str] | None = None) -> int:
    """Run `pipeline`, and return its exit code.

    Args:
        argv: The words after `pipeline`; None for those of this process.
    """
    return run(pipeline, argv, program="pipeline")
