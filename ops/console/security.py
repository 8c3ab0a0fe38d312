"""Who may talk to the console: a page of its own on this machine, and nobody else; and what its own pages may do."""

import secrets
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Nothing inline and nothing from elsewhere: what a key or a reason may smuggle into a page does nothing there.
PAGES_MAY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# What somebody uploaded, opened by itself: not even a page, should a browser take it for one.
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
_KEY: Final = "key"
# It says whether a console is up, and nothing of what it shows.
_FREE: Final = frozenset({"/health"})
# Of no other page: an address that somebody typed or opened from a terminal, or this console's own.
_OURS: Final = frozenset({"none", "same-origin"})


def hosts_of(port: int) -> frozenset[str]:
    """What a browser calls the console, as the header Host says it."""
    return frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})


def refusal(method: str, headers: Mapping[str, str], hosts: Collection[str]) -> str | None:
    """Why a request is refused; None where it is not.

    A name that leads here by DNS rebinding is not a host of ours; a page of elsewhere has another origin, which
    browsers send with everything that changes something.

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


def address_with(address: str, key: str | None) -> str:
    """The address of the page that lets its reader in, with the key that the guard asks for, if it asks for one."""
    return address if key is None else f"{address}?{urlencode({_KEY: key})}"


class Guard:
    """Refuses what is not the console's own, and sends its headers with every answer.

    Other accounts of this machine can reach its port, too. Where a console has a key, only who opened the address with
    it is answered: a cookie keeps it, so that neither the page's address nor its history does.

    Args:
        app: what is guarded.
        hosts: what the console is called.
        key: that is asked for; None where there is nothing that others could not do by themselves.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], key: str | None = None) -> None:
        self._app = app
        self._hosts = hosts
        self._key = key

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
        app = PlainTextResponse(why, status_code=403) if why is not None else self._locked(Request(scope)) or self._app
        await app(scope, receive, sending)

    def _locked(self, request: Request) -> Response | None:
        """What is answered to who has no key, or hands it over; None where the way is free."""
        # Cookies know no ports: another console's must not replace this one's.
        cookie = f"pipeline-console-{request.url.port}"
        if self._key is None or request.url.path in _FREE or _same(request.cookies.get(cookie), self._key):
            return None
        if request.url.path != "/" or not _same(request.query_params.get(_KEY), self._key):
            return PlainTextResponse(
                "this console has a key: open the address that it printed when it was started", status_code=403
            )
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(cookie, self._key, httponly=True, samesite="strict")
        return answer


def _same(given: str | None, key: str) -> bool:
    return given is not None and secrets.compare_digest(given.encode(), key.encode())
