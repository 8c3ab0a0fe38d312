"""The SDK's clients: which are made, when, and with what."""

import gc
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePath
from threading import Barrier

import pytest
from botocore.loaders import JSONFileLoader
from kit import aws_models, collector

from ops.settings import ROOT, load, placeholders
from services.resize.formats.opener import READERS
from shared.aws import clients


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    clients.evict()
    yield
    clients.evict()


def test_clients_go_where_the_environment_says(monkeypatch):
    assert clients.sqs().meta.region_name == "eu-west-1"
    assert clients.sqs().meta.endpoint_url == "https://sqs.eu-west-1.amazonaws.com"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert clients.s3().meta.endpoint_url == "http://127.0.0.1:4566"


def test_clients_try_again_three_times_and_give_up_within_seconds():
    config = clients.dynamodb().meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": 1 + 3}
    assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (3, 20, 32)


def test_threads_that_want_the_same_client_at_once_share_it():
    barrier = Barrier(8)

    def client():
        barrier.wait()
        return clients.sns()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(map(id, pool.map(lambda _: client(), range(8))))) == 1


def test_the_collector_leaves_modules_and_models_alone():
    with collector.as_in_a_function():
        gc.unfreeze()
        clients.s3()
        clients.sqs()
        assert gc.get_freeze_count() > 0
        clients.evict()
        assert gc.get_freeze_count() == 0


def test_the_first_client_reads_the_models_of_its_own_service_alone(monkeypatch):
    aws_models.read_again()
    read = []
    exists = JSONFileLoader.exists
    monkeypatch.setattr(JSONFileLoader, "exists", lambda self, path: read.append(path) or exists(self, path))
    clients.sqs()
    services = {PurePath(path).parts[-3] for path in read if PurePath(path).parts[-4] == "data"}
    assert services == {"sqs"}


_START = """
import sys
from botocore.session import Session
made = []
create = Session.create_client
Session.create_client = lambda self, service, **options: made.append(service) or create(self, service, **options)
from services.{service} import handler
handler._runner()
print(*sorted(made))
print(*sorted({heavy!r} & set(sys.modules)))
"""

# What costs a start tens of milliseconds and serves nothing there.
_HEAVY = {
    "boto3",
    "s3transfer",
    "asyncio",
    "pi_heif",
    "aws_lambda_powertools.utilities.batch",
    "aws_lambda_powertools.utilities.data_classes",
    *READERS.values(),
}


@pytest.mark.parametrize(
    ("service", "made"),
    [("resize", "dynamodb s3 sqs"), ("watermark", "dynamodb s3 sqs"), ("store", "dynamodb s3 sns")],
)
def test_a_start_makes_what_every_image_needs_and_imports_no_more(service, made):
    environment = placeholders(load(), service) | {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    # watermark writes PNGs with it; resize needs it for animations alone.
    heavy = _HEAVY | ({"deflate"} if service == "resize" else set())
    code = _START.format(service=service, heavy=heavy)
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.splitlines()) == (0, [made, ""]), result.stderr
