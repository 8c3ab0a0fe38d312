"""What doctor's remedies say of where the pipeline is."""

import pytest

from ops.doctor.examination import runnable

LOCAL = "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    ("remedy", "expected"),
    [
        (
            "aws sqs set-queue-attributes --queue-url URL",
            f"aws --endpoint-url {LOCAL} sqs set-queue-attributes --queue-url URL",
        ),
        (
            "pipeline pause; then aws s3api put-bucket-notification-configuration --bucket b",
            f"pipeline pause; then aws --endpoint-url {LOCAL} s3api put-bucket-notification-configuration --bucket b",
        ),
        ("make down && make up", "make down && make up"),
        ("see https://docs.aws.amazon.com/aws sheet", "see https://docs.aws.amazon.com/aws sheet"),
        ("", ""),
    ],
)
def test_a_remedy_on_a_local_aws_reaches_it_with_every_version_of_the_aws_cli(remedy, expected):
    assert runnable(remedy, LOCAL) == expected
    assert runnable(remedy, None) == remedy
