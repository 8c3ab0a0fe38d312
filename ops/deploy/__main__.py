"""`make bootstrap`, `plan`, `deploy`, `rollback`, `smoke`, `drift` and `destroy`: the command line of deployments."""

import sys

import click

from ops.cli.options import COUNT, command, option
from ops.cli.run import run
from ops.errors import Exit

_ACTIONS = ("bootstrap", "plan", "deploy", "smoke", "drift", "rollback", "destroy")


@command("python -m ops.deploy plan --service resize", "python -m ops.deploy deploy --planned --yes")
@click.argument("action", metavar="|".join(_ACTIONS), type=click.Choice(_ACTIONS))
@option("--service", default="", metavar="ROOT", help="Limit to this root: a service, or platform (default: all).")
@option("--yes", is_flag=True, help="Answer yes to every question (default: ask).")
@option("--planned", is_flag=True, help="deploy: Apply the plans that plan saved (default: plan again).")
@option("--empty", is_flag=True, help="destroy: Remove every image in the buckets as well (default: keep them).")
@option("--to", type=COUNT, metavar="VERSION", help="rollback: Go back to this version (default: the previous one).")
def deploy(action: str, service: str, *, yes: bool, planned: bool, empty: bool, to: int | None) -> Exit:
    """Deploy the pipeline to AWS with Terraform, check what is deployed, or remove it."""
    from ops.deploy.commands import COMMANDS, Choices

    return COMMANDS[action](Choices(service=service, yes=yes, planned=planned, empty=empty, to=to))


if __name__ == "__main__":
    sys.exit(run(deploy, program="python -m ops.deploy"))
