"""What `pipeline status` says of older images is a command that shows them."""

import shlex

import pytest

from ops.aws.ledger_pages import Wanted
from ops.cli.commands import status
from ops.cli.options import Target
from ops.images.selection import Images, Selection

BEFORE = "2026-01-01T00:00:00.000Z"


@pytest.mark.parametrize("keys", [(), ("a.jpg",), ("-a b.jpg", "--yes"), ("it's.jpg",)], ids=repr)
def test_the_command_for_older_images_asks_for_the_same(capsys, keys):
    images = Images(stack=None, keys=keys, wanted=Wanted(prefix="-x/", failed=True), limit=7)
    status._say_more(Target(profile="photos"), Selection(rows=(), before=BEFORE), images)
    older, _, command = capsys.readouterr().err.partition(": ")
    program, name, *words = shlex.split(command)
    assert (older, program, name) == ("Older", "pipeline", "status")
    chosen = status.status.make_context("status", words).params
    assert chosen["profile"] == "photos"
    assert (chosen["keys"], chosen["prefix"], chosen["failed"], chosen["limit"]) == (keys, "-x/", True, 7)
    assert chosen["before"].isoformat() == "2026-01-01T00:00:00+00:00"
