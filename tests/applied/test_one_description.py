"""What Terraform makes is what the local provisioning makes, described by AWS itself, but for what is said here."""

import copy

import pytest
from applied.description import describe

from ops.local.provision import MAX_WORKERS
from ops.names import SERVICES

# Of what Terraform makes, and the local provisioning does not: the local AWS is reached without TLS, has no traces, no
# log but text, and no alias to deploy by. Everything else is equal.
TLS_ONLY = "RefuseWithoutTls"


@pytest.fixture(scope="module")
def by_terraform(rehearsal):
    return describe(rehearsal.account.client, rehearsal.account.names)


@pytest.fixture(scope="module")
def locally(provisioned):
    return describe(provisioned.client, provisioned.names)


def taken_out(statements):
    """The statement that refuses what comes without TLS, taken out of a policy's."""
    (found,) = [each for each in statements if each.get("Sid") == TLS_ONLY]
    statements.remove(found)
    assert (found["Effect"], found["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_buckets_are_equal(by_terraform, locally):
    ours = copy.deepcopy(by_terraform["buckets"])
    for bucket in ours.values():
        taken_out(bucket["policy"]["Statement"])
        assert bucket["policy"]["Statement"] == []
        bucket["policy"] = None
    assert ours == locally["buckets"]


@pytest.mark.parametrize("kind", ["queues", "dlqs"])
def test_queues_are_equal(by_terraform, locally, kind):
    ours = copy.deepcopy(by_terraform[kind])
    for queue in ours.values():
        taken_out(queue["Policy"]["Statement"])
        if not queue["Policy"]["Statement"]:
            del queue["Policy"]
    assert ours == locally[kind]


def test_functions_are_equal(by_terraform, locally):
    ours = copy.deepcopy(by_terraform["functions"])
    for service in SERVICES:
        group, days, form = ours[service]["log"]
        assert (form, ours[service]["tracing"]) == ("JSON", "Active")
        ours[service]["log"] = [group, days, locally["functions"][service]["log"][2]]
        ours[service]["tracing"] = locally["functions"][service]["tracing"]
    assert ours == locally["functions"]


def test_each_role_is_bounded_as_the_settings_say(rehearsal):
    iam, names = rehearsal.account.client("iam"), rehearsal.account.names
    roles = [iam.get_role(RoleName=names.function(service))["Role"] for service in SERVICES]
    bounds = {role["PermissionsBoundary"]["PermissionsBoundaryArn"] for role in roles}
    assert bounds == {f"arn:aws:iam::{names.account}:policy/{rehearsal.account.settings.permissions_boundary}"}


def test_roles_are_equal(by_terraform, locally):
    ours = copy.deepcopy(by_terraform["roles"])
    for role in ours.values():
        (tracing,) = [name for name in role["policies"] if name.endswith("-tracing")]
        (statement,) = role["policies"].pop(tracing)["Statement"]
        assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    assert ours == locally["roles"]


def test_mappings_are_equal(by_terraform, locally, rehearsal):
    ours = copy.deepcopy(by_terraform["mappings"])
    for service, mapping in ours.items():
        # A worker of the local AWS is a process of this machine.
        most = rehearsal.account.settings.services[service].maximum_concurrency
        assert mapping["ScalingConfig"] == {"MaximumConcurrency": most}
        mapping["ScalingConfig"] = {"MaximumConcurrency": min(most, MAX_WORKERS)}
        assert mapping["function"].endswith(":live")
        mapping["function"] = mapping["function"].removesuffix(":live")
    assert ours == locally["mappings"]


def test_the_topic_is_equal(by_terraform, locally):
    ours = copy.deepcopy(by_terraform["topic"])
    assert ours["KmsMasterKeyId"] == "alias/aws/sns"
    ours["KmsMasterKeyId"] = locally["topic"]["KmsMasterKeyId"]
    assert ours == locally["topic"]


def test_the_ledger_is_equal(by_terraform, locally):
    assert by_terraform["ledger"] == locally["ledger"]


def test_nothing_that_was_compared_is_empty(by_terraform):
    assert {kind for kind, found in by_terraform.items() if not found} == set()
