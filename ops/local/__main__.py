"""`make up`, `make down` and `make reset`: the command line of the local AWS."""

import sys

import click

from ops.cli.options import command
from ops.cli.run import run
from ops.errors import Exit


@command("python -m ops.local up", 'eval "$(python -m ops.local env)"')
@click.argument("action", metavar="up|down|reset|env", type=click.Choice(("up", "down", "reset", "env")))
def local(action: str) -> Exit:
    """Start the local AWS (up), stop it and keep what is in it (down), or empty it (reset).

    Up, and env while it is up, print the environment that leads to it, for a shell to evaluate.
    """
    from ops.aws.session import reach_this_machine_directly
    from ops.local import lifecycle

    reach_this_machine_directly()
    actions = {"up": lifecycle.up, "down": lifecycle.down, "reset": lifecycle.reset, "env": lifecycle.env}
    return actions[action]()


if __name__ == "__main__":
    sys.exit(run(local, program="python -m ops.local"))
