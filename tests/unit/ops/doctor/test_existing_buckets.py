"""Checks of a bucket that exists already: how it sends its uploads, and that nothing else of it is the doctor's."""

import json

import pytest

from ops import settings
from ops.aws.inspection import Absent
from ops.doctor import buckets, queues
from ops.doctor.live import Live

PLACES = {"input": {"name": "pics", "prefix": "up/"}, "output": {"name": "pics", "prefix": "made/"}}


class FakeStack:
    endpoint_url = None

    def __init__(self, places):
        self.settings = settings.parse({"name": "photos", "buckets": places})
        self.names = self.settings.names("123456789012", "eu-west-1")


class FakeLive(Live):
    """Answers by operation; an error is raised."""

    local = False

    def __init__(self, places=PLACES, **answers):
        super().__init__(stack=FakeStack(places))
        self.answers = answers
        self.asked = []

    def ask(self, service, operation, **parameters):
        self.asked.append(parameters.get("Bucket"))
        answer = self.answers[operation]
        if isinstance(answer, Exception):
            raise answer
        return answer


def rule(live, **changed):
    pattern = live.stack.settings.event_pattern("pics")
    return {"EventPattern": json.dumps(pattern), "State": "ENABLED", **changed}


def bridged(notification=None, targets=("photos-resize",), **changed):
    live = FakeLive()
    arns = [{"Arn": live.stack.names.queue_arn(each)} for each in targets]
    notification = {"EventBridgeConfiguration": {}} if notification is None else notification
    live.answers = {
        "get_bucket_notification_configuration": notification,
        "describe_rule": rule(live, **changed),
        "list_targets_by_rule": {"Targets": arns},
    }
    return live


def levels(found):
    return [each.level for each in found]


def test_a_bucket_that_sends_to_eventbridge_and_its_rule_are_sound():
    assert levels(buckets.events(bridged(), "")) == ["ok", "ok"]


def test_a_bucket_that_does_not_send_to_eventbridge_is_named_with_what_its_owner_does():
    theirs = {"QueueConfigurations": [{"QueueArn": "arn:aws:sqs:eu-west-1:123456789012:theirs", "Events": []}]}
    off, of_rule = buckets.events(bridged(theirs), "")
    assert (off.level, of_rule.level) == ("problem", "ok")
    assert "get-bucket-notification-configuration --bucket pics prints, and put it back" in off.remedy
    assert "pipeline backfill s3://pics/up/" in off.remedy


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"State": "DISABLED"}, "and is off"),
        ({"EventPattern": '{"source": ["aws.s3"]}'}, 'sends {"source": ["aws.s3"]} to'),
        ({"targets": ["theirs"]}, "theirs"),
        ({"targets": []}, "to nothing"),
    ],
)
def test_a_rule_that_sends_other_events_or_elsewhere_is_a_problem(changed, words):
    (_, found) = buckets.events(bridged(**changed), "")
    assert found.level == "problem"
    assert words in found.found


def test_a_rule_that_is_not_there_is_a_problem():
    live = bridged()
    live.answers["list_targets_by_rule"] = Absent("photos-uploads")
    assert levels(buckets.events(live, "")) == ["ok", "problem"]


@pytest.mark.parametrize(("places", "level"), [(PLACES, "warning"), ({}, "problem")])
def test_versions_that_are_off_are_a_warning_of_what_is_lost_in_an_existing_bucket(places, level):
    (found,) = buckets.versioning(FakeLive(places, get_bucket_versioning={}), "")
    assert found.level == level
    assert ("may be read in place of" in found.found) is (level == "warning")


def test_access_and_browsers_are_the_owner_s_in_an_existing_bucket():
    blocked = {
        "PublicAccessBlockConfiguration": dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        )
    }
    live = FakeLive(get_public_access_block=blocked)
    assert levels(buckets.public(live, "")) == ["ok"]
    assert live.asked == ["photos-work-123456789012-eu-west-1"]
    assert list(buckets.browsers(live, "")) == []


@pytest.mark.parametrize(
    ("prefix", "level"), [("up/", "ok"), ("up/more/", "ok"), ("made/", "problem"), ("u", "problem"), (None, "problem")]
)
def test_a_notification_of_one_bucket_makes_a_loop_unless_it_is_of_uploads_alone(prefix, level):
    live = FakeLive({**PLACES, "input": {**PLACES["input"], "events": "notification"}})
    rules = [] if prefix is None else [{"Name": "Prefix", "Value": prefix}]
    sent = {
        "QueueArn": live.stack.names.queue_arn("photos-resize"),
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": rules}},
    }
    live.answers = {"get_bucket_notification_configuration": {"QueueConfigurations": [sent]}}
    found = {each.where: each.level for each in buckets.loops(live, "") if each.where == "pics"}
    assert found == {"pics": level}
    (_, of_prefix) = buckets.events(live, "")
    assert of_prefix.level == ("ok" if prefix == "up/" else "warning")


@pytest.mark.parametrize(
    ("service", "source", "level"),
    [
        ("events.amazonaws.com", "arn:aws:events:eu-west-1:123456789012:rule/photos-uploads", "ok"),
        ("events.amazonaws.com", "arn:aws:events:eu-west-1:123456789012:rule/another", "problem"),
        ("s3.amazonaws.com", "arn:aws:s3:::pics", "problem"),
    ],
)
def test_the_rule_and_not_s3_must_be_allowed_to_send(service, source, level):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Condition": {"ArnEquals": {"aws:SourceArn": source}},
    }
    policy = json.dumps({"Statement": [statement]})
    live = FakeLive(get_queue_url={"QueueUrl": "u"}, get_queue_attributes={"Attributes": {"Policy": policy}})
    assert levels(queues.sending(live, "")) == [level]
