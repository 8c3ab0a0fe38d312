"""`pipeline rm`: a source taken down, with all that was made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ops.cli.options import command, option, target_options
from ops.errors import CommandError, Exit

if TYPE_CHECKING:
    from ops.cli.options import Target


@command("pipeline rm holiday/test.jpg", "pipeline rm holiday/test.jpg --yes")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...", help="A key of the input bucket.")
@option("--yes", is_flag=True, help="Apply the changes (default: dry run).")
@target_options
def rm(target: Target, keys: tuple[str, ...], *, yes: bool) -> Exit:
    """Delete sources permanently: versions, outputs, intermediate objects, and what the ledger says of the picture.

    Without --yes, say what would be deleted and change nothing. The ledger keeps the key and its outcome, removed.
    """
    from ops.cli.output import numeric, print_json, print_table, word
    from ops.images.removal import Remover
    from ops.show import note

    stack = target.stack()
    remover = Remover(stack=stack)
    # Of a bucket that others use too, only what is under the prefix.
    found = {key: remover.belongings(key) for key in map(stack.names.buckets.input.within, keys)}
    missing = [key for key, each in found.items() if each.nothing]
    there = {key: each for key, each in found.items() if not each.nothing}
    for key, each in there.items() if yes else ():
        remover.remove(key, each)
    rows = [
        {
            "key": key,
            "versions": len(each.versions),
            "outputs": len(each.outputs),
            "intermediate": len(each.intermediate),
            "rows": len(each.rows),
            "removed": yes,
        }
        for key, each in there.items()
    ]
    if target.json:
        print_json(rows)
    elif rows:
        header = (word("KEY"), *map(numeric, ("VERSIONS", "OUTPUTS", "INTERMEDIATE", "ROWS")))
        print_table(header, [tuple(map(str, list(row.values())[:-1])) for row in rows])
    if there and not yes:
        note("Dry run. Pass --yes to apply.")
    if missing:
        raise CommandError(f"nothing is known of: {', '.join(missing)}", Exit.NOT_FOUND)
    return Exit.DONE
