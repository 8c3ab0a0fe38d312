"""Whom the console answers, and what its pages may do."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ops.console.security import PAGES_MAY, Guard, hosts_of, refusal

HOSTS = hosts_of(8642)
HERE = "127.0.0.1:8642"


def told(method="GET", host=HERE, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return refusal(method, {"host": host, **named}, HOSTS)


@pytest.mark.parametrize("host", [HERE, "localhost:8642"])
def test_a_browser_on_this_machine_is_answered(host):
    assert told(host=host) is None
    assert told("POST", host=host, origin=f"http://{host}") is None


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8642", "127.0.0.1", "127.0.0.1:8643", "127.0.0.1.evil.example:8642", ""]
)
def test_a_name_that_was_rebound_to_this_machine_is_refused(host):
    assert "not called" in told(host=host)
    assert "not called" in told("POST", host=host, origin=f"http://{host}")


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
        assert "takes nothing" in told(method, origin=origin)


def test_what_comes_from_nowhere_changes_nothing():
    assert "takes nothing" in told("POST")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_page_embeds_nothing_of_this_one(site):
    for mode in ("no-cors", "cors", "same-origin"):
        assert "another page" in told(sec_fetch_site=site, sec_fetch_mode=mode)
    assert told(sec_fetch_site=site, sec_fetch_mode="navigate") is None


def test_its_own_page_embeds_what_it_likes():
    assert told(sec_fetch_site="same-origin", sec_fetch_mode="no-cors") is None
    assert told(sec_fetch_site="none", sec_fetch_mode="navigate") is None


@pytest.fixture
def client():
    async def page(_):
        return PlainTextResponse("page")

    async def picture(_):
        return PlainTextResponse("picture", headers={"content-security-policy": "sandbox", "cache-control": "private"})

    async def channel(socket):
        await socket.accept()

    routes = [
        Route("/", page, methods=["GET", "POST"]),
        Route("/picture", picture),
        WebSocketRoute("/channel", channel),
    ]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Guard, hosts=HOSTS)]), base_url=f"http://{HERE}")


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
