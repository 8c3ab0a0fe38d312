"""`pipeline rm`: a source taken down, with all that was made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from ops.cli.options import command, option, target_options
from ops.errors import CommandError, Exit

if TYPE_CHECKING:
    from ops.cli.options import Target
    from ops.images.removal import Belongings, Remover


@dataclass(kw_only=True)
class Removal:
    """What became of the keys.

    Args:
        found: what there was of each key that is known.
        missing: keys of which nothing is known.
        refused: why a key was not removed, or not looked at.
    """

    found: dict[str, Belongings] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


@command("pipeline rm holiday/test.jpg", "pipeline rm holiday/test.jpg --yes")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...", help="A key of the input bucket.")
@option("--yes", is_flag=True, help="Apply the changes (default: dry run).")
@target_options
def rm(target: Target, keys: tuple[str, ...], *, yes: bool) -> Exit:
    """Delete sources permanently: versions, outputs, intermediate objects, and what the ledger says of the picture.

    Without --yes, say what would be deleted and change nothing. The ledger keeps the key and its outcome, removed.
    Exits with 3 where one of several keys was not deleted; the others are.
    """
    from ops.cli.output import numeric, print_json, print_table, word
    from ops.images.removal import Remover
    from ops.show import note

    stack = target.stack()
    # Of a bucket that others use too, only what is under the prefix.
    named = list(dict.fromkeys(map(stack.names.buckets.input.within, keys)))
    done = _removal(Remover(stack=stack), named, yes=yes)
    rows = [
        {
            "key": key,
            "versions": len(each.versions),
            "outputs": len(each.outputs),
            "intermediate": len(each.intermediate),
            "rows": len(each.rows),
            "removed": yes and key not in done.refused,
        }
        for key, each in done.found.items()
    ]
    if target.json:
        print_json(rows)
    elif rows:
        header = (word("KEY"), *map(numeric, ("VERSIONS", "OUTPUTS", "INTERMEDIATE", "ROWS")))
        print_table(header, [tuple(map(str, list(row.values())[:-1])) for row in rows])
    if rows and not yes:
        note("Dry run. Pass --yes to apply.")
    return _ended(done, len(named))


def _removal(remover: Remover, keys: list[str], *, yes: bool) -> Removal:
    """Look at each key, and remove it at once: what is uploaded while others are removed stays.

    A key that is refused keeps nobody from the others; a single one ends the command as its error says.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from ops.cli.failures import explained
    from shared.errors import PipelineError

    done = Removal()
    for key in keys:
        try:
            found = remover.belongings(key)
            if found.nothing:
                done.missing.append(key)
                continue
            done.found[key] = found
            if yes:
                remover.remove(key, found)
        except (CommandError, PipelineError, BotoCoreError, ClientError) as error:
            if len(keys) == 1:
                raise
            done.refused[key] = explained(error)[1]
    return done


def _ended(done: Removal, count: int) -> Exit:
    """Say what was refused and what is not known.

    Raises:
        CommandError: a key was refused, or nothing is known of it.
    """
    from ops.show import note

    for key, reason in done.refused.items():
        note(f"{key}: refused: {reason}")
    missing = f"nothing is known of: {', '.join(done.missing)}"
    if done.refused:
        if done.missing:
            note(missing)
        raise CommandError(f"{len(done.refused):,} of {count:,} keys were refused", Exit.PARTIAL)
    if done.missing:
        raise CommandError(missing, Exit.NOT_FOUND)
    return Exit.DONE
