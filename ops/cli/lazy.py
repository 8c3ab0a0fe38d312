"""Commands that are imported when they are called, with their summaries, sections, examples and aliases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import click
from click.exceptions import NoSuchCommand
from click.shell_completion import CompletionItem

# Help is as wide as the terminal, up to this many columns: longer lines are hard to read.
_MAX_WIDTH: Final = 100
_CONTEXT: Final[dict[str, Any]] = {"help_option_names": ["-h", "--help"], "max_content_width": _MAX_WIDTH}


@dataclass(frozen=True)
class Lazy:
    """A command that is not imported yet.

    Args:
        where: "module:attribute".
        summary: the line that the list of commands has.
        section: the heading that it stands under there.
        alias: another name that it answers to; the list does not have it, its own help does.
    """

    where: str
    summary: str
    section: str = "Commands"
    alias: str | None = None


class Option(click.Option):
    """An option under a heading of its own.

    Args:
        section: the heading; None for "Options".
    """

    def __init__(self, *args: Any, section: str | None = None, **more: Any) -> None:  # noqa: ANN401 - as click's
        super().__init__(*args, **more)
        self.section = section


class Command(click.Command):
    """A command whose help has examples, an alias and its options under the headings that they name."""

    alias: str | None = None

    def __init__(self, *, examples: Sequence[str] = (), **more: Any) -> None:  # noqa: ANN401 - as click's
        super().__init__(context_settings=_CONTEXT, **more)
        self.examples = examples

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options in their sections."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for each in self.get_params(ctx):
            record = each.get_help_record(ctx)
            if record is not None and not isinstance(each, click.Argument):  # click writes those before
                sections.setdefault(getattr(each, "section", None) or "Options", []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, each on a line of its own, and the alias."""
        if self.examples:
            with formatter.section("Examples"):
                for each in self.examples:
                    formatter.write(f"{'':{formatter.current_indent}}{each}\n")
        if self.alias:
            parent = ctx.parent.command_path if ctx.parent else ""
            with formatter.section("Alias"):
                formatter.write_text(f"{parent} {self.alias}".strip())


class Group(Command, click.Group):
    """A group whose commands are imported when they are called.

    Args:
        lazy: its commands, by their names, in the order of the list.
    """

    def __init__(self, *, lazy: Mapping[str, Lazy], **more: Any) -> None:  # noqa: ANN401 - as click's
        super().__init__(**more)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click's
        """The names, in the order that the table has; no alias."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click's
        """Import a command by its name or its alias."""
        found = self._found(cmd_name)
        if found is None:
            return None
        name, lazy = found
        module, _, attribute = lazy.where.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        command.name, command.short_help = name, lazy.summary
        if isinstance(command, Command):
            command.alias = lazy.alias
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the words name; where there is none, those that are written alike are suggested."""
        try:
            _, command, rest = super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            names = [*self.lazy, *(each.alias for each in self.lazy.values() if each.alias)]
            raise NoSuchCommand(error.command_name, possibilities=names, ctx=ctx) from None
        return command.name if command else None, command, rest

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, without importing any, and then the options in their sections."""
        width = max(map(len, self.lazy))
        for section in dict.fromkeys(each.section for each in self.lazy.values()):
            with formatter.section(section):
                rows = [
                    (name.ljust(width), each.summary) for name, each in self.lazy.items() if each.section == section
                ]
                formatter.write_dl(rows)
        Command.format_options(self, ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What completes a word: commands by the table, so that none is imported for it."""
        names = [name for name in self.lazy if name.startswith(incomplete)]
        items = [CompletionItem(name, help=self.lazy[name].summary) for name in names]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]

    def _found(self, name: str) -> tuple[str, Lazy] | None:
        for own, lazy in self.lazy.items():
            if name in (own, lazy.alias):
                return own, lazy
        return None
