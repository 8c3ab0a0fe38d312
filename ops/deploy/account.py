"""The account and region that are deployed to, and the names that things have there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ops.stack import Stack, found_by


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
