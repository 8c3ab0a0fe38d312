"""The SDK's clients, made once per process."""

import gc
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

# The SDK tries again three times within seconds; what lasts longer is the queue's business.
_CONFIG: Final = Config(
    retries={"mode": "standard", "max_attempts": 3}, connect_timeout=3, read_timeout=20, max_pool_connections=32
)

# Sessions are for one thread at a time, and what only failures need is made by whichever thread has the first one.
_MAKING: Final = Lock()

# All that a function may talk to.
_SERVICES: Final = ("dynamodb", "rekognition", "s3", "sns", "sqs")


class _Models(Loader):
    """The SDK's models, without a walk through the folders of all services.

    botocore's loader lists the 400-odd services and looks into each one's folders, only to word an error for an unknown
    name (`load_service_model` of botocore 1.44): a tenth of the CPU of making the first client.
    """

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - the SDK's signature
        """The services that functions use, whatever kind of model is asked for."""
        return list(_SERVICES)


def s3() -> "S3Client":
    """The S3 client."""
    client: S3Client = _client("s3")
    return client


def sqs() -> "SQSClient":
    """The SQS client."""
    client: SQSClient = _client("sqs")
    return client


def sns() -> "SNSClient":
    """The SNS client."""
    client: SNSClient = _client("sns")
    return client


def dynamodb() -> "DynamoDBClient":
    """The DynamoDB client."""
    client: DynamoDBClient = _client("dynamodb")
    return client


def rekognition() -> Any:  # noqa: ANN401 - its stubs are not installed
    """The Rekognition client."""
    return _client("rekognition")


def evict() -> None:
    """Discard all clients, since the environment has changed: the next use makes new ones."""
    _made.cache_clear()
    _session.cache_clear()
    gc.unfreeze()


def _client(service: str) -> Any:  # noqa: ANN401 - the SDK makes classes as it runs
    with _MAKING:
        return _made(service)


@cache
def _made(service: str) -> Any:  # noqa: ANN401 - the SDK makes classes as it runs
    # Modules and the SDK's models stay as long as the process: walked by the collector again and again while the next
    # model is read, they were a sixth of a start.
    gc.freeze()
    return _session().create_client(service, config=_CONFIG)


@cache
def _session() -> Session:
    # boto3.client is this and an import of s3transfer, resources and documentation, which no function uses.
    session = Session()
    session.register_component("data_loader", _Models())
    return session
