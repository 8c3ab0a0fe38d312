"""`pipeline local`: a whole pipeline on this machine, started, stopped and emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ops.cli.options import command, settings_options

if TYPE_CHECKING:
    from ops.cli.options import Target
    from ops.errors import Exit


@command('eval "$(pipeline local up)"', "pipeline upload photo.jpg --wait", "pipeline local down")
@click.argument(
    "action",
    metavar="up|down|reset|env",
    type=click.Choice(("up", "down", "reset", "env")),
    help="Start it, stop it and keep what is in it, empty it, or print its environment.",
)
@settings_options
def local(target: Target, action: str) -> Exit:
    """Run a local AWS with the pipeline in it and its console, without Docker or an account.

    Up, and env while it is up, print the environment that leads to it, for a shell to evaluate. In a checkout `make up`
    does the same.
    """
    from ops.aws.session import reach_this_machine_directly
    from ops.local import lifecycle

    reach_this_machine_directly()
    if action == "up":
        target.load_settings()  # a mistake in them is reported before anything is installed
        return lifecycle.up(settings_path=target.settings, as_json=target.json)
    if action == "env":
        return lifecycle.env(as_json=target.json)
    return {"down": lifecycle.down, "reset": lifecycle.reset}[action]()
