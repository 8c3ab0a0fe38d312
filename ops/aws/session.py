"""The session that all of ops talks to AWS with: credentials, and the region by one order."""

import os
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import boto3
from botocore.config import Config

from shared.aws.bucket_owner import bound_to

CONFIG: Final = Config(retries={"mode": "standard", "max_attempts": 5}, max_pool_connections=32)


# Where the local AWS is; no proxy is asked for it.
LOOPBACK: Final = "127.0.0.1"


def no_proxy(environment: Mapping[str, str] = os.environ) -> str:
    """The value of NO_PROXY with which this machine's own address is reached directly.

    botocore and urllib ask the proxy of HTTP_PROXY for 127.0.0.1, too, unless NO_PROXY names it.

    Args:
        environment: the variables of this process; a lower-case name comes first, as in urllib.
    """
    named = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = [host.strip() for host in named.split(",") if host.strip()]
    return ",".join(hosts if LOOPBACK in hosts or "*" in hosts else [*hosts, LOOPBACK])


def reach_this_machine_directly(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let no client of this process ask a proxy for 127.0.0.1."""
    environment["NO_PROXY"] = environment["no_proxy"] = no_proxy(environment)


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
    reach_this_machine_directly()
    return boto3.Session(
        profile_name=profile,
        region_name=region or environment.get("AWS_REGION") or None,
        aws_access_key_id=access_key_id,
        aws_secret_access_key=secret_access_key,
    )


def account_number(session: boto3.Session, **local: str | None) -> str:
    """The number of the account that a session's credentials belong to; more arguments are as client_of takes them."""
    number: str = client_of(session, "sts", **local).get_caller_identity()["Account"]
    return number


def client_of(
    session: boto3.Session,
    service: str,
    *,
    account: str | None = None,
    endpoint_url: str | None = None,
    ca_bundle: str | None = None,
) -> Any:  # noqa: ANN401 - any of AWS's services
    """A client of one of AWS's services.

    Args:
        session: With the credentials.
        service: As boto3 calls it, such as "s3".
        account: That a client of S3 is bound to: it refuses buckets of another owner. None for no such bound.
        endpoint_url: Of a local AWS; None for AWS_ENDPOINT_URL, else AWS.
        ca_bundle: The certificates that it is known by; None for AWS_CA_BUNDLE, else the usual ones.
    """
    client = session.client(  # type: ignore[call-overload]
        service, endpoint_url=endpoint_url, verify=ca_bundle, config=CONFIG
    )
    return bound_to(client, account) if service == "s3" and account is not None else client
