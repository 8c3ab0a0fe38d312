"""Whose buckets are asked: services and commands name the account in every request to S3."""

import boto3
import pytest
from botocore.endpoint import Endpoint
from kit.deployment import photo

from ops.cli.main import main
from shared.aws.bucket_owner import account_of, bound_to

HEADER = "x-amz-expected-bucket-owner"
ACCOUNT = "123456789012"


@pytest.fixture
def asked(monkeypatch):
    """What S3 is asked from here on: (operation, whose the bucket must be)."""
    requests = []
    make_request = Endpoint.make_request

    def making(self, operation_model, request_dict):
        if operation_model.service_model.service_name == "s3":
            requests.append((operation_model.name, request_dict["headers"].get(HEADER)))
        return make_request(self, operation_model, request_dict)

    def watch():
        monkeypatch.setattr(Endpoint, "make_request", making)
        return requests

    return watch


def test_every_request_of_the_services_names_the_account(pipeline, asked):
    pipeline.upload("photo.jpg", photo(), Tagging="album=sea")
    pipeline.upload("text.jpg", b"no picture")
    requests = asked()
    assert pipeline.run() == {"resize": [], "watermark": [], "store": []}
    assert {name for name, _ in requests} >= {"GetObject", "GetObjectTagging", "PutObject", "DeleteObjects"}
    assert {owner for _, owner in requests} == {ACCOUNT}


def test_every_request_of_commands_names_the_account(aws, asked, tmp_path):
    (tmp_path / "a.jpg").write_bytes(photo())
    requests = asked()
    assert main(["upload", str(tmp_path / "a.jpg")]) == 0
    assert main(["backfill", f"s3://{aws.names.input_bucket}/", "--dry-run"]) == 0
    main(["doctor"])
    assert {name for name, _ in requests} >= {"PutObject", "ListObjectVersions", "GetBucketVersioning"}
    assert {(name, owner) for name, owner in requests if owner != ACCOUNT} == set()


def test_what_has_no_owner_yet_is_asked_for_without_one(aws, asked):
    client = bound_to(boto3.client("s3"), ACCOUNT)
    requests = asked()
    client.create_bucket(Bucket="another", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    client.head_bucket(Bucket="another")
    assert requests == [("CreateBucket", None), ("HeadBucket", ACCOUNT)]


def test_the_account_is_that_of_the_topic():
    assert account_of("arn:aws:sns:eu-west-1:123456789012:image-pipeline-notices") == "123456789012"
