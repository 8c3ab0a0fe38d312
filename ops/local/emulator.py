"""The emulator's process: on 127.0.0.1 and a free port, ready in seconds, and removed without leftovers."""

import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import IO, Any, Final

import boto3
import botocore.session

from ops.aws.session import no_proxy, reach_this_machine_directly
from ops.errors import CommandError, Exit
from ops.local import detached as detached_process
from ops.places import WORK
from ops.show import quote

REGION: Final = "us-east-1"
ACCOUNT: Final = "000000000000"
# Credentials of the emulator's root user. They have all permissions there, and none anywhere else.
ACCESS_KEY: Final = "test"
SECRET_KEY: Final = "test"  # noqa: S105 - opens nothing but a process on this machine

PYTHON: Final = WORK / ".venv-emulator" / "bin" / "python"
_GUARD: Final = Path(__file__).with_name("guard.py")
_GATEWAY: Final = Path(__file__).with_name("gateway.py")

_READY_SECONDS: Final = 30
_END_SECONDS: Final = 15
_LOOK_SECONDS: Final = 0.05
_ATTEMPTS: Final = 5

_PASSED_ON: Final = ("PATH", "HOME", "LANG", "LC_ALL", "SYSTEMROOT", "XDG_STATE_HOME")


@dataclass(frozen=True, kw_only=True)
class Emulator:
    """A running emulator.

    Args:
        endpoint: URL of the emulator.
        pid: Id of the process to end: the guard, or the emulator itself if it is detached.
        folder: Folder of its log and of the functions' temporary files.
        word: Random word in its health answer, which identifies this emulator.
        end: Ends it; may be called twice.
        certificate: Its TLS certificate, which clients must trust; None if it uses HTTP.
    """

    endpoint: str
    pid: int
    folder: Path
    word: str
    end: Callable[[], None]
    certificate: Path | None = None

    @property
    def log(self) -> Path:
        """Path of the emulator's log."""
        return self.folder / "emulator.log"

    def environment(self) -> dict[str, str]:
        """Environment variables that make AWS's tools use it."""
        return environment(self.endpoint, self.certificate)

    def session(self, account: str = ACCOUNT) -> boto3.Session:
        """A session with all permissions in one of its accounts, which trusts its certificate."""
        core = botocore.session.get_session()
        if self.certificate is not None:
            core.set_config_variable("ca_bundle", str(self.certificate))
        return boto3.Session(
            # Twelve digits are the root of the account of that number, which is there without being made.
            aws_access_key_id=ACCESS_KEY if account == ACCOUNT else account,
            aws_secret_access_key=SECRET_KEY,
            region_name=REGION,
            botocore_session=core,
        )


def environment(endpoint: str, certificate: Path | None = None) -> dict[str, str]:
    """Environment variables that make AWS's tools use an emulator."""
    trust = {} if certificate is None else {"AWS_CA_BUNDLE": str(certificate)}
    direct = no_proxy()
    return trust | {
        "NO_PROXY": direct,
        "no_proxy": direct,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
    }


def start(
    *,
    detached: bool = False,
    folder: Path | None = None,
    tls: bool = False,
    port: int | None = None,
    variables: Mapping[str, str] | None = None,
) -> Emulator:
    """Start an emulator and wait until it answers.

    Args:
        detached: Whether it outlives this process; if not, it ends with this process, even if that is killed.
        folder: Folder for its files; None for a temporary one.
        tls: Whether it accepts only HTTPS, as AWS does, with its own certificate; needs `openssl`.
        port: Port to listen on if it is free; None for any free port.
        variables: More environment variables.

    Raises:
        CommandError: it is not installed, or does not start.
    """
    if not PYTHON.exists():
        raise CommandError(
            f"{PYTHON.parents[1].name} is not there: make setup, or pipeline local up, installs the local AWS",
            Exit.FAILURE,
        )
    reach_this_machine_directly()
    output = ""
    wanted = port if port is not None and is_free(port) else free_port()
    for attempt in range(_ATTEMPTS):
        # The port may be taken by another between our asking for it and the emulator's binding it.
        listens = wanted if attempt == 0 else free_port()
        emulator = _start(listens, detached=detached, folder=folder, tls=tls, variables=variables or {})
        # Another's emulator may have got the port that we meant to: ours is the one that knows its word.
        if comes_up(emulator.pid, partial(answers, emulator.endpoint, emulator.word, emulator.certificate)):
            return emulator
        output = emulator.log.read_text(errors="replace")[-2000:] if emulator.log.exists() else ""
        emulator.end()
    quote(output)
    raise CommandError("the local AWS does not come up", Exit.PARTIAL)


