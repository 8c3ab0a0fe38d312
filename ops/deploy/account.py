"""The account and region that a deployment goes to, and the names of its resources there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ops.stack import Stack, found_by


@dataclass(frozen=True, kw_only=True)
class Account(Stack):
    """A pipeline in the account that it is deployed to; it need not exist yet.

    Args:
        variables: Environment variables that lead to a local AWS, in addition to those of this process.
    """

    variables: Mapping[str, str] = field(default_factory=dict)


def account_of(settings_file: Path, variables: Mapping[str, str] | None = None) -> Account:
    """The account that AWS's environment variables and profile select.

    Args:
        settings_file: Path of pipeline.yaml.
        variables: Environment variables that take precedence over those of this process.

    Raises:
        CommandError: no credentials, no region, or no answer.
        BadSetting: pipeline.yaml is wrong.
    """
    variables = variables or {}
    credentials = {
        "access_key_id": variables.get("AWS_ACCESS_KEY_ID"),
        "secret_access_key": variables.get("AWS_SECRET_ACCESS_KEY"),
        "region": variables.get("AWS_REGION"),
    }
    endpoint_url, ca_bundle = variables.get("AWS_ENDPOINT_URL"), variables.get("AWS_CA_BUNDLE")
    return Account(
        variables=variables, **found_by(settings_file, credentials, endpoint_url=endpoint_url, ca_bundle=ca_bundle)
    )
