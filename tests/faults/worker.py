"""A function's processes: one that has imported the handler, and a copy of it for each caller.

Started as `python worker.py SERVICE SOCKET` with the function's environment. Each connection to the socket gets a
process of its own, which says its id, and then answers events: a JSON object a line, with the seconds that it has.
"""

import json
import os
import signal
import socket
import sys
import time
from importlib import import_module


class Context:
    """Lambda's context, with this many seconds left."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "placeholder"

    def __init__(self, seconds):
        self._until = time.monotonic() + seconds

    def get_remaining_time_in_millis(self):
        return int((self._until - time.monotonic()) * 1000)


def serve(connection, handler):
    """Answer events until the other end closes."""
    with connection.makefile("rw", encoding="utf-8") as lines:
        print(os.getpid(), file=lines, flush=True)
        for line in lines:
            asked = json.loads(line)
            try:
                answer = handler(asked["event"], Context(asked["seconds"]))
            except Exception as error:  # noqa: BLE001 - Lambda takes an exception as a failure of the whole batch
                answer = {"errorMessage": repr(error)}
            print(json.dumps(answer), file=lines, flush=True)


def main():
    """Import the handler, make its clients, and copy this process for each connection."""
    service, path = sys.argv[1:]
    module = import_module(f"services.{service}.handler")
    if breaking := os.environ.get("BREAK_WITH"):
        import_module(breaking).break_it()
    module._runner()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(64)
    while True:
        connection, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                serve(connection, module.handler)
            finally:
                os._exit(0)
        connection.close()


if __name__ == "__main__":
    main()
