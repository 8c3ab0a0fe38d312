"""Every action of every role is needed: taken out, it is missed, and by nothing but what it is for."""

import pytest
from permissions import scenarios
from permissions.account import Broken

from ops.local import policies
from ops.names import SERVICES, Names

NAMES = Names(name="permissions", account="123456789012", region="eu-west-1")
PERMISSIONS = [
    (service, statement["Sid"], action)
    for service in SERVICES
    for statement in policies.role(service, NAMES, moderates=True, detects_faces=True)["Statement"]
    for action in statement["Action"]
]


@pytest.fixture(scope="module")
def whole():
    """The stories that were seen to end well with the whole role, by service."""
    return set()


@pytest.mark.parametrize("right", PERMISSIONS, ids="-".join)
def test_an_action_that_is_taken_out_of_a_role_is_missed(account, whole, note, right):
    service, sid, action = right
    scenario = scenarios.needing(service, sid, action)
    assert scenario is not None, (
        f"nothing says what {service} needs {action} for: report it, or take it out of the role"
    )
    account.sit(service)
    if (service, scenario) not in whole:
        account.clear()
        scenario(account)
        assert account.refused == []
        whole.add((service, scenario))
    account.clear()
    with account.without(sid, action), pytest.raises(Broken) as broken:
        scenario(account)
    assert set(account.refused) <= {action}
    note(service, sid, f"`{action}`", scenario.__doc__ or "", str(broken.value))


def test_every_story_is_of_an_action_that_a_role_has():
    reported = {
        (service, *right)
        for right, found in scenarios.NEEDED.items()
        for service in (SERVICES if callable(found) else found)
    }
    of_any_service = {(sid, action) for _, sid, action in PERMISSIONS}
    assert {(sid, action) for _, sid, action in reported} == of_any_service


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_names_its_actions_one_by_one_and_its_resources_by_their_names(service):
    log_group = f"arn:aws:logs:{NAMES.region}:{NAMES.account}:log-group:/aws/lambda/{NAMES.function(service)}"
    buckets = (NAMES.input_bucket, NAMES.work_bucket, NAMES.output_bucket)
    # What is in a bucket and in a log is made as the pipeline runs, so nobody can name it before.
    within = {f"arn:aws:s3:::{bucket}/*" for bucket in buckets} | {f"{log_group}:*"}
    for statement in policies.role(service, NAMES, moderates=True, detects_faces=True)["Statement"]:
        if statement in (policies.MODERATE, policies.FIND_FACES):
            continue  # the actions know no resources: these alone, and where moderation is on and faces are looked for
        assert statement.keys() == {"Sid", "Effect", "Action", "Resource"}
        assert not any("*" in action for action in statement["Action"])
        assert statement["Resource"] in within or not {"*", "?"} & set(statement["Resource"])


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    ("asked", "statement", "action"),
    [
        ("moderates", policies.MODERATE, "rekognition:DetectModerationLabels"),
        ("detects_faces", policies.FIND_FACES, "rekognition:DetectFaces"),
    ],
)
def test_resize_alone_may_ask_rekognition_and_only_for_what_is_on(service, asked, statement, action):
    without, whole = (policies.role(service, NAMES, **{asked: on})["Statement"] for on in (False, True))
    assert policies.role(service, NAMES)["Statement"] == without
    assert [each for each in whole if each not in without] == ([statement] if service == "resize" else [])
    assert statement["Action"] == [action]


@pytest.mark.parametrize(
    "document",
    [policies.trust(), policies.input_queue(NAMES), policies.notified_queue("arn:aws:sqs:q", "arn:aws:sns:t")],
)
def test_whom_a_resource_lets_in_is_one_service_for_one_thing(document):
    for statement in document["Statement"]:
        assert "*" not in statement["Action"]
        assert statement["Principal"].keys() == {"Service"}
        assert not {"*", "?"} & set(statement.get("Resource", ""))
