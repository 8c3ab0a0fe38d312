"""AWS's list prices in us-east-1, in dollars, without free tiers and discounts; and what an image comes to at them."""

from dataclasses import dataclass
from typing import Final

GIBIBYTE: Final = 2**30
MILLION: Final = 1_000_000
# A month as AWS counts it for storage.
MONTH_DAYS: Final = 30.4

# DynamoDB charges a write for each of these. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/
WRITE_UNIT_BYTES: Final = 1024


@dataclass(frozen=True, kw_only=True)
class Price:
    """One price.

    Args:
        dollars: of one unit.
        per: the unit, in words with the price as it is listed.
        source: AWS's page of it.
    """

    dollars: float
    per: str
    source: str


S3_PUT: Final = Price(dollars=5e-6, per="$0.005 for 1,000 PUT", source="https://aws.amazon.com/s3/pricing/")
S3_GET: Final = Price(dollars=4e-7, per="$0.0004 for 1,000 GET or HEAD", source="https://aws.amazon.com/s3/pricing/")
S3_GB_MONTH: Final = Price(
    dollars=0.023, per="$0.023 for a GB and month of S3 Standard", source="https://aws.amazon.com/s3/pricing/"
)
LAMBDA_REQUEST: Final = Price(
    dollars=2e-7, per="$0.20 for 1 million Lambda requests", source="https://aws.amazon.com/lambda/pricing/"
)
LAMBDA_GB_SECOND: Final = Price(
    dollars=1.33334e-5, per="$0.0000133334 for a GB-second on arm64", source="https://aws.amazon.com/lambda/pricing/"
)
SQS_REQUEST: Final = Price(
    dollars=4e-7, per="$0.40 for 1 million SQS requests", source="https://aws.amazon.com/sqs/pricing/"
)
SNS_PUBLISH: Final = Price(
    dollars=5e-7, per="$0.50 for 1 million SNS publishes", source="https://aws.amazon.com/sns/pricing/"
)
DYNAMODB_WRITE: Final = Price(
    dollars=6.25e-7,
    per="$0.625 for 1 million on-demand writes of 1 KB",
    source="https://aws.amazon.com/dynamodb/pricing/on-demand/",
)
DYNAMODB_READ: Final = Price(
    dollars=1.25e-7,
    per="$0.125 for 1 million on-demand reads of 4 KB",
    source="https://aws.amazon.com/dynamodb/pricing/on-demand/",
)

# The pages change without notice; these are what independent pages said of them at the latest look.
SEEN: Final = (
    "S3 and its months: devnotes.tech, AWS S3 pricing; Lambda on arm64: cloudchipr.com, 2024; SQS: cloudburn.io,"
    " March 2026; SNS: factualminds.com, June 2026; DynamoDB after its cut of November 2024: airbyte.com, July 2025"
)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What one image uses.

    Args:
        gets: S3 reads.
        puts: S3 writes.
        invocations: of functions.
        gb_seconds: of functions.
        sqs_requests: sending, receiving and deleting.
        publishes: of notices.
        row_writes: of the ledger, in units.
        row_reads: of the ledger, in units.
        gb_months: that intermediate pixels lie in the work bucket.
    """

    gets: float = 0
    puts: float = 0
    invocations: float = 0
    gb_seconds: float = 0
    sqs_requests: float = 0
    publishes: float = 0
    row_writes: float = 0
    row_reads: float = 0
    gb_months: float = 0


# (what, its amount, its price): the rows of the table.
_CHARGES: Final[tuple[tuple[str, str, Price], ...]] = (
    ("S3 reads", "gets", S3_GET),
    ("S3 writes", "puts", S3_PUT),
    ("intermediate pixels kept", "gb_months", S3_GB_MONTH),
    ("Lambda requests", "invocations", LAMBDA_REQUEST),
    ("Lambda GB-seconds", "gb_seconds", LAMBDA_GB_SECOND),
    ("SQS requests", "sqs_requests", SQS_REQUEST),
    ("SNS publishes", "publishes", SNS_PUBLISH),
    ("DynamoDB writes", "row_writes", DYNAMODB_WRITE),
    ("DynamoDB reads", "row_reads", DYNAMODB_READ),
)


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One row of a bill.

    Args:
        what: is charged.
        amount: of it, an image.
        dollars: a million images.
    """

    what: str
    amount: float
    dollars: float


def total(bill: tuple[Charge, ...]) -> float:
    """Dollars a million images."""
    return sum(charge.dollars for charge in bill)


def bill(usage: Usage) -> tuple[Charge, ...]:
    """What a million images with this usage cost."""
    return tuple(
        Charge(what=what, amount=getattr(usage, name), dollars=getattr(usage, name) * price.dollars * MILLION)
        for what, name, price in _CHARGES
    )
