"""Terraform of the workflows' roles is valid, and grants no more permissions than they need."""

import json
import shutil

import pytest
import tiers
from kit.terraform import resources, terraform

from ops.settings import ROOT

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MAX_POLICY_CHARACTERS = 6_144

# A configuration around key.tf.
AROUND_THE_KEY = """
locals {
  settings = yamldecode(file("pipeline.yaml"))
  region   = "eu-west-1"
  here     = "eu-west-1:123456789012"
  name     = local.settings.name

  partition  = "aws"
  dns_suffix = "amazonaws.com"
}

output "read" { value = local.key_read_statements }

output "use" { value = local.key_use_statements }
"""


@pytest.fixture(scope="module")
def tested(initialised):
    filters = [f"-filter=tests/{name}.tftest.hcl" for name in ("github", "boundary")]
    ran = terraform("test", "-json", "-verbose", *filters, "-no-color", folder=initialised("."))
    return ran, [json.loads(line) for line in ran.stdout.splitlines()]


def test_the_root_is_valid(initialised):
    ran = terraform("validate", "-no-color", folder=initialised("github"))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_rules_of_the_roles_hold(tested):
    ran, said = tested
    assert ran.returncode == 0, "\n".join(str(line) for line in said if line["@level"] == "error")
    (summary,) = (line["test_summary"] for line in said if line["type"] == "test_summary")
    assert summary["passed"] >= 11
    assert summary["failed"] == summary["errored"] == summary["skipped"] == 0


def test_a_policy_has_room_for_the_longest_name_and_region(tested):
    _, said = tested
    states = {line["@testrun"]: line["test_state"] for line in said if line["type"] == "test_state"}
    policies = {
        (run, address): values["policy"]
        for run in ("the_permissions_of_the_roles_are_narrow", "a_deploy_grants_permissions_only_to_bounded_roles")
        for address, values in resources(states[run]["root_module"]).items()
        if "aws_iam_policy." in address
    }
    assert len(policies) == 5 + 6
    longest = {
        address: len(policy.replace("photos", "n" * 24).replace("eu-west-1", "ap-southeast-2"))
        for address, policy in policies.items()
    }
    assert {address: size for address, size in longest.items() if size > MAX_POLICY_CHARACTERS} == {}


@pytest.fixture
def of_the_key(tmp_path, request):
    """The permissions of the roles for a key, by the text of a pipeline.yaml; needs no provider."""
    if shutil.which("terraform") is None:
        tiers.not_run(request.config, "terraform", "Terraform is not installed, so nothing of terraform/ was checked")
    shutil.copy(ROOT / "terraform" / "github" / "key.tf", tmp_path)
    (tmp_path / "main.tf").write_text(AROUND_THE_KEY, encoding="utf-8")

    def statements(text):
        (tmp_path / "pipeline.yaml").write_text(text, encoding="utf-8")
        for words in (["init"], ["apply", "-auto-approve"]):
            ran = terraform(*words, "-no-color", folder=tmp_path)
            assert ran.returncode == 0, ran.stdout + ran.stderr
        said = json.loads(terraform("output", "-json", folder=tmp_path).stdout)
        return said["read"]["value"], said["use"]["value"]

    return statements


@pytest.mark.parametrize("text", ["name: photos\n", "name: photos\nencryption: aws\n"])
def test_without_a_key_of_the_pipeline_s_own_the_roles_may_use_none(of_the_key, text):
    assert of_the_key(text) == ([], [])


def test_a_key_is_used_by_its_tag_and_neither_made_nor_tagged_nor_opened_to_others(of_the_key):
    read, use = of_the_key("name: photos\nencryption: customer\n")
    narrowed = [each for each in [*read, *use] if each["Sid"] != "ListAliases"]
    assert {each["Condition"]["StringEquals"]["aws:ResourceTag/Pipeline"] for each in narrowed} == {"photos"}
    assert {each["Resource"] for each in narrowed} == {"arn:aws:kms:eu-west-1:123456789012:key/*"}
    (granting,) = (each for each in use if "kms:CreateGrant" in each["Action"])
    assert granting["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}
    used = {action for each in use for action in each["Action"]}
    assert used == {"kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"}


def test_a_plan_decrypts_only_through_lambda(of_the_key):
    read, _ = of_the_key("name: photos\nencryption: customer\n")
    (decrypting,) = (each for each in read if "kms:Decrypt" in each["Action"])
    assert decrypting["Condition"]["StringEquals"]["kms:ViaService"] == "lambda.eu-west-1.amazonaws.com"
    others = {action for each in read if each is not decrypting for action in each["Action"]}
    assert {action for action in others if not action.startswith(("kms:Describe", "kms:Get", "kms:List"))} == set()
