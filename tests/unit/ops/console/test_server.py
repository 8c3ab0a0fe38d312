"""Where the console listens, and what of its command line leads to the stack."""

import socket
from unittest.mock import MagicMock
from urllib.parse import parse_qs

import pytest

from ops.cli.commands.console import PORT
from ops.cli.main import main
from ops.cli.options import Target
from ops.console import server
from ops.console.mailbox import Mailbox
from ops.errors import CommandError


def test_it_listens_on_this_machine_alone():
    with server._listener(0) as listener:
        host, port = listener.getsockname()
    assert host == "127.0.0.1"
    assert port > 0


def test_a_port_that_is_taken_is_reported():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CommandError, match="--port 0 takes a free one"):
            server._listener(taken.getsockname()[1])


@pytest.mark.parametrize("port", [-1, 65536, 99999])
def test_a_port_that_is_none_is_reported(port):
    with pytest.raises(CommandError, match="cannot be had"):
        server._listener(port)


def test_what_leads_to_the_stack_is_in_every_command_that_is_copied(monkeypatch):
    handed = {}
    monkeypatch.setattr(Target, "stack", lambda _: "stack")
    monkeypatch.setattr(server, "serve", lambda stack, **options: handed.update(options, stack=stack))
    argv = ["console", "--profile", "p", "--region", "eu-west-1", "--settings", "other.yaml", "--port", "0", "--open"]
    assert main(argv) == 0
    assert isinstance(handed.pop("mailbox"), Mailbox)
    assert handed == {
        "stack": "stack",
        "port": 0,
        "options": ["--profile", "p", "--region", "eu-west-1"],
        "settings": ["--settings", "other.yaml"],
        "browse": True,
    }
    assert main(["console"]) == 0
    assert (handed["port"], handed["options"], handed["settings"]) == (PORT, [], [])


@pytest.mark.parametrize(
    ("endpoint", "asks"),
    [("http://127.0.0.1:4566", False), ("http://localhost:4566", False), ("https://s3.eu-west-1.amazonaws.com", True)],
)
def test_an_account_is_shown_to_who_has_the_key_that_the_address_has(monkeypatch, capsys, endpoint, asks):
    stack = MagicMock()
    stack.s3.meta.endpoint_url = endpoint
    served = []
    monkeypatch.setattr(server, "Console", MagicMock())
    monkeypatch.setattr(server, "create", lambda _, hosts, key: served.append(key))
    monkeypatch.setattr(server, "_Server", MagicMock())
    for _ in range(2):
        server.serve(stack, port=0, mailbox=MagicMock())
    addresses = capsys.readouterr().out.split()
    assert [key is not None for key in served] == [asks, asks]
    for key, address in zip(served, addresses, strict=True):
        base, _, query = address.partition("?")
        assert base.startswith("http://127.0.0.1:")
        assert parse_qs(query).get("key", [None]) == [key]
    if asks:
        assert served[0] != served[1]
        assert len(served[0]) >= 43
