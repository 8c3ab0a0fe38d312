#!/bin/sh
# botocore 1.44.5: of two threads that use client.exceptions of one client first, one may fail to catch its own error.
#
# Expected: clients may be shared by threads, so each thread catches client.exceptions.ConditionalCheckFailedException.
# https://docs.aws.amazon.com/boto3/latest/guide/clients.html#multithreading-or-multiprocessing-with-clients
# Seen: the classes are made at the first use, without a lock. Both threads make all of them; the client keeps those of the
# thread that was last. The other thread waits for a class that is never raised: contextlib.suppress lets its error through.
set -eu
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install -q --disable-pip-version-check botocore==1.44.5
venv/bin/python - <<'PYTHON'
import contextlib
import http.server
import sys
import threading

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

ROUNDS = 60
ANSWER = b'{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}'


class Refusing(http.server.BaseHTTPRequestHandler):
    """A DynamoDB in which no condition holds."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(400)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        pass


def escaped(begin_first):
    """How many of two threads see an error that they suppress."""
    session = botocore.session.Session()
    session.set_credentials("testing", "testing")
    client = session.create_client(
        "dynamodb", region_name="eu-west-1", endpoint_url=URL, config=Config(retries={"max_attempts": 0})
    )
    if begin_first:
        client.exceptions
    together, seen = threading.Barrier(2), []

    def write():
        together.wait()
        try:
            with contextlib.suppress(client.exceptions.ConditionalCheckFailedException):
                client.put_item(TableName="t", Item={"a": {"S": "b"}})
        except ClientError as error:
            seen.append(type(error).__name__)

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) <= {"ConditionalCheckFailedException"}, seen
    return len(seen)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
threading.Thread(target=server.serve_forever, daemon=True).start()
URL = f"http://127.0.0.1:{server.server_port}"
sys.setswitchinterval(1e-5)  # what happens seldom, often
print(f"botocore {botocore.__version__}, Python {sys.version.split()[0]}")
touched = sum(escaped(True) for _ in range(ROUNDS))
shared = sum(escaped(False) for _ in range(ROUNDS))
print(f"client.exceptions used once before: expected 0 errors that escape, seen {touched} of {2 * ROUNDS}")
print(f"first used by two threads:          expected 0 errors that escape, seen {shared} of {2 * ROUNDS}")
assert touched == 0
assert shared > 0, "botocore makes the classes once now"
PYTHON
