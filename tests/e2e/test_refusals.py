"""What the local AWS answers, as AWS does, and what it becomes: each refusal of S3 under its own name."""

import os
import uuid

import boto3
import pytest

from ops.local import emulator
from ops.local.emulator import REGION
from shared import errors
from shared.aws.objects import S3Objects
from shared.ports import Headers


@pytest.fixture(scope="module")
def s3():
    running = emulator.start()
    yield boto3.Session("test", "test", region_name=REGION).client("s3", endpoint_url=running.endpoint)
    running.end()


@pytest.fixture
def bucket(s3):
    name = f"refusals-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def test_what_cannot_be_read_has_its_own_name(s3, bucket):
    s3.put_object(Bucket=bucket, Key="archived", Body=b"1", StorageClass="GLACIER")
    s3.put_object(Bucket=bucket, Key="locked", Body=b"1", SSECustomerAlgorithm="AES256", SSECustomerKey=os.urandom(32))
    for key, error in (("archived", errors.ObjectArchived), ("locked", errors.CustomerKeyRequired)):
        with pytest.raises(error, match=f"reading s3://{bucket}/{key}: the object is"):
            S3Objects(s3).get(bucket, key)


def test_a_delete_marker_is_a_deletion_whichever_way_it_is_met(s3, bucket):
    objects = S3Objects(s3)
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    assert objects.get(bucket, "k", version_id=version).body == b"1"
    for read, version_id, code in (
        (objects.get, None, "NoSuchKey"),
        (objects.get, marker, "MethodNotAllowed"),
        (objects.get_undeleted, version, "NoSuchKey"),
    ):
        with pytest.raises(errors.NotFound, match=code):
            read(bucket, "k", version_id=version_id)


def test_a_conditional_removal_meets_its_condition_or_fails(s3):
    name = f"refusals-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name)
    objects = S3Objects(s3)
    objects.put(name, "k", b"1", Headers())
    with pytest.raises(errors.PreconditionFailed):
        objects.delete_if(name, "k", etag='"another"')
    objects.delete_if(name, "k", etag=objects.head(name, "k").etag)
    objects.delete_if(name, "k", etag='"another"')
    with pytest.raises(errors.NotFound):
        objects.head(name, "k")
