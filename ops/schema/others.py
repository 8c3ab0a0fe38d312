"""Settings of pipeline.yaml about others: pages that upload and fetch, and who is warned of costs."""

from typing import Annotated, Final

from pydantic import Field

from ops.schema.fields import Group, number, setting

# A host in lower case, as browsers send it; "*." stands for any subdomain. No port that is the scheme's own, since
# browsers leave it out. No look-ahead: neither Terraform's nor pydantic's patterns have it.
_HOST: Final = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
_PORT_NOT_443: Final = r"(:([1-9][0-9]?|[1-35-9][0-9]{2}|4[0-35-9][0-9]|44[0-24-9]|[1-9][0-9]{3,4}))?"
_PORT_NOT_80: Final = r"(:([1-9]|[1-79][0-9]|8[1-9]|[1-9][0-9]{2,4}))?"
Origin = Annotated[
    str,
    Field(
        max_length=300,
        pattern=rf"^(\*|https://(\*\.)?{_HOST}{_PORT_NOT_443}|http://(localhost|127\.0\.0\.1){_PORT_NOT_80})$",
        json_schema_extra={
            "patternErrorMessage": "https://host or https://host:port, in lower case and without a path or the port"
            " 443; https://*.host; http://localhost:port or http://127.0.0.1:port; or * for every origin"
        },
    ),
]


class Uploads(Group):
    """Who else may upload."""

    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
    cors_origins: list[Origin] = setting(
        [],
        "Origins whose pages may upload from a browser, by presigned PUT and POST. `*` lets every page use a presigned"
        " request that it gets hold of.",
        max_length=100,
    )


class Outputs(Group):
    """Who else may fetch outputs."""

    cors_origins: list[Origin] = setting(
        [],
        "Origins whose pages may fetch outputs and manifests from a browser, by presigned GET and HEAD. An image that a"
        " page shows needs none.",
        max_length=100,
    )


Email = Annotated[
    str,
    Field(
        max_length=50,
        pattern=r"^[^@\s]{1,40}@[^@\s]+\.[^@\s]+$",
        json_schema_extra={"patternErrorMessage": "an e-mail address of at most 50 characters"},
    ),
]


class Budget(Group):
    """A limit of the account's costs, of which people are warned by e-mail."""

    # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Subscriber.html
    monthly_dollars: int | None = number(
        None,
        1,
        1_000_000_000,
        "Costs of a month, of all of the account. null: no budget. AWS watches it at no cost, and stops nothing.",
        unit="dollars",
    )
    emails: list[Email] = setting(
        [],
        "Addresses that get an e-mail at 80 % and at 100 %, and when a month is forecast to exceed it. A budget needs"
        " at least one.",
        max_length=10,
    )
