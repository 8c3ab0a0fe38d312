"""The options that commands share, and the values that options take; nothing of AWS is imported for them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import click

from ops import durations, places
from ops.cli.lazy import Command, Option
from ops.errors import CommandError, Exit
from ops.names import SERVICES

if TYPE_CHECKING:
    from ops.settings import PipelineSettings
    from ops.stack import Stack

F = TypeVar("F", bound=Callable[..., Any])
Output = Literal["table", "json"]

SETTINGS: Final = places.settings_file()

# Things a second.
_MIN_RATE: Final = 0.01
_MAX_RATE: Final = 10_000
_MAX_COUNT: Final = 999_999_999_999
_OUTPUT: Final = "Output and AWS"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Which pipeline a command is about, and how it prints.

    Args:
        output: table or json.
        settings: path of pipeline.yaml.
        profile: of AWS's shared configuration; None for AWS's usual variables.
        region: None for AWS's usual variables.
        endpoint_url: of a local AWS; None for AWS_ENDPOINT_URL, else AWS.
    """

    output: Output = "table"
    settings: Path = SETTINGS
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None

    @property
    def json(self) -> bool:
        """Whether it prints JSON."""
        return self.output == "json"

    @property
    def words(self) -> list[str]:
        """The options that name this pipeline, for a command to copy."""
        given = {
            "--settings": None if self.settings == SETTINGS else str(self.settings),
            "--profile": self.profile,
            "--region": self.region,
            "--endpoint-url": self.endpoint_url,
        }
        return [word for option, value in given.items() if value is not None for word in (option, value)]

    def load_settings(self) -> PipelineSettings:
        """The settings, for a command that does without AWS.

        Raises:
            CommandError: there is no such file.
            BadSetting: pipeline.yaml is wrong.
        """
        from ops import settings  # noqa: PLC0415 - only for who needs them

        if not self.settings.is_file():
            raise CommandError(f"{self.settings}: no such file; --settings names the pipeline.yaml to use", Exit.USAGE)
        return settings.load(self.settings)

    def stack(self) -> Stack:
        """The pipeline that is there.

        Raises:
            CommandError: no settings, no credentials, no region, or no answer.
            BadSetting: pipeline.yaml is wrong.
        """
        from ops import stack  # noqa: PLC0415 - the AWS SDK takes half a second to import

        return stack.connect(self.settings, profile=self.profile, region=self.region, endpoint_url=self.endpoint_url)


