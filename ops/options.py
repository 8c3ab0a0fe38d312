"""The options that all commands share."""

import argparse
import math
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from ops.dlq import selection
from ops.settings import ROOT
from ops.stack import Stack, connect

# Things a second.
_SLOWEST: Final = 0.01
_FASTEST: Final = 10_000
# Longer than there is anything on AWS, and short enough to be taken from now.
_MAX_AGE: Final = timedelta(days=36_500)


def add_output_option(parser: argparse.ArgumentParser) -> None:
    """--output and --settings."""
    parser.add_argument(
        "--output", choices=("table", "json"), default="table", help="json: one object a line (default table)"
    )
    parser.add_argument(
        "--settings", type=Path, default=ROOT / "pipeline.yaml", metavar="FILE", help="default: pipeline.yaml"
    )


def add_stack_options(parser: argparse.ArgumentParser) -> None:
    """What a command needs that talks to AWS."""
    add_output_option(parser)
    parser.add_argument("--profile", help="of AWS's shared configuration")
    parser.add_argument("--region", help="such as eu-west-1")
    parser.add_argument("--endpoint-url", help="of a local AWS")


def stack_of(args: argparse.Namespace) -> Stack:
    """The stack that the options name."""
    return connect(args.settings, profile=args.profile, region=args.region, endpoint_url=args.endpoint_url)


def duration(text: str) -> timedelta:
    """An option's value such as 30m, 2h or 3d."""
    try:
        age = selection.duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if age > _MAX_AGE:
        raise argparse.ArgumentTypeError(f"{text!r} is longer than {_MAX_AGE.days} days")
    return age


def count(text: str) -> int:
    """An option's value that is a whole number of 1 or more."""
    if not re.fullmatch("[1-9][0-9]{0,11}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


def rate(things: str) -> Callable[[str], float]:
    """The type of an option that says how fast: from 0.01 to 10,000 a second.

    Args:
        things: what is counted, such as images.
    """

    def reading(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = 0.0
        if not _SLOWEST <= found <= _FASTEST:
            raise argparse.ArgumentTypeError(f"{text!r} is not from {_SLOWEST} to {_FASTEST} {things} a second")
        return found

    return reading


def seconds(text: str) -> float:
    """An option's value that is a time in seconds."""
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not (math.isfinite(number) and number >= 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, 0 or more")
    return number
