"""The roles that GitHub's deployments assume, applied: one plans, the other plans and uploads, and nothing is left."""

import json
import os
from dataclasses import replace

import pytest
from kit.examples import ran
from kit.terraform import mirror, terraform

from ops.deploy.account import account_of
from ops.deploy.roots import DEPLOYED
from ops.deploy.smoke import smoke
from ops.settings import ROOT

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

ANYBODY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}]}'

# Actions that the roles have for the pipeline's own resources, of which the local AWS states no resource.
UNSTATED = (
    "cloudwatch:GetDashboard",
    "cloudwatch:ListTagsForResource",
    "dynamodb:ListTagsOfResource",
    "sns:ListTagsForResource",
)

# Actions that the local AWS asks for in place of those that AWS asks for, and the roles have.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
IN_PLACE_OF = {
    "lambda:ListAliases": "lambda:GetAlias",
    "lambda:ListEventSourceMappings": "lambda:GetEventSourceMapping",
}


class Root:
    """terraform/github of a rehearsal, by the steps of its example."""

    def __init__(self, rehearsal):
        self.names = rehearsal.account.names
        self.folder = rehearsal.delivery.layout.terraform / "github"
        self.environment = rehearsal.process.environment() | {"TF_CLI_CONFIG_FILE": os.devnull}
        example = (ROOT / "examples" / "github" / "terraform.tfvars").read_text(encoding="utf-8")
        (self.folder / "terraform.tfvars").write_text(example.replace("OWNER/REPOSITORY", "somebody/images"))
        state = (f"bucket={self.names.state_bucket}", "key=github.tfstate", "use_lockfile=true", "encrypt=true")
        self("init", "-no-color", f"-plugin-dir={mirror()}", *(f"-backend-config={each}" for each in state))

    def __call__(self, *words):
        # The fixture of all tests here has made the boundary.
        settings = ("-var=settings_file=../../pipeline.yaml", "-var=boundary_exists=true")
        given = settings if words[0] in {"apply", "plan", "destroy"} else ()
        return ran(terraform(*words, *given, folder=self.folder, **self.environment))


@pytest.fixture(scope="module")
def github(rehearsal):
    """The roles, applied from nothing; destroyed at the end."""
    root = Root(rehearsal)
    root("apply", "-auto-approve", "-no-color")
    yield root
    root("destroy", "-auto-approve", "-no-color")
    iam = rehearsal.account.client("iam")
    assert not [each for each in iam.list_roles()["Roles"] if "-github-" in each["RoleName"]]
    assert not [each for each in iam.list_policies(Scope="Local")["Policies"] if "-github-" in each["PolicyName"]]
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


@pytest.fixture
def assuming(rehearsal, github, monkeypatch):
    """Deploys with what a role may do: the tokens of GitHub that the role itself trusts are not to be had here."""
    account = rehearsal.account
    iam, made = account.client("iam"), []

    def assume(role):
        name = f"as-{role}"
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=ANYBODY)["Role"]["Arn"]
        made.append(name)
        allowed = set()
        for each in iam.list_attached_role_policies(RoleName=f"{account.names.name}-github-{role}")["AttachedPolicies"]:
            iam.attach_role_policy(RoleName=name, PolicyArn=each["PolicyArn"])
            allowed |= actions(iam, each["PolicyArn"])
        assert {*UNSTATED, *IN_PLACE_OF.values()} <= allowed
        statement = {"Effect": "Allow", "Action": [*UNSTATED, *IN_PLACE_OF], "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=name, PolicyName="unstated", PolicyDocument=policy)
        given = account.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        for key, value in zip(KEYS, ("AccessKeyId", "SecretAccessKey", "SessionToken"), strict=True):
            monkeypatch.setenv(key, given[value])
        variables = {key: value for key, value in account.variables.items() if key not in KEYS}
        return replace(rehearsal.delivery, account=account_of(rehearsal.delivery.layout.settings, variables))

    yield assume
    for name in made:
        iam.delete_role_policy(RoleName=name, PolicyName="unstated")
        for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=each["PolicyArn"])
        iam.delete_role(RoleName=name)


def actions(iam, arn):
    """What a policy allows, by the names of the actions."""
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    document = json.loads(document) if isinstance(document, str) else document
    return {action for each in document["Statement"] if each["Effect"] == "Allow" for action in each["Action"]}


def test_a_second_plan_of_the_roles_is_empty(github):
    assert "No changes." in github("plan", "-no-color")


@pytest.mark.parametrize("role", ["plan", "deploy"])
def test_a_role_plans_the_platform_and_each_service(assuming, role):
    assert assuming(role).plan(DEPLOYED) == dict.fromkeys(DEPLOYED, False)


def test_the_role_that_deploys_sees_an_image_through(assuming):
    assert smoke(assuming("deploy").account).outcome == "stored"


def test_the_role_that_plans_uploads_nothing(assuming):
    with pytest.raises(Exception, match="AccessDenied"):
        smoke(assuming("plan").account)
