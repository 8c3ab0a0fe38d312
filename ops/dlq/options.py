"""What `pipeline dlq` is asked: its sub-commands, the filters that they share, and what is said of each."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from ops.dlq.reader import VISIBILITY_SECONDS
from ops.dlq.selection import Selection
from ops.dlq.verdicts import MAX_REPLAYS
from ops.errors import Exit
from ops.names import SERVICES
from ops.options import add_stack_options, duration, rate

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
_MAX_VISIBILITY_SECONDS = 43_200
_MIN_VISIBILITY_SECONDS = 5

Run = Callable[[argparse.Namespace], Exit]
SubParsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 - argparse names it no other way


def add_dlq(commands: SubParsers, *, ls: Run, show: Run, replay: Run, export: Run, purge: Run) -> None:
    """Add `dlq` with its sub-commands, each run by what is given for it."""
    parser = commands.add_parser(
        "dlq",
        help="look at DLQ messages, send them back, or put them away",
        description="The DLQ messages of all services: messages that failed, each with its reason.",
        epilog="example: pipeline dlq ls; then pipeline dlq replay --error AwsUnavailable, and again with --yes",
    )
    commands = parser.add_subparsers(required=True, metavar="ls|show|replay|export|purge")
    _sub(
        commands,
        "ls",
        ls,
        short="count them by service, error and first folder",
        description="Count DLQ messages by service, error and the first folder of their keys, the biggest group first.",
        example="example: pipeline dlq ls --newer-than 2h",
    )
    showing = _sub(
        commands,
        "show",
        show,
        short="show each whole, with its reason",
        description="Show DLQ messages whole.",
        example="examples: pipeline dlq show holiday/test.jpg; pipeline dlq show --service resize --limit 3",
    )
    _add_names(showing)
    replaying = _sub(
        commands,
        "replay",
        replay,
        short="send them back to their services",
        description="Send DLQ messages back to the queues of their services. Without --yes: say what would be done, and"
        " change nothing. What has nothing left to do (its image is stored, replaced or deleted) is archived and"
        " removed.",
        example="examples: pipeline dlq replay --error AwsUnavailable; pipeline dlq replay --key 'holiday/*' --yes",
    )
    _add_names(replaying)
    _add_doing(replaying)
    replaying.add_argument(
        "--rate", type=rate("messages"), default=50.0, metavar="N", help="messages a second at most (default 50)"
    )
    replaying.add_argument(
        "--force", action="store_true", help=f"send back what was replayed {MAX_REPLAYS} times or more, too"
    )
    exporting = _sub(
        commands,
        "export",
        export,
        short="write them as JSON, one a line",
        description="Write DLQ messages whole, one JSON object a line: body and attributes as SQS has them."
        " Changes nothing.",
        example="example: pipeline dlq export --older-than 7d --out dlq_messages.jsonl",
    )
    exporting.add_argument("--out", type=Path, metavar="FILE", help="instead of stdout")
    purging = _sub(
        commands,
        "purge",
        purge,
        short="archive and delete them",
        description="Delete DLQ messages, archived first. Without --yes: say what would be done, and change nothing.",
        example="example: pipeline dlq purge --error UnsupportedImage --older-than 7d --yes",
    )
    _add_doing(purging)


def selection_of(args: argparse.Namespace) -> Selection:
    """What the filters say."""
    return Selection(
        services=tuple(service for service in SERVICES if not args.service or service in args.service),
        errors=frozenset(args.error),
        globs=tuple(args.key),
        older_than=args.older_than,
        newer_than=args.newer_than,
        min_replays=args.min_replays,
        max_replays=args.max_replays,
        names=frozenset(getattr(args, "names", ())),
        images=frozenset(args.image),
        batches=frozenset(args.batch),
    )


def _sub(
    commands: SubParsers, name: str, run: Run, *, short: str, description: str, example: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=short, description=description, epilog=example)
    which = parser.add_argument_group("which messages; without any of these all")
    which.add_argument("--service", action="append", choices=SERVICES, default=[], help="repeatable")
    which.add_argument(
        "--error", action="append", default=[], metavar="CLASS", help="such as AwsUnavailable; repeatable"
    )
    which.add_argument(
        "--key", action="append", default=[], metavar="GLOB", help="such as 'holiday/*', capitals and all; repeatable"
    )
    which.add_argument("--image", action="append", default=[], metavar="ID", help="an image id; repeatable")
    which.add_argument(
        "--batch", action="append", default=[], metavar="ID", help="uploaded together as this batch; repeatable"
    )
    which.add_argument("--older-than", type=duration, metavar="AGE", help="in the queue so long, such as 30m, 2h, 3d")
    which.add_argument("--newer-than", type=duration, metavar="AGE", help="in the queue less than so long")
    which.add_argument("--min-replays", type=_count, metavar="N", help="replayed so often or more")
    which.add_argument("--max-replays", type=_count, metavar="N", help="replayed so often or less")
    which.add_argument("--limit", type=_some, metavar="N", help="this many at most")
    parser.add_argument(
        "--visibility-timeout",
        type=_visibility_timeout,
        default=VISIBILITY_SECONDS,
        metavar="SECONDS",
        help="how long messages stay hidden from others if this command is killed; it is renewed, and else they are"
        " back"
        f" at once (default {VISIBILITY_SECONDS})",
    )
    add_stack_options(parser)
    parser.set_defaults(run=run)
    return parser


def _add_names(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="ID-or-KEY", help="a message id, an image id or a key")


def _add_doing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="do it")
    parser.add_argument(
        "--archive",
        type=Path,
        metavar="FILE",
        help="what leaves the queue is added to it first (default dlq-archive/<UTC time>-<service>-<command>.jsonl)",
    )


def _whole(text: str, least: int, most: int, what: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < len(str(most)) + 1 else least - 1
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not {what}")
    return number


def _count(text: str) -> int:
    return _whole(text, 0, 999_999_999, "a whole number of 0 or more")


def _some(text: str) -> int:
    return _whole(text, 1, 999_999_999, "a whole number of 1 or more")


def _visibility_timeout(text: str) -> int:
    bounds = f"from {_MIN_VISIBILITY_SECONDS} to {_MAX_VISIBILITY_SECONDS} seconds"
    return _whole(text, _MIN_VISIBILITY_SECONDS, _MAX_VISIBILITY_SECONDS, bounds)