class Duration(click.ParamType[timedelta]):
    """A time such as 30m, 2h or 3d."""

    name = "AGE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:  # noqa: ANN401
        """The time that a text says."""
        if isinstance(value, timedelta):
            return value
        try:
            return durations.parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Moment(click.ParamType[datetime]):
    """A moment: a date, a time with its zone (UTC without), or an age such as 7d."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:  # noqa: ANN401
        """The moment that a text says."""
        if isinstance(value, datetime):
            return value
        try:
            return _moment(value)
        except ValueError as error:
            self.fail(f"{error}; or a date: 2026-01-01, 2026-01-01T12:00Z", param, ctx)
        except OverflowError:
            self.fail(f"{value!r} is before the year 1 or after the year 9999", param, ctx)


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return datetime.now(UTC) - durations.parse(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Number(click.ParamType[float]):
    """A number within bounds, which a message names.

    Args:
        least: the smallest that is allowed.
        most: the largest that is allowed.
        whole: whether it must be a whole number.
    """

    def __init__(self, least: float, most: float = _MAX_COUNT, *, whole: bool = True) -> None:
        self.name = "N"
        self._least, self._most, self._whole = least, most, whole

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """The number that a text says."""
        if isinstance(value, int | float):
            return value
        try:
            number: float = int(value) if self._whole and value.isascii() and value.isdecimal() else float(value)
        except ValueError:
            number = math.nan
        if not self._least <= number <= self._most or (self._whole and not isinstance(number, int)):
            what = "a whole number" if self._whole else "a number"
            upto = (
                f"from {self._least:,} to {self._most:,}" if self._most != _MAX_COUNT else f"of {self._least:,} or more"
            )
            self.fail(f"{value!r} is not {what} {upto}", param, ctx)
        return number


COUNT: Final = Number(1)
FROM_ZERO: Final = Number(0)
SECONDS: Final = Number(0, whole=False)
RATE: Final = Number(_MIN_RATE, _MAX_RATE, whole=False)
DURATION: Final = Duration()
MOMENT: Final = Moment()
SERVICE: Final = click.Choice(SERVICES)
FILE: Final = click.Path(path_type=Path)


def command(*examples: str) -> Callable[[Callable[..., Any]], Command]:
    """A command with examples of its use; its first argument is the Target where `target_options` are on it too."""
    return click.command(cls=Command, examples=examples)


def option(*names: str, section: str | None = None, **more: Any) -> Callable[[F], F]:  # noqa: ANN401 - as click's
    """An option under a heading of its own."""
    return click.option(*names, cls=Option, section=section, **more)


def timeout_option(of: str, default: int) -> Callable[[F], F]:
    """--timeout."""
    return option(
        "--timeout",
        type=SECONDS,
        default=default,
        metavar="SECONDS",
        help=f"Stop waiting {of} after this time, in seconds (default: {default}).",
    )


def output_options(function: F) -> F:
    """--output and --json, handed over as `target`."""
    return _handing_over(with_options(function, _OUTPUT_OPTIONS))


def settings_options(function: F) -> F:
    """The options of a command that does without AWS, handed over as `target`."""
    return _handing_over(with_options(function, (*_OUTPUT_OPTIONS, _SETTINGS_OPTION)))


def target_options(function: F) -> F:
    """The options of a command that talks to AWS, handed over as `target`."""
    return _handing_over(with_options(function, (*_OUTPUT_OPTIONS, _SETTINGS_OPTION, *_AWS_OPTIONS)))


def set_option(function: F) -> F:
    """--set, as often as there is something to override."""
    from shared import overrides  # noqa: PLC0415 - only the commands that have it

    return option(
        "--set",
        "overrides",
        multiple=True,
        metavar="NAME=VALUE",
        help=f"Override a setting for these images alone; repeatable. Names: {', '.join(overrides.NAMES)}.",
    )(function)


def with_options(function: F, options: tuple[Callable[[F], F], ...]) -> F:
    """A function with options, in the order in which its help has them."""
    for each in reversed(options):
        function = each(function)
    return function


def _handing_over(function: F) -> F:
    """Gather the shared options of a call in a Target."""

    @wraps(function)
    def gathered(*args: Any, output: Output, json: bool, **more: Any) -> Any:  # noqa: ANN401 - as the command's
        own = {each.name: more.pop(each.name) for each in fields(Target) if each.name in more}
        return function(Target(output="json" if json else output, **own), *args, **more)

    return gathered  # type: ignore[return-value]


_OUTPUT_OPTIONS: Final[tuple[Callable[[Any], Any], ...]] = (
    option(
        "--output",
        type=click.Choice(("table", "json")),
        default="table",
        section=_OUTPUT,
        help="Print a table, or one JSON object a line (default: table).",
    ),
    option("--json", is_flag=True, section=_OUTPUT, help="Print JSON: the same as --output json (default: off)."),
)
_SETTINGS_OPTION: Final[Callable[[Any], Any]] = option(
    "--settings",
    type=FILE,
    default=SETTINGS,
    metavar="FILE",
    section=_OUTPUT,
    help="Read the settings from this file (default: pipeline.yaml of this repository; where pipeline is installed,"
    " that of this folder, else its own).",
)
_AWS_OPTIONS: Final[tuple[Callable[[Any], Any], ...]] = (
    option(
        "--profile",
        metavar="NAME",
        section=_OUTPUT,
        help="Use this profile of AWS's shared configuration (default: AWS_PROFILE, else the default profile).",
    ),
    option(
        "--region",
        metavar="NAME",
        section=_OUTPUT,
        help="Limit to this region (default: from AWS_REGION, AWS_DEFAULT_REGION or the profile).",
    ),
    option(
        "--endpoint-url",
        metavar="URL",
        section=_OUTPUT,
        help="Send requests to this local AWS (default: from AWS_ENDPOINT_URL, else AWS).",
    ),
)
