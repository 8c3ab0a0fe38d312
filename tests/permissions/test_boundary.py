"""The permissions boundary that terraform/github makes: wide enough for every service, and a bound all the same."""

import pytest
from kit.terraform import policy_of_run
from permissions import scenarios
from permissions.account import Broken

from ops.local import policies
from ops.names import SERVICES

RUN = "a_deploy_grants_permissions_only_to_bounded_roles"


@pytest.fixture(scope="module")
def document(account, tmp_path_factory):
    """What Terraform makes, for the pipeline of the account."""
    return policy_of_run(
        tmp_path_factory.mktemp("boundary"), account, "boundary.tftest.hcl", RUN, "aws_iam_policy.boundary[0]"
    )


def needed(service, account):
    statements = policies.role(service, account.names, moderates=True, detects_faces=True)["Statement"]
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
