"""A proxy between the functions and the local AWS, which names each call and lets it fail."""

import asyncio
import json
import re
import threading
from collections.abc import Callable, Mapping
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from faults.rules import Call, Fault

# In the key of every image of a run: whose call it is can then be seen in any request that names the image.
POINT = re.compile(r"pt-(\d+)-")
_INTERMEDIATE = re.compile(r"/([0-9a-f]{20})/")

_REFUSALS = {
    "unavailable": ("503 Service Unavailable", "ServiceUnavailable"),
    "conflict": ("409 Conflict", "ConditionalRequestConflict"),
}


class Proxy:
    """An endpoint for each service.

    Args:
        upstream: the local AWS.
        services: that call.
        rule: what is to happen to a call.
        kill: takes the process down that makes a call.
    """

    def __init__(
        self,
        upstream: str,
        services: tuple[str, ...],
        rule: Callable[[Call], Fault | None],
        kill: Callable[[Call], None] = lambda _: None,
    ) -> None:
        where = urlsplit(upstream)
        self._host, self._port = str(where.hostname), int(where.port or 80)
        self._services = services
        self.rule = rule
        self.kill = kill
        self.images: dict[str, str] = {}
        self.delay_seconds = 1.0
        # Calls that are delayed: what they bring comes late, though nobody waits for their answers any more.
        self.delayed = 0
        self.endpoints: dict[str, str] = {}
        self._servers: list[asyncio.Server] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        for service in self._services:
            serving = asyncio.start_server(lambda r, w, service=service: self._serve(service, r, w), "127.0.0.1", 0)
            server = asyncio.run_coroutine_threadsafe(serving, self._loop).result(10)
            self._servers.append(server)
            self.endpoints[service] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _close(self) -> None:
        """End what is still going through: nobody waits for it any more."""
        for server in self._servers:
            server.close()
        going = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)

    async def _serve(self, service: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request of a connection; the answer closes it."""
        try:
            head, body = await _request(reader, writer)
            call = self._named(service, head, body)
            fault = self.rule(call)
            if answer := await self._answered(call, fault, head, body):
                writer.write(answer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the caller is gone, as it is when it was killed
        finally:
            writer.close()

    async def _answered(self, call: Call, fault: Fault | None, head: bytes, body: bytes) -> bytes | None:
        """What AWS or the fault answers; None where the answer is lost."""
        if fault in {"unavailable", "throttled", "conflict"}:
            return _refusal(call, fault)
        if fault == "kill_before":
            self.kill(call)
            return None
        if fault == "delayed":
            self.delayed += 1
            try:
                await asyncio.sleep(self.delay_seconds)
                return await self._forwarded(head, body)
            finally:
                self.delayed -= 1
        answer = await self._forwarded(head, body)
        if fault == "kill_after":
            self.kill(call)
        return None if fault in {"kill_after", "lost_response", "lost_once"} else answer

    async def _forwarded(self, head: bytes, body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            kept = [
                line
                for line in head.split(b"\r\n")
                if not line.lower().startswith((b"connection:", b"expect:", b"transfer-encoding:", b"content-length:"))
            ]
            framing = [b"Connection: close", b"Content-Length: %d" % len(body)]
            writer.write(b"\r\n".join([*kept, *framing]) + b"\r\n\r\n" + body)
            await writer.drain()
            answer = await reader.read(-1)
        finally:
            writer.close()
        start, end, rest = answer.partition(b"\r\n\r\n")
        if b"connection:" not in start.lower():
            start += b"\r\nConnection: close"
        return start + end + rest

    def _named(self, service: str, head: bytes, body: bytes) -> Call:
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        api, operation = _operation(method, target, headers, body)
        text = unquote(target) + body.decode("latin-1") if api != "s3" else unquote(target)
        points = set(POINT.findall(text))
        if api == "s3" and operation == "DeleteObjects":
            text = "".join(f"/{key}" for key in re.findall(r"<Key>([^<]+)</Key>", body.decode("latin-1")))
        points |= {self.images[image] for image in _INTERMEDIATE.findall(text) if image in self.images}
        return Call(
            service=service,
            api=api,
            operation=operation,
            points=frozenset(points),
            logical=headers.get("amz-sdk-invocation-id", ""),
            conditional="if-match" in headers or "if-none-match" in headers,
        )


async def _request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[bytes, bytes]:
    """Head without its last line break, and body, of one request."""
    head = (await reader.readuntil(b"\r\n\r\n"))[:-4]
    lowered = head.lower()
    if b"expect: 100-continue" in lowered:
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
    if b"transfer-encoding: chunked" in lowered:
        body = b""
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
        return head, body
    length = re.search(rb"content-length: *(\d+)", lowered)
    return head, await reader.readexactly(int(length[1])) if length else b""


def _operation(method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    """The service and the operation, as AWS calls them."""
    if "x-amz-target" in headers:
        service, _, operation = headers["x-amz-target"].partition(".")
        return ("sqs" if "SQS" in service else "dynamodb"), operation
    if "form-urlencoded" in headers.get("content-type", ""):
        return "sns", parse_qs(body.decode()).get("Action", ["?"])[0]
    query = urlsplit(target).query
    if method == "POST" and "delete" in query:
        return "s3", "DeleteObjects"
    noun = "ObjectTagging" if "tagging" in query else "Object"
    return "s3", f"{method.capitalize()}{noun}"


def _refusal(call: Call, fault: Fault) -> bytes:
    """A refusal as the service words it."""
    status, code = _REFUSALS.get(fault, ("400 Bad Request", "ThrottlingException"))
    if call.api == "s3":
        if fault == "throttled":
            status, code = "503 Slow Down", "SlowDown"
        kind, body = "application/xml", f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
    elif call.api == "sns":
        kind = "text/xml"
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>"
            "<Message>injected</Message></Error></ErrorResponse>"
        )
    else:
        kind, body = "application/x-amz-json-1.0", json.dumps({"__type": code, "message": "injected"})
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    ).encode()
