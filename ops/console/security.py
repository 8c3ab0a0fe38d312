"""Who may talk to the console: a page of its own on this machine, and nobody else; and what its own pages may do."""

from collections.abc import Collection, Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Nothing inline and nothing from elsewhere: what a key or a reason may smuggle into a page does nothing there.
PAGES_MAY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# What somebody dropped, opened by itself: not even a page, should a browser take it for one.
PICTURES_MAY: Final = "default-src 'none'; frame-ancestors 'none'; sandbox"

_ALWAYS: Final[Mapping[str, str]] = {
    "content-security-policy": PAGES_MAY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_SAFE: Final = frozenset({"GET", "HEAD"})
# Of no other page: an address that somebody typed or opened from a terminal, or this console's own.
_OURS: Final = frozenset({"none", "same-origin"})


def hosts_of(port: int) -> frozenset[str]:
    """What a browser calls the console, as the header Host says it."""
    return frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})


def refusal(method: str, headers: Mapping[str, str], hosts: Collection[str]) -> str | None:
    """Why a request is refused; None where it is not.

    A name that leads here by DNS rebinding is no host of ours; a page of elsewhere has another origin, which browsers
    tell with everything that changes something.

    Args:
        method: of the request.
        headers: of the request, by their names in lower case.
        hosts: what the console is called.
    """
    host = headers.get("host", "")
    if host not in hosts:
        return f"this console is not called {host[:80]!r}"
    if method not in _SAFE:
        origin = headers.get("origin")
        return None if origin == f"http://{host}" else f"this console takes nothing from {(origin or 'nowhere')[:80]!r}"
    # A link to a page is harmless; a picture or a script of ours in a page of elsewhere is not.
    if headers.get("sec-fetch-mode", "navigate") != "navigate" and headers.get("sec-fetch-site", "none") not in _OURS:
        return "another page asks for what is this console's"
    return None


class Guard:
    """Refuses what is not the console's own, and sends its headers with every answer.

    Args:
        app: what is guarded.
        hosts: what the console is called.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # the console opens no other channel
            await send({"type": "websocket.close", "code": 1008})
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers.setdefault(name, value)
            await send(message)

        why = refusal(scope["method"], Headers(scope=scope), self._hosts)
        app = self._app if why is None else PlainTextResponse(why, status_code=403)
        await app(scope, receive, sending)
