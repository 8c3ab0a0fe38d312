"""docs/reference/cli.md, from the commands themselves."""

from collections.abc import Iterator
from typing import Final

import click

from ops.cli.lazy import Command, Group
from ops.cli.main import pipeline
from ops.errors import Exit
from ops.reference.markdown import GENERATED, table

_HEAD: Final = f"""\
# Command line

{GENERATED}

`pipeline` is installed in `.venv/bin`. Data goes to stdout, notes and progress to stderr. On a terminal tables fit its
width and long work shows its progress; a pipe gets plain lines, a row each. `NO_COLOR` takes the colours away,
`FORCE_COLOR` colours a pipe.

Completion: `eval "$(_PIPELINE_COMPLETE=bash_source pipeline)"`, for other shells `zsh_source` or `fish_source`.
"""
_OPTIONS_OF_ALL: Final = "Output and AWS"


def page() -> str:
    """The whole page, in Markdown."""
    parts = [_HEAD, "## Commands\n", _list(pipeline, "pipeline"), "## Exit codes\n", _exits(), _shared()]
    parts += _group(pipeline, click.Context(pipeline, info_name="pipeline"))
    return "\n".join(parts)


def _group(group: Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:  # the table names it
            raise LookupError(name)
        inner = click.Context(command, info_name=name, parent=context)
        yield _command(command, inner)
        if isinstance(command, Group):
            yield from _group(command, inner)


def _command(command: click.Command, context: click.Context) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    lines = [f"## {context.command_path}\n", f"```\n{usage}\n```\n", _paragraphs(command.help or ""), ""]
    if isinstance(command, Group):
        lines.append(_list(command, context.command_path))
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    options = [each for each in command.params if isinstance(each, click.Option)]
    own = [each for each in options if getattr(each, "section", None) != _OPTIONS_OF_ALL]
    lines += _rows("Argument", [_record(each, context) for each in arguments])
    lines += _rows("Option", [_record(each, context) for each in own])
    if len(own) < len(options):
        every = " and ".join(["output", *(["AWS"] if any("--region" in each.opts for each in options) else [])])
        lines.append(f"Also the [options of {every}](#options-of-output-and-aws).\n")
    if isinstance(command, Command):
        if command.alias:
            parent = context.parent.command_path if context.parent else ""
            lines.append(f"Alias: `{parent} {command.alias}`\n")
        if command.examples:
            lines.append("```sh\n" + "\n".join(command.examples) + "\n```\n")
    return "\n".join(lines)


def _shared() -> str:
    """The options that the commands share, once."""
    context = click.Context(pipeline, info_name="pipeline")
    status = pipeline.get_command(context, "status")
    shared = [each for each in status.params if getattr(each, "section", None) == _OPTIONS_OF_ALL] if status else []
    return "\n".join(["## Options of output and AWS\n", *_rows("Option", [_record(each, context) for each in shared])])


def _list(group: Group, path: str) -> str:
    rows = []
    for name, lazy in group.lazy.items():
        anchor = f"{path} {name}".replace(" ", "-")
        rows.append((f"[`{path} {name}`](#{anchor})", lazy.summary))
    return _table("Command", rows)


def _exits() -> str:
    return _table("Code", [(str(int(each)), each.meaning) for each in Exit])


def _record(param: click.Parameter, context: click.Context) -> tuple[str, str]:
    record = param.get_help_record(context)
    name, text = record or (param.make_metavar(context), getattr(param, "help", "") or "")
    return f"`{name}`", text


def _rows(kind: str, records: list[tuple[str, str]]) -> list[str]:
    return [_table(kind, records)] if records else []


def _table(kind: str, rows: list[tuple[str, str]]) -> str:
    return table((kind, ""), ((_cell(name), _cell(text)) for name, text in rows)) + "\n"


def _cell(text: str) -> str:
    # Angle brackets outside code would be HTML.
    return text if text.startswith("`") else text.replace("<", "&lt;").replace(">", "&gt;")


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(each.split()) for each in text.split("\n\n"))
