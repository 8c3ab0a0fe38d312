"""The console's server: on 127.0.0.1 alone, until it is interrupted."""

import secrets
import socket
import webbrowser
from collections.abc import Sequence

import uvicorn

from ops.console.app import Console, create
from ops.console.commands import Commands
from ops.console.dlq_messages import DlqMessages
from ops.console.mailbox import Mailbox
from ops.console.pages import is_local, where
from ops.console.security import address_with, hosts_of
from ops.errors import CommandError, Exit
from ops.show import note
from ops.stack import Stack

ADDRESS = "127.0.0.1"


def serve(
    stack: Stack,
    *,
    port: int,
    options: Sequence[str] = (),
    settings: Sequence[str] = (),
    mailbox: Mailbox,
    browse: bool = False,
) -> Exit:
    """Serve the console until it is interrupted; its address is printed as soon as it listens.

    Args:
        stack: that it shows.
        port: 0 takes a free one.
        options: that lead to the stack, for commands that are copied from the page.
        settings: as options, of `pipeline` alone.
        mailbox: where the stack's mails arrive, if they do not go to people's own addresses.
        browse: whether it is opened in the browser.

    Raises:
        CommandError: the port is taken.
    """
    with _listener(port) as listener:
        bound = listener.getsockname()[1]
        key = None if is_local(stack) else secrets.token_urlsafe()
        console = Console(
            stack=stack,
            commands=Commands(names=stack.names, options=options, settings=settings),
            mailbox=mailbox,
            dlq_messages=DlqMessages(stack=stack),
        )
        config = uvicorn.Config(
            create(console, hosts_of(bound), key),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="on",
            timeout_graceful_shutdown=2,
        )
        address = address_with(f"http://{ADDRESS}:{bound}/", key)
        print(address, flush=True)
        note(f"the console of {where(stack)}; Ctrl-C ends it")
        if browse:
            webbrowser.open(address)
        try:
            _Server(config, console).run(sockets=[listener])
        except KeyboardInterrupt:
            note("console: ended")
    return Exit.DONE


class _Server(uvicorn.Server):
    """A server that ends the pages' streams before it waits for what is under way."""

    def __init__(self, config: uvicorn.Config, console: Console) -> None:
        super().__init__(config)
        self._console = console

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End."""
        self._console.follower.leave()
        await super().shutdown(sockets)


def _listener(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESS, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise CommandError(
            f"port {port} of {ADDRESS} cannot be had: {error}; --port 0 takes a free one", Exit.FAILURE
        ) from error
    return listener
