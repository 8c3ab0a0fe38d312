"""The command line as tests see it: every command by its words, and how words are parsed."""

import click

from ops.cli.main import pipeline


def commands(of=pipeline, name=()):
    """Every command that can be run, by its words; imports them all."""
    if not isinstance(of, click.Group):
        return {name: of}
    context = click.Context(of)
    found = {name: of} if of.invoke_without_command else {}
    for each in of.list_commands(context):
        found |= commands(of.get_command(context, each), (*name, each))
    return found


def found(words):
    """The command that the words name, its own name, and the words after it."""
    command, rest, name = pipeline, list(words), "pipeline"
    while isinstance(command, click.Group) and rest:
        inner = command.get_command(click.Context(command), rest[0])
        if inner is None:
            break
        command, name, rest = inner, rest[0], rest[1:]
    return command, name, rest


def parsed(words):
    """The values of a command's parameters, by name.

    Raises:
        click.UsageError: the command line does not accept these words.
    """
    command, name, rest = found(words)
    return command.make_context(name, rest).params


def options_of(command):
    """The options of a command by their long names."""
    return {name: each for each in command.params for name in each.opts if name.startswith("--")}
