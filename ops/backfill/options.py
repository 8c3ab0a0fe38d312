"""What `pipeline backfill` is asked."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ops.errors import CommandError, Exit
from ops.names import Names
from ops.options import add_stack_options, count, duration, rate


def add_backfill(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", run: Callable[[argparse.Namespace], Exit]
) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "backfill",
        help="send images that are in the input bucket already",
        description="Send images that are in the input bucket already, and that the pipeline does not know: from before"
        " it was there, or from while nothing notified it of them. Says first what that will cost, and asks. What is"
        " stored"
        " already, or on its way, is left alone, so the same again does no harm.",
        epilog="examples: pipeline backfill s3://BUCKET/2019/ --dry-run;"
        " pipeline backfill s3://BUCKET/2019/ --max-objects 10000 --yes; and again with --resume",
    )
    parser.add_argument("where", metavar="s3://BUCKET/PREFIX", help="of the input bucket; all of it without a prefix")
    parser.add_argument(
        "--since", type=_moment, metavar="TIME", help="put since then: 2026-01-01, 2026-01-01T12:00Z, or 7d ago"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be sent and what it would cost")
    parser.add_argument("--max-objects", type=count, metavar="N", help="send this many at most")
    parser.add_argument(
        "--resume", action="store_true", help="go on after the last key that an earlier run of the same prefix sent"
    )
    parser.add_argument("--failed", action="store_true", help="send those that failed before, too")
    parser.add_argument("--rate", type=rate("images"), default=50.0, metavar="N", help="a second at most (default 50)")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_stack_options(parser)
    parser.set_defaults(run=run)


def prefix_of(where: str, names: Names) -> str:
    """The prefix that is meant.

    Raises:
        CommandError: that is not an S3 URL, or another bucket, which resize may not read.
    """
    try:
        parts = urlsplit(where, allow_fragments=False)
    except ValueError as error:
        raise CommandError(f"{where}: {error}; it must be s3://{names.input_bucket}/PREFIX") from error
    if parts.scheme != "s3" or not parts.netloc:
        raise CommandError(f"{where} is not an S3 URL; it must be s3://{names.input_bucket}/PREFIX")
    # A key may hold a question mark: what urlsplit takes for a query is a part of it.
    prefix = where.removeprefix(f"s3://{parts.netloc}").removeprefix("/")
    if parts.netloc != names.input_bucket:
        raise CommandError(
            f"{parts.netloc} is not the input bucket: resize may read s3://{names.input_bucket} alone."
            f" Copying sends each image by itself: aws s3 sync {where} s3://{names.input_bucket}/{prefix}"
        )
    return prefix


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            return datetime.now(UTC) - duration(text)
        except argparse.ArgumentTypeError as error:
            raise argparse.ArgumentTypeError(f"{error}; or a date: 2026-01-01, 2026-01-01T12:00Z") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
