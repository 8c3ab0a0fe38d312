"""Receives signed webhooks: refuses those that are forged or old, and handles each id once."""

import json
import os
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

from signatures import ForgedError, key_of, verify

MAX_BODY_BYTES: Final = 1_000_000
KEPT_IDS: Final = 100_000


def handle(notification: dict[str, Any]) -> None:
    """Handle a notification: replace this with your own code."""
    print(notification["type"], (notification.get("source") or {}).get("key", ""), flush=True)


def receiver(
    key: bytes, handler: Callable[[dict[str, Any]], None] = handle, now: Callable[[], float] = time.time
) -> type[BaseHTTPRequestHandler]:
    """The handler of a web server that receives webhooks.

    Args:
        key: Of the sender's secret.
        handler: Called once for each id. If it raises, the answer is 500, and the sender tries again.
        now: The time in seconds since 1970.
    """
    # In memory: a program that must remember ids after its end keeps them in its database.
    seen: OrderedDict[str, None] = OrderedDict()

    class Receiver(BaseHTTPRequestHandler):
        timeout = 20  # of a sender that stops in the middle

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if not (length.isascii() and length.isdigit() and int(length) <= MAX_BODY_BYTES):
                return self.answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            body = self.rfile.read(int(length))
            try:
                identity = verify({name.lower(): value for name, value in self.headers.items()}, body, key, now())
            except ForgedError as error:
                print(f"refused: {error}", file=sys.stderr)
                return self.answer(HTTPStatus.UNAUTHORIZED)
            if identity not in seen:
                try:
                    handler(json.loads(body))
                except Exception as error:  # noqa: BLE001 - whatever it was, the sender tries again
                    print(f"{identity}: {error!r}", file=sys.stderr)
                    return self.answer(HTTPStatus.INTERNAL_SERVER_ERROR)
                seen[identity] = None
                while len(seen) > KEPT_IDS:
                    seen.popitem(last=False)
            return self.answer(HTTPStatus.NO_CONTENT)

        def answer(self, status: HTTPStatus) -> None:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:  # noqa: ANN401 - as http.server has it
            pass

    return Receiver


def main() -> None:
    """Receive until interrupted."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
    HTTPServer(("127.0.0.1", port), receiver(key_of(os.environ["WEBHOOK_SECRET"]))).serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
