"""Whose buckets are asked: each request to S3 names the account that its bucket must belong to."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# S3 answers 403 where the bucket is another account's. Somebody may have made a bucket of the same name, once ours was
# deleted: names are one space for all accounts.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
_PARAMETER: Final = "ExpectedBucketOwner"


def bound_to(client: "S3Client", account: str) -> "S3Client":
    """The client itself, which from now on reaches buckets of one account alone.

    Args:
        client: of S3.
        account: the number of the account, twelve digits.
    """

    def named(params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own class
        # Not every operation has it: a bucket that is being made has no owner yet, and a list of buckets has none.
        if model.input_shape is not None and _PARAMETER in model.input_shape.members:
            params.setdefault(_PARAMETER, account)

    client.meta.events.register("provide-client-params.s3", named)
    return client


def account_of(arn: str) -> str:
    """The account that an ARN names, such as that of the topic.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    return arn.split(":")[4]
