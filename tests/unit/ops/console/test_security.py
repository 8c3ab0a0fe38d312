"""Whom the console answers, and what its pages may do."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ops.console.security import PAGES_MAY, Guard, address_with, hosts_of, refusal

HOSTS = hosts_of(8642)
HERE = "127.0.0.1:8642"


def reported(method="GET", host=HERE, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return refusal(method, {"host": host, **named}, HOSTS)


@pytest.mark.parametrize("host", [HERE, "localhost:8642"])
def test_a_browser_on_this_machine_is_answered(host):
    assert reported(host=host) is None
    assert reported("POST", host=host, origin=f"http://{host}") is None


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8642", "127.0.0.1", "127.0.0.1:8643", "127.0.0.1.evil.example:8642", ""]
)
def test_a_name_that_was_rebound_to_this_machine_is_refused(host):
    assert "not called" in reported(host=host)
    assert "not called" in reported("POST", host=host, origin=f"http://{host}")


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "https://127.0.0.1:8642",
        "http://127.0.0.1:3000",
        "http://localhost:8642",
        "http://127.0.0.1:8642.evil.example",
    ],
)
def test_what_another_page_sends_is_refused(origin):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert "takes nothing" in reported(method, origin=origin)


def test_what_comes_from_nowhere_changes_nothing():
    assert "takes nothing" in reported("POST")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_page_embeds_nothing_of_this_one(site):
    for mode in ("no-cors", "cors", "same-origin"):
        assert "another page" in reported(sec_fetch_site=site, sec_fetch_mode=mode)
    assert reported(sec_fetch_site=site, sec_fetch_mode="navigate") is None


def test_its_own_page_embeds_what_it_likes():
    assert reported(sec_fetch_site="same-origin", sec_fetch_mode="no-cors") is None
    assert reported(sec_fetch_site="none", sec_fetch_mode="navigate") is None


@pytest.fixture
def connect():
    """A client of a console, with or without a key."""

    async def page(_):
        return PlainTextResponse("page")

    async def picture(_):
        return PlainTextResponse("picture", headers={"content-security-policy": "sandbox", "cache-control": "private"})

    async def channel(socket):
        await socket.accept()

    routes = [
        Route("/", page, methods=["GET", "POST"]),
        Route("/picture", picture),
        Route("/health", page),
        WebSocketRoute("/channel", channel),
    ]

    def connecting(key=None):
        app = Starlette(routes=routes, middleware=[Middleware(Guard, hosts=HOSTS, key=key)])
        return TestClient(app, base_url=f"http://{HERE}", follow_redirects=False)

    return connecting


@pytest.fixture
def client(connect):
    return connect()


def test_every_answer_has_the_headers_even_a_refusal(client):
    refused = client.post("/", headers={"origin": "http://evil.example"})
    assert refused.status_code == 403
    for answer in (client.get("/"), client.get("/nowhere"), refused):
        assert answer.headers["content-security-policy"] == PAGES_MAY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


def test_nothing_inline_and_nothing_from_elsewhere_is_allowed():
    assert "unsafe" not in PAGES_MAY
    assert "http" not in PAGES_MAY
    assert "default-src 'none'" in PAGES_MAY
    assert "frame-ancestors 'none'" in PAGES_MAY


def test_an_answer_may_be_stricter(client):
    answer = client.get("/picture")
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["cache-control"] == "private"


def test_no_other_channel_is_opened(client):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/channel"):
        pass


KEY = "a-key_of~43"


def test_who_has_no_key_sees_nothing_and_changes_nothing(connect):
    client, origin = connect(KEY), {"origin": f"http://{HERE}"}
    asked = ["/", "/picture", "/nowhere", "/?key=", "/?key=other", "/?key=ü", f"/picture?key={KEY}"]
    for answer in (*map(client.get, asked), client.post("/", headers=origin)):
        assert (answer.status_code, "open the address that it printed" in answer.text) == (403, True)
        assert "set-cookie" not in answer.headers
        assert answer.headers["content-security-policy"] == PAGES_MAY
    client.cookies.set("pipeline-console-8642", "other")
    assert client.get("/").status_code == 403
    assert client.get("/health").status_code == 200


def test_the_key_goes_from_the_address_into_a_cookie_of_this_console(connect):
    client = connect(KEY)
    answer = client.get(address_with("/", KEY))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith(f"pipeline-console-8642={KEY}")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/picture").text == "picture"
    assert client.post("/", headers={"origin": f"http://{HERE}"}).status_code == 200
    # The key opens the door to nobody else's page.
    assert client.post("/", headers={"origin": "http://evil.example"}).status_code == 403


def test_a_console_without_a_key_asks_for_none(client):
    assert address_with("http://here/", None) == "http://here/"
    assert client.get("/picture").text == "picture"
