"""Terraform of the workflows' roles: valid, and they may do no more than they need."""

import json

import pytest
from terraforming import resources, terraform

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
LARGEST = 6_144


@pytest.fixture(scope="module")
def tested(initialised):
    ran = terraform(
        "test", "-json", "-verbose", "-filter=tests/github.tftest.hcl", "-no-color", folder=initialised(".")
    )
    return ran, [json.loads(line) for line in ran.stdout.splitlines()]


def test_the_root_is_valid(initialised):
    ran = terraform("validate", "-no-color", folder=initialised("github"))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_rules_of_the_roles_hold(tested):
    ran, said = tested
    assert ran.returncode == 0, "\n".join(str(line) for line in said if line["@level"] == "error")
    (summary,) = (line["test_summary"] for line in said if line["type"] == "test_summary")
    assert summary["passed"] >= 8
    assert summary["failed"] == summary["errored"] == summary["skipped"] == 0


def test_a_policy_has_room_for_the_longest_name_and_region(tested):
    _, said = tested
    states = {line["@testrun"]: line["test_state"] for line in said if line["type"] == "test_state"}
    made = resources(states["what_the_roles_may_is_narrow"]["root_module"])
    policies = {address: values["policy"] for address, values in made.items() if "aws_iam_policy.this" in address}
    assert len(policies) == 5
    longest = {
        address: len(policy.replace("photos", "n" * 24).replace("eu-west-1", "ap-southeast-2"))
        for address, policy in policies.items()
    }
    assert {address: size for address, size in longest.items() if size > LARGEST} == {}
