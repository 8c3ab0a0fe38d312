"""A pipeline that is there: where it is, and its clients."""

import boto3
import pytest

from ops import settings
from ops.names import Names
from ops.stack import Stack


def stack(region="eu-west-1", endpoint_url=None):
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name=region)
    names = Names(name="photos", account="123456789012", region=region)
    return Stack(settings=settings.parse({"name": "photos"}), names=names, session=session, endpoint_url=endpoint_url)


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1"])
def test_a_pipeline_of_every_partition_is_on_aws(region, monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    assert stack(region).on_aws


@pytest.mark.parametrize("url", ["http://127.0.0.1:4566", "http://localhost:4566", "http://amazonaws.com.test:80"])
def test_a_local_aws_is_not_on_aws(url):
    assert not stack(endpoint_url=url).on_aws


def test_a_client_is_made_once():
    one = stack()
    assert one.client("lambda") is one.client("lambda")
    assert one.client("s3") is one.s3
