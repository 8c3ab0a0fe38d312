"""ARNs have the partition of their region."""

import pytest

from ops.names import Names


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_every_arn_has_the_partition_of_the_region(region, partition):
    names = Names(name="photos", account="123456789012", region=region)
    arns = [names.queue_arn("q"), names.bucket_arn("b"), names.topic_arn, names.ledger_arn]
    assert {arn.split(":")[1] for arn in arns} == {partition}
