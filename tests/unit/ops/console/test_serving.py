"""Where the console listens, and what of its command line leads to the stack."""

import socket

import pytest

from ops.cli import parser
from ops.console import serving, verb
from ops.errors import CommandError


def test_it_listens_on_this_machine_alone():
    with serving._listener(0) as listener:
        host, port = listener.getsockname()
    assert host == "127.0.0.1"
    assert port > 0


def test_a_port_that_is_taken_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CommandError, match="--port 0 takes a free one"):
            serving._listener(taken.getsockname()[1])


@pytest.mark.parametrize("port", [-1, 65536, 99999])
def test_a_port_that_is_none_is_told(port):
    with pytest.raises(CommandError, match="cannot be had"):
        serving._listener(port)


def test_what_leads_to_the_stack_is_in_every_command_that_is_copied(monkeypatch):
    handed = {}
    monkeypatch.setattr(verb, "stack_of", lambda _: "stack")
    monkeypatch.setattr(serving, "serve", lambda stack, **options: handed.update(options, stack=stack))
    argv = ["console", "--profile", "p", "--region", "eu-west-1", "--settings", "other.yaml", "--port", "0", "--open"]
    parser().parse_args(argv).run(parser().parse_args(argv))
    assert handed == {
        "stack": "stack",
        "port": 0,
        "options": ["--profile", "p", "--region", "eu-west-1"],
        "settings": ["--settings", "other.yaml"],
        "browse": True,
    }
    parser().parse_args(["console"]).run(parser().parse_args(["console"]))
    assert (handed["port"], handed["options"], handed["settings"]) == (verb.DEFAULT_PORT, [], [])
