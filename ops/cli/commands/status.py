"""`pipeline status`: where images are, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ops.cli.exits import Exit
from ops.cli.options import COUNT, command, option, target_options
from ops.errors import CommandError

if TYPE_CHECKING:
    from ops.cli.options import Target


@command("pipeline status", "pipeline status holiday/test.jpg", "pipeline status --limit 500 --json")
@click.argument("keys", nargs=-1, metavar="[KEY]...", help="A key of the input bucket.")
@option("--limit", type=COUNT, default=50, metavar="N", help="Without keys: show this many images (default: 50).")
@target_options
def status(target: Target, keys: tuple[str, ...], limit: int) -> Exit:
    """Show the outcome of images by their keys, every version of each.

    Without keys, show the newest images.
    """
    from ops.cli.output import print_json, print_table
    from ops.show import note
    from ops.status import as_json, as_row, header

    stack = target.stack()
    bucket = stack.names.input_bucket
    if keys:
        found = {key: stack.ledger.of_key(bucket, key) for key in keys}
        rows = [row for versions in found.values() for row in versions]
        missing = [key for key, versions in found.items() if not versions]
    else:
        every, missing = stack.ledger.all(), []
        rows = every[:limit]
        if len(every) > len(rows):
            note(f"The newest {len(rows)} of {len(every)} images. Pass --limit to show more.")
    if target.json:
        print_json(map(as_json, rows))
    elif rows or not missing:
        print_table(header(), map(as_row, rows))
    if missing:
        raise CommandError(
            f"not in the ledger: {', '.join(missing)}. Either never uploaded to s3://{bucket},"
            " or still waiting for resize: pipeline status shows the newest images.",
            Exit.NOT_FOUND,
        )
    return Exit.DONE