def _start(port: int, *, detached: bool, folder: Path | None, tls: bool, variables: Mapping[str, str]) -> Emulator:
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="image-pipeline-"))
    folder.mkdir(parents=True, exist_ok=True)
    command = [str(PYTHON), str(_GATEWAY)]
    word = secrets.token_hex(8)
    env = _environment(port, folder, word) | ({"USE_SSL": "1"} if tls else {}) | dict(variables)
    with (folder / "emulator.log").open("wb") as log:
        if detached:
            process = detached_process.start(command, lock=lock_of(folder), log=log, env=env)
            stop = lambda: end_group(process.pid, folder)  # noqa: E731
        else:
            process = subprocess.Popen(
                [sys.executable, "-I", str(_GUARD), str(folder), *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=env,
            )
            stop = lambda: _close(process)  # noqa: E731
    return Emulator(
        endpoint=f"{'https' if tls else 'http'}://127.0.0.1:{port}",
        pid=process.pid,
        folder=folder,
        word=word,
        end=stop,
        certificate=folder / "tmp" / "ministack-tls" / "server.crt" if tls else None,
    )


def lock_of(folder: Path) -> Path:
    """The lock that a detached emulator has; see ops.local.detached."""
    return folder / "emulator.lock"


def _environment(port: int, folder: Path, word: str) -> dict[str, str]:
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    return {
        # By SSL_CERT_FILE it trusts a webhook whose certificate is one's own.
        **passed_on("SSL_CERT_FILE"),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_HOST": "127.0.0.1",
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "MINISTACK_EDITION": word,
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(temporary),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def comes_up(pid: int, answers: Callable[[], bool]) -> bool:
    """Wait until a process answers; False where it ends before, or takes too long."""
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if answers():
            return True
        if not is_alive(pid):
            return False
        time.sleep(_LOOK_SECONDS)
    return False


def answers(endpoint: str, word: str | None = None, certificate: Path | None = None) -> bool:
    """Whether an emulator is running and ready: the one that a word identifies, or any."""
    health = health_of(f"{endpoint}/_ministack/health", certificate)
    return health is not None and (word is None or health.get("edition") == word)


def health_of(url: str, certificate: Path | None = None) -> Mapping[str, Any] | None:
    """JSON object of a health check on this machine; None if the program does not answer with one.

    Its TLS certificate is None if it uses HTTP.
    """
    try:
        trust = None if certificate is None else ssl.create_default_context(cafile=str(certificate))
        with urllib.request.urlopen(url, timeout=2, context=trust) as answer:  # noqa: S310 - 127.0.0.1
            health = json.loads(answer.read())
    except (OSError, HTTPException, ValueError):  # URLError is an OSError
        return None
    return health if isinstance(health, dict) else None


def passed_on(*more: str) -> dict[str, str]:
    """Environment variables that programs of the local AWS get: no credentials, no settings of tools.

    Args:
        more: Names of more variables for this program.
    """
    return {name: os.environ[name] for name in (*_PASSED_ON, *more) if name in os.environ}


def is_free(port: int) -> bool:
    """Whether a port of this machine is free."""
    with socket.socket() as probe:
        # As the emulator does: a port on which connections have just been closed is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _close(process: "subprocess.Popen[bytes]") -> None:
    """Close the guard's stdin, and wait until it has ended everything."""
    stdin: IO[bytes] | None = process.stdin
    if stdin is not None and not stdin.closed:
        stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait(10)


def end_group(pid: int, folder: Path) -> None:
    """End a detached emulator and its functions, and remove its files, except for its kept data.

    If it has died, only its functions are left. Another process that has its id by now is left alone.
    """
    is_ours = detached_process.is_running(lock_of(folder))
    if is_ours:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGTERM)  # it writes down what it keeps before it ends
        _wait_for_end(pid, _END_SECONDS)
    if is_ours or not is_alive(pid):
        end_processes(pid)
    shutil.rmtree(folder, ignore_errors=True)


def end_processes(pid: int) -> None:
    """End a detached process with all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    _wait_for_end(pid, _END_SECONDS)


def _wait_for_end(pid: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)


def is_alive(pid: int) -> bool:
    """Whether a process is running; a child process that has ended is reaped."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
