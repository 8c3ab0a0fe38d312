"""`pipeline dlq`: what waits in the dead-letter queues, replayed, written down, or purged."""

from typing import Final

import click

from ops.cli.lazy import Group, Lazy

_HERE: Final = "ops.cli.commands.dlq.commands"

COMMANDS: Final = {
    "ls": Lazy(f"{_HERE}:ls", "Count messages by service, error and first folder."),
    "show": Lazy(f"{_HERE}:show", "Show messages whole, each with its reason."),
    "replay": Lazy(f"{_HERE}:replay", "Send messages back to the queues of their services.", alias="redrive"),
    "export": Lazy(f"{_HERE}:export", "Write messages as JSON, one object a line."),
    "purge": Lazy(f"{_HERE}:purge", "Archive messages and delete them."),
}


@click.group(
    cls=Group,
    lazy=COMMANDS,
    examples=(
        "pipeline dlq ls",
        "pipeline dlq replay --error AwsUnavailable",
        "pipeline dlq replay --error AwsUnavailable --yes",
    ),
)
def dlq() -> None:
    """List, replay, export or purge the DLQ messages of all services: messages that failed, each with its reason."""
