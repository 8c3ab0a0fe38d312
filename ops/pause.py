"""`pipeline pause` and `pipeline resume`: services stop working off their queues, where all that is uploaded waits."""

import argparse
from typing import Any

from ops import mappings
from ops.errors import Exit
from ops.names import SERVICES
from ops.options import add_stack_options, seconds, stack_of
from ops.show import note, print_json, print_table
from ops.stack import Stack


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add both commands to the command line."""
    _add(
        commands,
        "pause",
        enabled=False,
        short="let messages wait in the queues",
        description="Let services stop working off their queues. Nothing is lost: what is uploaded meanwhile waits, as"
        " long as the queues keep messages (retention.dlq_days). What is being worked on is finished.",
    )
    _add(
        commands,
        "resume",
        enabled=True,
        short="process the queues again",
        description="Let services process their queues again after `pipeline pause`.",
    )


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    command: str,
    *,
    enabled: bool,
    short: str,
    description: str,
) -> None:
    parser = commands.add_parser(
        command,
        help=short,
        description=description,
        epilog=f"examples: pipeline {command}; pipeline {command} store --output json",
    )
    parser.add_argument(
        "services", nargs="*", type=_service, metavar="SERVICE", help=f"{', '.join(SERVICES)}; without any: all"
    )
    parser.add_argument(
        "--timeout", type=seconds, default=120, metavar="SECONDS", help="until the change is there (default 120)"
    )
    add_stack_options(parser)
    parser.set_defaults(run=run, enabled=enabled)


def run(args: argparse.Namespace) -> Exit:
    """Change the mappings, and say what waits."""
    stack = stack_of(args)
    services = [service for service in SERVICES if not args.services or service in args.services]
    states = mappings.switch(stack, services, enabled=args.enabled, timeout_seconds=args.timeout)
    rows = [
        {"service": service, "state": state.lower(), **waiting(stack, service)} for service, state in states.items()
    ]
    if args.output == "json":
        print_json(rows)
    else:
        header = ("SERVICE", "STATE", "WAITING", "BEING WORKED ON")
        print_table(header, [tuple(map(str, row.values())) for row in rows])
    wanted = "enabled" if args.enabled else "disabled"
    late = [str(row["service"]) for row in rows if row["state"] != wanted]
    if late:
        note(f"not {wanted} within {args.timeout:g} s: {', '.join(late)}; the same again waits on")
        return Exit.TIMED_OUT
    if not args.enabled:
        note(f"paused; messages are kept for {stack.settings.retention.dlq_days} days. pipeline resume goes on")
    return Exit.DONE


def waiting(stack: Stack, service: str) -> dict[str, Any]:
    """How many messages wait in a service's queue, and how many are being worked on; about, as SQS counts them."""
    counts = stack.sqs.get_queue_attributes(
        QueueUrl=stack.queue_url(stack.names.queue(service)),
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesDelayed",
            "ApproximateNumberOfMessagesNotVisible",
        ],
    )["Attributes"]
    return {
        "waiting": int(counts["ApproximateNumberOfMessages"]) + int(counts["ApproximateNumberOfMessagesDelayed"]),
        "in_flight": int(counts["ApproximateNumberOfMessagesNotVisible"]),
    }


def _service(text: str) -> str:
    if text not in SERVICES:
        raise argparse.ArgumentTypeError(f"{text!r} is not a service; allowed: {', '.join(SERVICES)}")
    return text
