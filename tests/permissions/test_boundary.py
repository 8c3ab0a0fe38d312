"""The permissions boundary that terraform/github makes: wide enough for every service, and a bound all the same."""

import json
import shutil

import pytest
from kit.terraform import copied, mirror, resources, terraform
from permissions import scenarios
from permissions.account import Broken

from ops.local import policies
from ops.names import SERVICES

RUN = "a_deploy_grants_permissions_only_to_bounded_roles"


@pytest.fixture(scope="module")
def document(account, tmp_path_factory):
    """What Terraform makes, for the pipeline of the account."""
    if shutil.which("terraform") is None or mirror() is None:
        pytest.skip("NOT RUN: no Terraform here, or no provider of AWS in a plugin mirror")
    folder = copied(tmp_path_factory.mktemp("boundary")) / "terraform"
    ran = terraform("init", "-backend=false", f"-plugin-dir={mirror()}", folder=folder)
    assert ran.returncode == 0, ran.stderr
    ran = terraform("test", "-json", "-verbose", "-filter=tests/boundary.tftest.hcl", folder=folder)
    states = [line for line in map(json.loads, ran.stdout.splitlines()) if line["type"] == "test_state"]
    (state,) = (line["test_state"] for line in states if line["@testrun"] == RUN)
    text = resources(state["root_module"])["aws_iam_policy.boundary[0]"]["policy"]
    names = account.names
    for theirs, ours in {"photos": names.name, "eu-west-1": names.region, "123456789012": names.account}.items():
        text = text.replace(theirs, ours)
    return json.loads(text)


def needed(service, account):
    statements = policies.role(service, account.names, moderates=True)["Statement"]
    found = {scenarios.needing(service, each["Sid"], action) for each in statements for action in each["Action"]}
    return sorted(found, key=lambda scenario: scenario.__name__)


@pytest.mark.parametrize("service", SERVICES)
def test_whatever_a_service_does_is_within_the_boundary(account, document, service):
    account.sit(service)
    with account.bounded(document):
        for scenario in needed(service, account):
            account.clear()
            scenario(account)
            assert account.refused == [], scenario.__doc__


def test_what_is_beyond_the_boundary_is_refused_whatever_the_role_says(account, document):
    account.sit("store")
    less = [
        {**each, "Action": [one for one in each["Action"] if one != "s3:PutObject"]} for each in document["Statement"]
    ]
    with account.bounded({**document, "Statement": less}):
        account.clear()
        with pytest.raises(Broken):
            scenarios.is_stored(account)
    assert set(account.refused) == {"s3:PutObject"}
