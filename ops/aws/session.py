"""The session that all of ops talks to AWS with: credentials, and the region by one order."""

import os
from collections.abc import Mapping
from typing import Final

import boto3
from botocore.config import Config

CONFIG: Final = Config(retries={"mode": "standard", "max_attempts": 5}, max_pool_connections=32)


def open_session(
    *,
    profile: str | None = None,
    region: str | None = None,
    access_key_id: str | None = None,
    secret_access_key: str | None = None,
    environment: Mapping[str, str] = os.environ,
) -> boto3.Session:
    """A session; its region is the one given, else AWS_REGION, else AWS_DEFAULT_REGION, else the profile's.

    botocore itself reads AWS_DEFAULT_REGION alone, where every other SDK, Lambda and Terraform read AWS_REGION first.

    Args:
        profile: of AWS's shared configuration; None for AWS's usual variables.
        region: such as eu-west-1.
        access_key_id: of credentials; None for AWS's usual variables.
        secret_access_key: of the same credentials.
        environment: the variables of this process.

    Raises:
        botocore.exceptions.ProfileNotFound: there is no such profile.
    """
    return boto3.Session(
        profile_name=profile,
        region_name=region or environment.get("AWS_REGION") or None,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
    )
