"""Every action of every role is needed: taken out, it is missed, and by nothing but what it is for."""

import pytest
from rights import scenarios
from rights.desk import Broken

from ops.local import policies
from ops.names import STAGES, Names

NAMES = Names(name="rights", account="123456789012", region="eu-west-1")
RIGHTS = [
    (stage, statement["Sid"], action)
    for stage in STAGES
    for statement in policies.role(stage, NAMES, moderates=True)["Statement"]
    for action in statement["Action"]
]


@pytest.fixture(scope="module")
def whole():
    """The stories that were seen to end well with the whole role, by stage."""
    return set()


@pytest.mark.parametrize("right", RIGHTS, ids="-".join)
def test_an_action_that_is_taken_out_of_a_role_is_missed(desk, whole, note, right):
    stage, sid, action = right
    scenario = scenarios.needing(stage, sid, action)
    assert scenario is not None, f"nothing says what {stage} needs {action} for: tell it, or take it out of the role"
    desk.sit(stage)
    if (stage, scenario) not in whole:
        desk.clear()
        scenario(desk)
        assert desk.refused == []
        whole.add((stage, scenario))
    desk.clear()
    with desk.without(sid, action), pytest.raises(Broken) as broken:
        scenario(desk)
    assert set(desk.refused) <= {action}
    note(stage, sid, f"`{action}`", scenario.__doc__ or "", str(broken.value))


def test_every_story_is_of_an_action_that_a_role_has():
    told = {
        (stage, *right) for right, found in scenarios.NEEDED.items() for stage in (STAGES if callable(found) else found)
    }
    of_any_stage = {(sid, action) for _, sid, action in RIGHTS}
    assert {(sid, action) for _, sid, action in told} == of_any_stage


@pytest.mark.parametrize("stage", STAGES)
def test_a_role_names_its_actions_one_by_one_and_its_resources_by_their_names(stage):
    log_group = f"arn:aws:logs:{NAMES.region}:{NAMES.account}:log-group:/aws/lambda/{NAMES.function(stage)}"
    buckets = (NAMES.input_bucket, NAMES.work_bucket, NAMES.output_bucket)
    # What is in a bucket and in a log is made as the pipeline runs, so nobody can name it before.
    within = {f"arn:aws:s3:::{bucket}/*" for bucket in buckets} | {f"{log_group}:*"}
    for statement in policies.role(stage, NAMES, moderates=True)["Statement"]:
        if statement == policies.MODERATE:
            continue  # the action knows no resources: this alone, and where moderation is on
        assert statement.keys() == {"Sid", "Effect", "Action", "Resource"}
        assert not any("*" in action for action in statement["Action"])
        assert statement["Resource"] in within or not {"*", "?"} & set(statement["Resource"])


@pytest.mark.parametrize("stage", STAGES)
def test_resize_alone_may_ask_for_labels_and_only_while_moderation_is_on(stage):
    without, whole = (policies.role(stage, NAMES, moderates=on)["Statement"] for on in (False, True))
    assert policies.role(stage, NAMES)["Statement"] == without
    assert [each for each in whole if each not in without] == ([policies.MODERATE] if stage == "resize" else [])
    assert policies.MODERATE["Action"] == ["rekognition:DetectModerationLabels"]


@pytest.mark.parametrize("document", [policies.trust(), policies.input_queue(NAMES), policies.mailbox_queue(NAMES)])
def test_whom_a_resource_lets_in_is_one_service_for_one_thing(document):
    for statement in document["Statement"]:
        assert "*" not in statement["Action"]
        assert statement["Principal"].keys() == {"Service"}
        assert not {"*", "?"} & set(statement.get("Resource", ""))
