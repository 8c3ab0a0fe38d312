"""Checks of roles: what a policy allows, what each service needs, here and in other partitions, and of keys."""

import json
import re
from dataclasses import replace

import pytest
from kit.doctor_answers import NAMES, FakeLive, FakeStack, levels

from ops import settings
from ops.doctor import functions, permissions
from ops.local import policies
from ops.names import SERVICES


def allow(action, resource="*", effect="Allow", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        pytest.param([allow("s3:GetObject", "arn:x/*")], True, id="as it is made"),
        pytest.param([allow(["s3:PutObject", "S3:Get*"])], True, id="by a wildcard"),
        pytest.param([allow("s3:GetObject", "arn:x/images/*")], False, id="for a part of it"),
        pytest.param([allow("s3:GetObjectTagging")], False, id="another action"),
        pytest.param([allow("*"), allow("s3:*", "arn:x/*", "Deny")], False, id="and it is refused"),
        pytest.param([allow("*"), allow("*", effect="Deny", Condition={"Bool": {}})], True, id="refused without TLS"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_permissions_are_read_from_statements(statements, allowed):
    assert permissions.allows(statements, "s3:GetObject", "arn:x/*") is allowed


@pytest.mark.parametrize(
    ("key", "resource", "level"),
    [
        pytest.param(None, "x", "ok", id="S3's own"),
        pytest.param("arn:aws:kms:eu-west-1:1:alias/aws/s3", "x", "ok", id="the one that AWS manages"),
        pytest.param("arn:aws:kms:eu-west-1:1:key/1", "arn:aws:kms:eu-west-1:1:key/1", "ok", id="one that it may use"),
        pytest.param("arn:aws:kms:eu-west-1:1:key/2", "arn:aws:kms:eu-west-1:1:key/1", "problem", id="another one"),
        pytest.param("alias/mine", "arn:aws:kms:eu-west-1:1:key/1", "ok", id="one by another name"),
    ],
)
def test_a_key_of_one_s_own_must_be_usable(key, resource, level):
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
    rule = {"ApplyServerSideEncryptionByDefault": default}
    live = FakeLive(
        get_bucket_encryption={"ServerSideEncryptionConfiguration": {"Rules": [rule]}},
        list_event_source_mappings={"EventSourceMappings": []},
        get_function_configuration={"Role": "arn:aws:iam::1:role/r"},
        list_role_policies={"PolicyNames": ["p"]},
        get_role_policy={"PolicyDocument": {"Statement": allow(["kms:Decrypt", "kms:GenerateDataKey"], resource)}},
        list_attached_role_policies={"AttachedPolicies": []},
    )
    assert set(levels(permissions.keys, live)) == {level}


def deployed(names, given, *, left_out=()):
    """A pipeline whose resize function is as the settings say, but for some actions that its role lacks."""
    chosen = settings.parse({"name": names.name, **given})
    needs = {"moderates": chosen.moderates, "detects_faces": chosen.detects_faces}
    statements = [
        each | {"Action": [action for action in each["Action"] if action not in left_out]}
        for each in policies.role("resize", names, **needs)["Statement"]
    ]
    queues = {queue: queue for service in SERVICES for queue in (names.queue(service), names.dlq(service))}
    live = FakeLive(
        get_queue_url={"QueueUrl": "u"},
        list_event_source_mappings={"EventSourceMappings": []},
        get_function_configuration={
            "Role": "arn:aws:iam::1:role/r",
            "Environment": {"Variables": chosen.environment("resize", names, queues)},
        },
        list_role_policies={"PolicyNames": ["p"]},
        get_role_policy={"PolicyDocument": {"Statement": statements}},
        list_attached_role_policies={"AttachedPolicies": []},
    )
    live.queue_url = lambda name: name
    live.stack = FakeStack(names=names)
    return live


FACES = {"moderation": {"enabled": True, "faces": "blur"}}


@pytest.mark.parametrize("action", ["rekognition:DetectFaces", "rekognition:DetectModerationLabels"])
def test_a_role_that_may_not_ask_rekognition_is_found(action):
    live = deployed(NAMES, FACES, left_out=[action])
    live.stack.settings = settings.parse({"name": NAMES.name, **FACES})
    (found,) = permissions.permissions(live, "resize")
    assert (found.level, found.found) == ("problem", f"may not {action} on *")
    live = deployed(NAMES, FACES)
    live.stack.settings = settings.parse({"name": NAMES.name, **FACES})
    assert levels(permissions.permissions, live) == ["ok"]


def test_moderation_that_is_off_is_off_on_the_local_aws_too():
    off = {"moderation": {"enabled": False}}
    names = replace(NAMES, account="000000000000")
    live = deployed(names, off)
    live.stack.settings = settings.parse({"name": names.name, **off})
    assert levels(functions.environment, live) == ["ok"]


def test_what_the_local_aws_cannot_do_is_not_missed_there():
    names = replace(NAMES, account="000000000000")
    live = deployed(names, {})
    live.stack.settings = settings.parse({"name": names.name, **FACES})
    assert levels(permissions.permissions, live) == ["ok"]
    assert levels(functions.environment, live) == ["ok"]
    on_aws = deployed(NAMES, {})
    on_aws.stack.settings = live.stack.settings
    assert levels(permissions.permissions, on_aws) == levels(functions.environment, on_aws) == ["problem"]


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws")]
)
def test_every_arn_of_a_role_is_of_the_region_s_partition(region, partition):
    names = replace(NAMES, region=region)
    documents = [policies.role(service, names) for service in SERVICES] + [policies.input_queue(names)]
    arns = re.findall(r"arn:([\w-]+):", json.dumps(documents))
    assert len(arns) > 20
    assert set(arns) == {partition}


def test_policies_that_are_attached_count():
    live = FakeLive(
        list_event_source_mappings={"EventSourceMappings": []},
        get_function_configuration={"Role": "arn:aws:iam::1:role/r"},
        list_role_policies={"PolicyNames": []},
        list_attached_role_policies={"AttachedPolicies": [{"PolicyArn": "arn:p"}]},
        get_policy={"Policy": {"DefaultVersionId": "v2"}},
        get_policy_version={"PolicyVersion": {"Document": {"Statement": [allow("*")]}}},
    )
    assert levels(permissions.permissions, live) == ["ok"]
    assert ("get_policy_version", {"PolicyArn": "arn:p", "VersionId": "v2"}) in live.asked
