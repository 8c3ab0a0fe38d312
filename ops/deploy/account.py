"""The account and region that are deployed to, and the names that things have there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from ops import settings as pipeline_settings
from ops.aws.session import open_session
from ops.errors import CommandError, Exit
from ops.names import Names
from ops.settings import PipelineSettings
from ops.stack import Stack
from shared.aws.bucket_owner import bound_to


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where a pipeline is deployed to.

    Args:
        session: with the credentials that Terraform uses too.
        names: of the resources there.
        settings: pipeline.yaml.
        variables: of the environment, besides this process's own: those that lead to a local AWS.
    """

    session: boto3.Session
    names: Names
    settings: PipelineSettings
    variables: Mapping[str, str] = field(default_factory=dict)

    def client(self, service: str) -> Any:  # noqa: ANN401 - any of AWS's services
        """A client of one of AWS's services."""
        client = _client(self.session, service, self.variables)
        return bound_to(client, self.names.account) if service == "s3" else client

    @property
    def stack(self) -> Stack:
        """The pipeline that is deployed there."""
        return Stack(
            settings=self.settings,
            names=self.names,
            s3=self.client("s3"),
            dynamodb=self.client("dynamodb"),
            sqs=self.client("sqs"),
            sns=self.client("sns"),
            session=self.session,
            endpoint_url=self.variables.get("AWS_ENDPOINT_URL"),
            ca_bundle=self.variables.get("AWS_CA_BUNDLE"),
        )


def account_of(settings_file: Path, variables: Mapping[str, str] | None = None) -> Account:
    """The account that AWS's usual variables lead to.

    Args:
        settings_file: pipeline.yaml.
        variables: that count before those of this process.

    Raises:
        CommandError: no credentials, no region, or no answer.
        BadSetting: pipeline.yaml is wrong.
    """
    variables, settings = variables or {}, pipeline_settings.load(settings_file)
    try:
        session = open_session(
            access_key_id=variables.get("AWS_ACCESS_KEY_ID"),
            secret_access_key=variables.get("AWS_SECRET_ACCESS_KEY"),
            region=variables.get("AWS_REGION"),
        )
        if session.region_name is None:
            raise CommandError("no region: set AWS_REGION, or a profile that has one", Exit.USAGE)
        number = _client(session, "sts", variables).get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise CommandError(
            f"no answer from AWS: {error}; AWS_PROFILE names the credentials to use", Exit.AWS
        ) from error
    return Account(
        session=session,
        names=Names(name=settings.name, account=number, region=session.region_name),
        settings=settings,
        variables=variables,
    )


def _client(session: boto3.Session, service: str, variables: Mapping[str, str]) -> Any:  # noqa: ANN401 - any service
    return session.client(  # type: ignore[call-overload]
        service, endpoint_url=variables.get("AWS_ENDPOINT_URL"), verify=variables.get("AWS_CA_BUNDLE")
    )
