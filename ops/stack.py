"""A pipeline that is there, on AWS or on the local AWS: its settings, its names, and clients for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from ops import settings as pipeline_settings
from ops.aws import session as aws
from ops.aws.ledger import LedgerTable
from ops.aws.ledger_pages import LedgerPages
from ops.aws.queues import url_of
from ops.aws.refusals import is_named
from ops.errors import CommandError, Exit
from ops.names import Names
from ops.places import LOCAL_UP

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


# Of the partitions that botocore 1.44.5 lists, without the isolated ones: aws and aws-us-gov, aws-cn, aws-eusc.
_AWS_HOSTS: Final = (".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A pipeline that is there.

    Args:
        settings: of pipeline.yaml.
        names: of its resources.
        session: with the credentials.
        endpoint_url: of a local AWS; None for AWS_ENDPOINT_URL, else AWS.
        ca_bundle: the certificates that it is known by; None for AWS_CA_BUNDLE, else the usual ones.
    """

    settings: pipeline_settings.PipelineSettings
    names: Names
    session: boto3.Session
    endpoint_url: str | None = None
    ca_bundle: str | None = None
    s3: "S3Client" = field(init=False)
    dynamodb: "DynamoDBClient" = field(init=False)
    sqs: "SQSClient" = field(init=False)
    sns: "SNSClient" = field(init=False)
    _clients: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for service in ("s3", "dynamodb", "sqs", "sns"):
            object.__setattr__(self, service, self.client(service))

    def client(self, service: str) -> Any:  # noqa: ANN401 - any of AWS's services
        """The client of one of AWS's services, made once: it is safe for several threads, and a session is not.

        https://docs.aws.amazon.com/boto3/latest/guide/session.html#multithreading-or-multiprocessing-with-sessions
        """
        with self._lock:
            if service not in self._clients:
                self._clients[service] = aws.client_of(
                    self.session,
                    service,
                    account=self.names.account,
                    endpoint_url=self.endpoint_url,
                    ca_bundle=self.ca_bundle,
                )
            return self._clients[service]

    @property
    def on_aws(self) -> bool:
        """Whether it is on AWS, and not on a local AWS."""
        return (urlsplit(self.s3.meta.endpoint_url).hostname or "").endswith(_AWS_HOSTS)

    @property
    def ledger(self) -> LedgerTable:
        """The row of each image."""
        return LedgerTable(self.dynamodb, self.names.ledger)

    @property
    def ledger_pages(self) -> LedgerPages:
        """The row of each image, the newest first."""
        return LedgerPages(client=self.dynamodb, table=self.names.ledger, bucket=self.names.input_bucket)

    def queue_url(self, queue: str) -> str:
        """The URL of a queue by its name.

        Raises:
            CommandError: there is none of this name in this account and region.
        """
        try:
            return url_of(self.sqs, queue)
        except ClientError as error:
            if not is_named(error, "QueueDoesNotExist"):
                raise
            raise CommandError(
                f"no queue {queue} in account {self.names.account}, {self.names.region}:"
                " another --region, or the pipeline is not there yet",
                Exit.NOT_FOUND,
            ) from error


def connect(
    settings_path: Path, *, profile: str | None = None, region: str | None = None, endpoint_url: str | None = None
) -> Stack:
    """Find the pipeline of a settings file in the account that the credentials belong to.

    Profile, region and endpoint are as open_session and Stack have them.

    Raises:
        CommandError: no settings, no credentials, no region, or no answer.
        BadSetting: pipeline.yaml is wrong.
    """
    if not settings_path.is_file():
        raise CommandError(f"{settings_path}: no such file; --settings names the pipeline.yaml to use", Exit.USAGE)
    found = found_by(settings_path, {"profile": profile, "region": region}, endpoint_url=endpoint_url)
    return Stack(**found)


def found_by(
    settings_path: Path,
    credentials: Mapping[str, Any],
    *,
    endpoint_url: str | None = None,
    ca_bundle: str | None = None,
) -> dict[str, Any]:
    """The arguments of the Stack of a settings file, in the account that the credentials of open_session belong to.

    Raises:
        CommandError: no credentials, no region, or no answer.
        BadSetting: pipeline.yaml is wrong.
    """
    settings = pipeline_settings.load(settings_path)
    local = {"endpoint_url": endpoint_url, "ca_bundle": ca_bundle}
    try:
        session = aws.open_session(**credentials)
        if session.region_name is None:
            raise CommandError("no region. Set AWS_REGION, or pass --region to pipeline.", Exit.USAGE)
        account = aws.account_number(session, **local)
    except (ProfileNotFound, ValueError) as error:  # ValueError: an endpoint that is not a URL
        raise CommandError(f"{error}; for the local AWS: {LOCAL_UP}", Exit.USAGE) from error
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"no answer from AWS: {error}; for the local AWS: {LOCAL_UP}", Exit.AWS) from error
    names = settings.names(account, session.region_name)
    return {"settings": settings, "names": names, "session": session, **local}
