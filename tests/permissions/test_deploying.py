"""The role of a deployment that terraform/github makes needs s3:PutBucketCORS to let pages of other origins upload."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from kit.terraform import policy_of_run

from ops.aws import cors
from ops.local.emulator import ACCOUNT, REGION

RUN = "the_permissions_of_the_roles_are_narrow"


@pytest.fixture(scope="module")
def document(account, tmp_path_factory):
    """What a deployment may change, as Terraform makes it, for the pipeline of the account."""
    return policy_of_run(
        tmp_path_factory.mktemp("deploying"), account, "github.tftest.hcl", RUN, 'aws_iam_policy.this["manage"]'
    )


@pytest.fixture
def deploying(account):
    """Makes S3 clients of a deployment that may do what a policy says."""
    iam = account.local.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}

    def with_policy(document):
        name = f"deploy-{len(iam.list_roles()['Roles'])}"
        text = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=text)["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=json.dumps(document))
        given = account.local.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], REGION)
        return session.client("s3", endpoint_url=account.local.endpoint_url)

    return with_policy


def test_a_deployment_changes_whose_pages_may_upload(account, document, deploying):
    bucket, s3 = account.names.input_bucket, deploying(document)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": cors.rules(["https://a.example"])})
    s3.delete_bucket_cors(Bucket=bucket)


def test_without_its_action_it_may_not(account, document, deploying):
    less = [
        {**each, "Action": [one for one in each["Action"] if one != "s3:PutBucketCORS"]}
        for each in document["Statement"]
    ]
    s3 = deploying({**document, "Statement": less})
    rules = {"CORSRules": cors.rules(["https://a.example"])}
    with pytest.raises(ClientError, match=r"AccessDenied.*s3:PutBucketCORS"):
        s3.put_bucket_cors(Bucket=account.names.input_bucket, CORSConfiguration=rules)
