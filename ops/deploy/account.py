"""The account and region that are deployed to, and the names that things have there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from ops import settings as pipeline_settings
from ops.aws.session import account_number, open_session
from ops.errors import CommandError, Exit
from ops.names import Names
from ops.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Account(Stack):
    """The pipeline of an account that is deployed to, whether it is there yet or not.

    Args:
        variables: of the environment, besides this process's own: those that lead to a local AWS.
    """

    variables: Mapping[str, str] = field(default_factory=dict)


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
    local = {"endpoint_url": variables.get("AWS_ENDPOINT_URL"), "ca_bundle": variables.get("AWS_CA_BUNDLE")}
    try:
        session = open_session(
            access_key_id=variables.get("AWS_ACCESS_KEY_ID"),
            secret_access_key=variables.get("AWS_SECRET_ACCESS_KEY"),
            region=variables.get("AWS_REGION"),
        )
        if session.region_name is None:
            raise CommandError("no region: set AWS_REGION, or a profile that has one", Exit.USAGE)
        number = account_number(session, **local)
    except (BotoCoreError, ClientError) as error:
        raise CommandError(
            f"no answer from AWS: {error}; AWS_PROFILE names the credentials to use", Exit.AWS
        ) from error
    return Account(
        session=session,
        names=Names(name=settings.name, account=number, region=session.region_name),
        settings=settings,
        variables=variables,
        **local,
    )
