"""AWS's list prices by region, in dollars without taxes and discounts; each with its source and its day."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

GIBIBYTE: Final = 2**30
MILLION: Final = 1_000_000
# A month as AWS counts it: 30.4 days for storage, 730 hours for what is billed by the hour.
MONTH_DAYS: Final = 30.4
MONTH_HOURS: Final = 730

# DynamoDB charges a write for each of these. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/
WRITE_UNIT_BYTES: Final = 1024
# SQS charges a request for each of these. https://aws.amazon.com/sqs/pricing/
SQS_CHUNK_BYTES: Final = 64 * 1024

DEFAULT_REGION: Final = "us-east-1"

_LISTS: Final = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws"
# AWS's pages fill in their tables of prices in the browser. What a page shows without that are its worked examples;
# the price lists are what its tables are made of. This file's prices are of these two.
# https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html


@dataclass(frozen=True)
class Price:
    """One price.

    Args:
        what: is charged, as a bill calls it.
        dollars: of one unit.
        per: The unit, in words with the price as it is listed.
        source: AWS's page or price list.
        day: Date of the price list, or on which it was read; None where it is a page without a date.
    """

    what: str
    dollars: float
    per: str
    source: str
    day: str | None


def _list(region: str, offer: str, day: str) -> tuple[str, str]:
    """The source and the day of prices from a price list."""
    return f"{_LISTS}/{offer}/current/{region}/index.json", day


# Of us-east-1. The lists were not fetched for this file: publications of these days that name each list quote it.
_S3: Final = _list(DEFAULT_REGION, "AmazonS3", "2026-09-28")
_SQS: Final = _list(DEFAULT_REGION, "AWSQueueService", "2026-09-11")
_SNS: Final = _list(DEFAULT_REGION, "AmazonSNS", "2026-08-11")
_DYNAMODB: Final = _list(DEFAULT_REGION, "AmazonDynamoDB", "2026-09-11")
_CLOUDWATCH: Final = _list(DEFAULT_REGION, "AmazonCloudWatch", "2026-08-31")
_KMS: Final = _list(DEFAULT_REGION, "awskms", "2026-08-31")
# The worked examples of the page have the same prices.
_LAMBDA: Final = _list(DEFAULT_REGION, "AWSLambda", "2026-08-31")
# The page's worked example of a mapping from SQS, in an undated copy of 2026.
_POLLERS: Final = ("https://aws.amazon.com/lambda/pricing/", None)
# The page was not read; the price is what the tutorials of several years state.
_REKOGNITION: Final = ("https://aws.amazon.com/rekognition/pricing/", None)

# By the names of Usage's fields: ops/costs/bills.py.
_US_EAST_1: Final[Mapping[str, Price]] = MappingProxyType(
    {
        "gets": Price("S3 reads", 4e-7, "$0.0004 for 1,000 GET or HEAD", *_S3),
        "puts": Price("S3 writes", 5e-6, "$0.005 for 1,000 PUT, COPY, POST or LIST", *_S3),
        "gb_months": Price("intermediate pixels kept", 0.023, "$0.023 for a GB and month of S3 Standard", *_S3),
        "stored_gb_months": Price("S3 storage", 0.023, "$0.023 for a GB and month of S3 Standard", *_S3),
        "invocations": Price("Lambda requests", 2e-7, "$0.20 for 1 million Lambda requests", *_LAMBDA),
        "gb_seconds": Price("Lambda GB-seconds", 1.33334e-5, "$0.0000133334 for a GB-second on arm64", *_LAMBDA),
        "gb_seconds_x86": Price(
            "Lambda GB-seconds, x86_64", 1.66667e-5, "$0.0000166667 for a GB-second on x86_64", *_LAMBDA
        ),
        "sqs_requests": Price("SQS requests", 4e-7, "$0.40 for 1 million SQS requests of 64 KB", *_SQS),
        "publishes": Price("SNS publishes", 5e-7, "$0.50 for 1 million SNS publishes", *_SNS),
        "row_writes": Price("DynamoDB writes", 6.25e-7, "$0.625 for 1 million on-demand writes of 1 KB", *_DYNAMODB),
        "row_reads": Price("DynamoDB reads", 1.25e-7, "$0.125 for 1 million on-demand reads of 4 KB", *_DYNAMODB),
        "moderated": Price("Rekognition images", 0.001, "$0.001 for an image that Rekognition examines", *_REKOGNITION),
        "empty_receives": Price("empty receives", 4e-7, "$0.40 for 1 million SQS requests", *_SQS),
        "poller_hours": Price("provisioned pollers", 0.00925, "$0.00925 for a poller and hour", *_POLLERS),
        "alarm_metrics": Price("alarms", 0.10, "$0.10 for a metric of an alarm and month", *_CLOUDWATCH),
        "custom_metrics": Price("custom metrics", 0.30, "$0.30 for a custom metric and month", *_CLOUDWATCH),
        "log_gb": Price("logs", 0.50, "$0.50 for a GB of logs", *_CLOUDWATCH),
        "keys": Price("a customer's key", 1.00, "$1 for a KMS key and month", *_KMS),
    }
)

_FRANKFURT: Final = "eu-central-1"
_OREGON: Final = "us-west-2"
_READ_OREGON: Final = "2026-08-08"


def _other(region: str, offer: str, day: str, prices: Mapping[str, tuple[float, str]]) -> dict[str, Price]:
    where = _list(region, offer, day)
    return {name: Price(_US_EAST_1[name].what, dollars, per, *where) for name, (dollars, per) in prices.items()}


def _same(region: str, offer: str, day: str, *names: str) -> dict[str, Price]:
    """Prices that the list of another region has as us-east-1 has them."""
    return _other(region, offer, day, {name: (_US_EAST_1[name].dollars, _US_EAST_1[name].per) for name in names})


_REGIONS: Final[Mapping[str, Mapping[str, Price]]] = {
    DEFAULT_REGION: _US_EAST_1,
    _FRANKFURT: {
        **_other(
            _FRANKFURT,
            "AmazonS3",
            "2026-09-28",
            {
                "gets": (4.3e-7, "$0.00043 for 1,000 GET or HEAD"),
                "puts": (5.4e-6, "$0.0054 for 1,000 PUT, COPY, POST or LIST"),
                "gb_months": (0.0245, "$0.0245 for a GB and month of S3 Standard"),
                "stored_gb_months": (0.0245, "$0.0245 for a GB and month of S3 Standard"),
            },
        ),
        **_same(_FRANKFURT, "AWSLambda", "2026-09-11", "invocations", "gb_seconds"),
        **_same(_FRANKFURT, "AWSQueueService", "2026-09-11", "sqs_requests", "empty_receives"),
        **_same(_FRANKFURT, "AmazonSNS", "2026-09-11", "publishes"),
        **_other(
            _FRANKFURT,
            "AmazonDynamoDB",
            "2026-09-11",
            {
                "row_writes": (7.625e-7, "$0.7625 for 1 million on-demand writes of 1 KB"),
                "row_reads": (1.525e-7, "$0.1525 for 1 million on-demand reads of 4 KB"),
            },
        ),
        **_other(_FRANKFURT, "AmazonCloudWatch", "2026-09-11", {"log_gb": (0.63, "$0.63 for a GB of logs")}),
        **_same(_FRANKFURT, "AmazonCloudWatch", "2026-09-11", "alarm_metrics"),
    },
    _OREGON: {
        **_same(_OREGON, "AmazonS3", _READ_OREGON, "gets", "puts", "gb_months", "stored_gb_months"),
        **_same(_OREGON, "AWSLambda", _READ_OREGON, "invocations", "gb_seconds"),
        **_same(_OREGON, "AWSQueueService", _READ_OREGON, "sqs_requests", "empty_receives"),
        **_same(_OREGON, "AmazonSNS", _READ_OREGON, "publishes"),
        **_same(_OREGON, "AmazonDynamoDB", _READ_OREGON, "row_writes", "row_reads"),
        **_same(_OREGON, "AmazonCloudWatch", _READ_OREGON, "alarm_metrics", "custom_metrics", "log_gb"),
        **_same(_OREGON, "awskms", _READ_OREGON, "keys"),
    },
}
REGIONS: Final = tuple(_REGIONS)

# What an account has free each month, for ever, by the names above. S3 has nothing such: since July 2025 new accounts
# have credits instead. https://aws.amazon.com/free/ and the pages and lists of the prices themselves.
FREE: Final[Mapping[str, float]] = MappingProxyType(
    {
        "invocations": 1_000_000,
        "gb_seconds": 400_000,
        "sqs_requests": 1_000_000,
        "publishes": 1_000_000,
        "alarm_metrics": 10,
        "custom_metrics": 10,
        "log_gb": 5,
    }
)


@dataclass(frozen=True, kw_only=True)
class PriceList:
    """The prices of a region.

    Args:
        region: such as us-east-1.
        prices: by the names of Usage's fields.
        borrowed: Names of those that are of us-east-1, since the region's own was not read.
    """

    region: str
    prices: Mapping[str, Price]
    borrowed: frozenset[str]

    def __getitem__(self, name: str) -> Price:
        """The price of one of Usage's fields."""
        return self.prices[name]


def of_region(region: str = DEFAULT_REGION) -> PriceList:
    """The prices of a region.

    Raises:
        LookupError: None of them is known; the message names the regions of which they are.
    """
    if region not in _REGIONS:
        raise LookupError(f"the prices of {region} are not known; known: {', '.join(REGIONS)}")
    own = _REGIONS[region]
    return PriceList(region=region, prices={**_US_EAST_1, **own}, borrowed=frozenset(_US_EAST_1) - frozenset(own))
