"""Stands in for Lambda and its event source mappings: the real handlers in processes of their own, strict as AWS is.

Time is simulated: whatever comes back is visible again at once, whatever pause was asked for.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote_plus

from botocore.config import Config
from faults.proxy import POINT
from faults.rules import Call
from faults.world import waiting
from kit.lambda_events import event

from ops.names import SERVICES
from ops.settings import ROOT

WORKER = Path(__file__).with_name("worker.py")


class Died(Exception):
    """The process is gone, or was ended because its time was over."""


class Worker:
    """One warm process of a function."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._lines = self._socket.makefile("rw", encoding="utf-8")
        self.pid = int(self._lines.readline())

    def __call__(self, event: Mapping[str, Any], seconds: float) -> Any:
        """The handler's answer.

        Raises:
            Died: it has none.
        """
        self._socket.settimeout(seconds)
        try:
            print(json.dumps({"event": event, "seconds": seconds}), file=self._lines, flush=True)
            line = self._lines.readline()
        except OSError as error:
            self.end()
            raise Died(repr(error)) from error
        if not line:
            raise Died("killed")
        return json.loads(line)

    def end(self) -> None:
        """Kill it, as Lambda does when the time is over."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(OSError):
            self._socket.close()


def come_back(answer: object, ids: Sequence[str]) -> set[str]:
    """Which messages of a batch come back.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html: an answer that Lambda cannot read, or
    an id that is none of the batch, is a failure of all of it; no answer at all, and no list, is a success of all.
    """
    if answer is None:
        return set()
    if not isinstance(answer, dict) or "errorMessage" in answer:
        return set(ids)
    failures = answer.get("batchItemFailures") or []
    found = {each.get("itemIdentifier") if isinstance(each, dict) else None for each in failures}
    unknown = found - set(ids)
    return set(ids) if unknown else found


class Lambdas:
    """The three functions at work on the queues of a pipeline whose own mappings are off.

    Args:
        stack: the pipeline on the local AWS.
        endpoints: that each service's function calls.
        folder: for sockets and logs.
        slots: how many processes of each function work at once.
        batch_size: of each mapping.
        seconds: a function's time.
        break_with: a module whose break_it() breaks the handlers.
    """

    def __init__(
        self,
        stack: Any,
        endpoints: Mapping[str, str],
        folder: Path,
        *,
        slots: int = 4,
        batch_size: int = 1,
        seconds: float = 30,
        break_with: str = "",
    ) -> None:
        self._stack = stack
        self._batch_size = batch_size
        self._seconds = seconds
        self._sqs = stack.session.client(
            "sqs", endpoint_url=stack.emulator.endpoint, config=Config(max_pool_connections=64)
        )
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._busy: dict[int, tuple[str, frozenset[str]]] = {}
        self.lost_answers: set[tuple[str, str]] = set()
        self.answers_lost: set[tuple[str, str]] = set()
        self.invocations = self.deaths = 0
        self.delayed: Callable[[], int] = lambda: 0
        self._paths = {service: folder / f"{service}.socket" for service in SERVICES}
        self._templates = [
            self._template(service, endpoints[service], folder, {"BREAK_WITH": break_with} if break_with else {})
            for service in SERVICES
        ]
        self._threads = [
            threading.Thread(target=self._work, args=(service,)) for service in SERVICES for _ in range(slots)
        ]

    def __enter__(self) -> Self:
        deadline = time.monotonic() + 60
        while not all(path.exists() for path in self._paths.values()):
            if time.monotonic() > deadline or any(template.poll() is not None for template in self._templates):
                self.__exit__()
                raise RuntimeError("a function does not start; see its log")
            time.sleep(0.05)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(self._seconds + 10)
        for template in self._templates:
            template.kill()
            template.wait()

    def kill(self, call: Call) -> None:
        """Kill the process that makes a call."""
        with self._lock:
            pids = [
                pid for pid, (service, points) in self._busy.items() if service == call.service and points & call.points
            ]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def drain(self, timeout_seconds: float) -> bool:
        """Wait until nothing is in any queue, nor at work, nor delayed on its way."""
        deadline = time.monotonic() + timeout_seconds
        quiet = 0
        while time.monotonic() < deadline:
            with self._lock:
                busy = bool(self._busy) or self.delayed() > 0
            quiet = 0 if busy or any(waiting(self._sqs, self._url(service)) for service in SERVICES) else quiet + 1
            if quiet > 1:
                return True
            time.sleep(0.2)
        return False

    def _url(self, service: str) -> str:
        url: str = self._stack.queue_urls[self._stack.names.queue(service)]
        return url

    def _template(
        self, service: str, endpoint: str, folder: Path, more: Mapping[str, str]
    ) -> "subprocess.Popen[bytes]":
        stack = self._stack
        env = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            **stack.emulator.environment(),
            **stack.settings.environment(service, stack.names, stack.queue_urls),
            "AWS_ENDPOINT_URL": endpoint,
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests"))),
            "PYTHONDONTWRITEBYTECODE": "1",
            **more,
        }
        with (folder / f"{service}.log").open("wb") as log:
            command = [sys.executable, str(WORKER), service, str(self._paths[service])]
            return subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=ROOT)

    def _work(self, service: str) -> None:
        """One slot: a batch after another, in the same process until that dies."""
        worker: Worker | None = None
        while not self._stop.is_set():
            messages = self._sqs.receive_message(
                QueueUrl=self._url(service),
                MaxNumberOfMessages=self._batch_size,
                WaitTimeSeconds=1,
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            ).get("Messages", [])
            if messages:
                worker = self._invoke(service, messages, worker or Worker(self._paths[service]))
        if worker is not None:
            worker.end()

    def _invoke(self, service: str, messages: Sequence[Any], worker: Worker) -> Worker | None:
        points = frozenset(point for each in messages for point in POINT.findall(unquote_plus(each["Body"])))
        ids = [each["MessageId"] for each in messages]
        with self._lock:
            self.invocations += 1
            self._busy[worker.pid] = (service, points)
        pid, warm = worker.pid, worker
        try:
            answer = worker(event(messages), self._seconds)
            back = come_back(answer, ids)
        except Died:
            self.deaths += 1
            back, warm = set(ids), None  # type: ignore[assignment]
        lost = {(service, point) for point in points} & (self.lost_answers - self.answers_lost)
        if lost:
            self.answers_lost |= lost
            back = set(ids)
        for each in messages:
            call = (
                self._sqs.change_message_visibility
                if each["MessageId"] in back
                else lambda VisibilityTimeout, **who: self._sqs.delete_message(**who)  # noqa: N803
            )
            # The handler may have removed it by itself already.
            with suppress(self._sqs.exceptions.ClientError):
                call(QueueUrl=self._url(service), ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0)
        with self._lock:
            del self._busy[pid]
        return warm
