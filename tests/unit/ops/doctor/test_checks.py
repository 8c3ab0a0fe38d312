"""Checks of what is on AWS alone, and of what the local AWS does not take: answers are made up."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from kit.doctor_answers import FUNCTION_ARN, NAMES, FakeLive, levels

from ops import settings
from ops.aws import cors
from ops.aws.inspection import Absent, Denied
from ops.doctor import backlog, buckets, examination, functions, queues, topic
from ops.doctor.findings import Check, judge
from ops.local import policies
from shared.release import VERSION


def mapping(target, **more):
    found = {"UUID": "u", "FunctionArn": target, "State": "Enabled", **more}
    return {"EventSourceMappings": [found]}


def test_a_deployed_function_is_fed_through_its_alias():
    answers = {"get_queue_url": {"QueueUrl": "u"}, "get_queue_attributes": {"Attributes": {}}, "get_alias": {}}
    by_alias = FakeLive(**answers, list_event_source_mappings=mapping(f"{FUNCTION_ARN}:live"))
    past_it = FakeLive(**answers, list_event_source_mappings=mapping(FUNCTION_ARN))
    assert levels(functions.mapped, by_alias) == ["ok"]
    (found,) = functions.mapped(past_it, "resize")
    assert (found.level, found.found) == ("problem", "image-pipeline-resize")
    assert found.allowed == "image-pipeline-resize:live alone"
    assert found.remedy == "make deploy SERVICE=resize"


def test_what_is_looked_at_is_the_version_behind_the_alias():
    live = FakeLive(list_event_source_mappings=mapping(f"{FUNCTION_ARN}:live"), get_function_configuration={})
    live.function("resize")
    assert live.asked[-1] == ("get_function_configuration", {"FunctionName": f"{FUNCTION_ARN}:live"})


def test_on_aws_as_many_batches_are_worked_on_at_once_as_the_settings_say():
    scaling = {"BatchSize": 10, "ScalingConfig": {"MaximumConcurrency": 10}}
    assert levels(functions.batches, FakeLive(list_event_source_mappings=mapping(FUNCTION_ARN, **scaling))) == ["ok"]
    uncapped = FakeLive(list_event_source_mappings=mapping(FUNCTION_ARN, BatchSize=10))
    assert levels(functions.batches, uncapped) == ["problem"]


@pytest.mark.parametrize(
    ("there", "level"),
    [
        ({"ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 40}}, "ok"),
        ({"ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 50}}, "problem"),
        ({"ScalingConfig": {"MaximumConcurrency": 10}}, "problem"),
        ({}, "problem"),
    ],
)
def test_on_aws_a_queue_has_the_pollers_of_the_settings(there, level):
    live = FakeLive(list_event_source_mappings=mapping(FUNCTION_ARN, BatchSize=10, **there))
    services = {"resize": {"pollers": {"maximum": 40}}}
    live.stack.settings = settings.parse({"name": "image-pipeline", "services": services})
    (finding,) = functions.batches(live, "resize")
    assert finding.level == level
    assert "pollers 2 40" in finding.allowed


def test_reserved_concurrency_must_not_be_less_than_what_pollers_invoke():
    live = FakeLive(get_function_concurrency={"ReservedConcurrentExecutions": 399})
    services = {"resize": {"pollers": {"maximum": 40}}}
    live.stack.settings = settings.parse({"name": "image-pipeline", "services": services})
    (finding,) = functions.reserved(live, "resize")
    assert finding.level == "warning"
    assert "none, or 400 or more" in finding.allowed


@pytest.mark.parametrize(
    ("limit", "reserved", "level", "least"),
    [
        (10, {}, "warning", "30 or more"),
        (30, {}, "ok", "30 or more"),
        (0, {"ReservedConcurrentExecutions": 10}, "ok", "0"),
    ],
)
def test_an_account_with_too_little_concurrency_for_all_services_is_found(limit, reserved, level, least):
    answer = {"AccountLimit": {"UnreservedConcurrentExecutions": limit}}
    (finding,) = functions.account(FakeLive(get_account_settings=answer, get_function_concurrency=reserved), "")
    assert finding.level == level
    assert finding.where == "account 123456789012, eu-west-1"
    assert finding.allowed.startswith(least)
    assert ("--desired-value 1000" in finding.remedy) == (level == "warning")


@pytest.mark.parametrize(
    ("state", "update", "level"),
    [("Active", "Successful", "ok"), ("Failed", "Successful", "problem"), ("Active", "Failed", "problem")],
)
def test_a_function_that_is_broken_is_found(state, update, level):
    live = FakeLive(
        get_function_configuration={"State": state, "LastUpdateStatus": update},
        list_event_source_mappings={"EventSourceMappings": []},
    )
    assert levels(functions.there, live) == ["ok", level]


@pytest.mark.parametrize(
    ("description", "level"),
    [(f"image-pipeline {VERSION}", "ok"), ("image-pipeline 0.0.1", "warning"), ("", "warning")],
)
def test_a_function_of_another_version_than_the_command_line_is_found(description, level):
    live = FakeLive(
        get_function_configuration={"Description": description},
        list_event_source_mappings={"EventSourceMappings": []},
    )
    (found,) = functions.version(live, "resize")
    assert found.level == level
    assert found.found == (description or "no version stated")


def alarm(name, **more):
    return {"AlarmName": name, "AlarmActions": ["arn:aws:sns:x"], "ActionsEnabled": True, **more}


ALARMS = [
    f"image-pipeline-{name}"
    for name in ("resize-dlq-depth", "resize-dlq-age", "resize-age", "resize-errors", "resize-throttles")
]


def test_alarms_that_are_missing_or_notify_nobody_are_found():
    assert levels(backlog.alarms, FakeLive(describe_alarms={"MetricAlarms": list(map(alarm, ALARMS))})) == ["ok", "ok"]
    missing, _ = backlog.alarms(FakeLive(describe_alarms={"MetricAlarms": list(map(alarm, ALARMS[1:]))}), "resize")
    assert (missing.level, missing.found) == ("warning", "not there: image-pipeline-resize-dlq-depth")
    silent = [alarm(ALARMS[0], AlarmActions=[]), *map(alarm, ALARMS[1:])]
    _, found = backlog.alarms(FakeLive(describe_alarms={"MetricAlarms": silent}), "resize")
    assert (found.level, found.found) == ("warning", "notify nobody: image-pipeline-resize-dlq-depth")


def test_messages_that_wait_for_long_are_found():
    def age(*seconds):
        points = [
            {"Timestamp": datetime(2026, 1, 1, 0, minute, tzinfo=UTC), "Maximum": each}
            for minute, each in enumerate(seconds)
        ]
        return FakeLive(get_metric_statistics={"Datapoints": points})

    assert levels(backlog.oldest, age()) == ["ok"]
    assert levels(backlog.oldest, age(5000, 12)) == ["ok"]
    (found,) = backlog.oldest(age(12, 5000), "resize")
    assert (found.level, found.found) == ("warning", "the oldest message waits for 5000 s")


def test_an_alarm_that_nobody_hears_is_found():
    live = FakeLive(list_subscriptions_by_topic={"Subscriptions": []})
    (found,) = backlog.operators(live, "")
    assert found.level == "warning"
    assert live.asked[0][1]["TopicArn"] == "arn:aws:sns:eu-west-1:123456789012:image-pipeline-operators"


def subscription(arn, protocol="email", endpoint="ada@example.com"):
    return {"SubscriptionArn": arn, "Protocol": protocol, "Endpoint": endpoint}


def test_who_has_not_confirmed_is_named():
    found = {"Subscriptions": [subscription("arn:1"), subscription("PendingConfirmation", endpoint="bob@example.com")]}
    first, second = topic.subscribers(FakeLive(list_subscriptions_by_topic=found), "")
    assert (first.level, second.level) == ("ok", "warning")
    assert "bob@example.com has not confirmed" in second.found
    assert "by the link in AWS's mail" in second.remedy
    posted = {"Subscriptions": [subscription("PendingConfirmation", "https", "https://example.com/hook")]}
    _, found = topic.subscribers(FakeLive(list_subscriptions_by_topic=posted), "")
    assert "by the SubscribeURL that SNS posts to it" in found.remedy


@pytest.mark.parametrize(("policy", "level"), [("", "warning"), ("{}", "warning"), ('{"outcome": ["failed"]}', "ok")])
def test_an_address_that_gets_a_mail_for_every_image_is_warned_of(policy, level):
    live = FakeLive(
        list_subscriptions_by_topic={"Subscriptions": [subscription("arn:1"), subscription("arn:2", protocol="sqs")]},
        get_subscription_attributes={"Attributes": {"FilterPolicy": policy}},
    )
    assert levels(topic.mails, live, "") == [level]


def test_a_table_that_others_made_is_found():
    table = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "TableStatus": "ACTIVE"}
    assert levels(topic.ledger_keys, FakeLive(describe_table={"Table": table}), "") == ["problem", "warning"]


def s3_may(**condition):
    statement = {**policies.input_queue(NAMES)["Statement"][0], "Condition": condition}
    return json.dumps({"Statement": [statement]})


BUCKET = f"arn:aws:s3:::{NAMES.input_bucket}"


@pytest.mark.parametrize(
    ("policy", "level"),
    [
        pytest.param(json.dumps(policies.input_queue(NAMES)), "ok", id="as it is made"),
        pytest.param(s3_may(), "ok", id="for every bucket"),
        pytest.param(
            s3_may(ArnLike={"aws:SourceArn": "arn:aws:s3:::image-pipeline-*"}), "ok", id="for buckets like it"
        ),
        pytest.param(s3_may(ArnLike={"AWS:SourceARN": [BUCKET, "x"]}), "ok", id="for some buckets"),
        pytest.param(s3_may(StringEquals={"aws:SourceAccount": "210987654321"}), "problem", id="for another account"),
        pytest.param('{"Statement": []}', "problem", id="for nobody"),
        pytest.param("", "problem", id="no policy"),
    ],
)
def test_who_may_send_is_read_from_the_policy(policy, level):
    live = FakeLive(get_queue_url={"QueueUrl": "u"}, get_queue_attributes={"Attributes": {"Policy": policy}})
    assert levels(queues.sending, live, "") == [level]


def test_only_the_key_that_s3_cannot_use_is_a_problem():
    def key(name, *actions):
        s3 = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": list(actions), "Resource": "*"}
        return FakeLive(
            get_queue_url={"QueueUrl": "u"},
            get_queue_attributes={"Attributes": {"KmsMasterKeyId": name}},
            get_key_policy={"Policy": json.dumps({"Statement": [s3]})},
        )

    assert levels(queues.encryption, key("alias/aws/sqs"), "") == ["problem"]
    assert levels(queues.encryption, key("alias/mine", "kms:Decrypt", "kms:GenerateDataKey"), "") == ["ok"]
    assert levels(queues.encryption, key("alias/mine", "kms:Decrypt"), "") == ["problem"]
    assert levels(queues.encryption, key(""), "") == ["ok"]


def examined(monkeypatch, *checks):
    monkeypatch.setattr(examination, "CHECKS", checks)
    return list(examination.examine(FakeLive()))


def failing(error):
    def check(live, service):
        raise error

    return check


def test_what_the_operator_may_not_ask_is_reported_once_for_each_check_and_ends_no_other(monkeypatch):
    def fine(live, service):
        yield judge(good=True, where="here", found=1, allowed=1, remedy="nothing")

    denied = Check(name="a", run=failing(Denied("s3:GetBucketVersioning", "bucket")), services=("resize", "store"))
    found = examined(monkeypatch, denied, Check(name="b", run=fine))
    assert [(each.check, each.level, each.where) for each in found] == [
        ("your permissions", "warning", "bucket"),
        ("b", "ok", "here"),
    ]
    assert "s3:GetBucketVersioning" in found[0].found
    assert "allow s3:GetBucketVersioning" in found[0].remedy


def test_what_is_not_there_is_reported_by_one_check_alone(monkeypatch):
    assert examined(monkeypatch, Check(name="a", run=failing(Absent("queue")))) == []


def test_an_error_of_aws_is_a_finding(monkeypatch):
    error = ClientError({"Error": {"Code": "Throttling", "Message": "slow down"}}, "GetQueueUrl")
    (found,) = examined(monkeypatch, Check(name="a", run=failing(error)))
    assert (found.check, found.level) == ("a", "warning")
    assert "slow down" in found.found


@pytest.mark.parametrize(("sums", "level"), [([], "ok"), ([3.0], "problem")])
def test_calls_that_aws_refused_are_a_problem(sums, level):
    live = FakeLive(get_metric_statistics={"Datapoints": [{"Sum": each} for each in sums]})
    (found,) = backlog.denied(live, "resize")
    assert (found.level, found.found) == (level, f"AWS refused {sum(sums):.0f} calls in the last hour")
    assert live.asked[0][1]["MetricName"] == "AccessDenied"


@pytest.mark.parametrize(
    ("asked", "there", "level", "found"),
    [
        ((), [], "ok", "no other origin"),
        (("https://a.de",), cors.rules(["https://a.de"]), "ok", "https://a.de"),
        (("https://a.de",), [], "problem", "no other origin"),
        (("https://a.de", "https://b.de"), cors.rules(["https://a.de"]), "problem", "https://a.de"),
        (("https://a.de",), cors.rules(["https://a.de", "*"]), "warning", "*, https://a.de"),
        ((), cors.rules(["*"]), "warning", "*"),
        (
            ("https://a.de",),
            [{"AllowedOrigins": ["https://a.de"], "AllowedMethods": ["DELETE"]}],
            "warning",
            "https://a.de, with other methods or headers",
        ),
    ],
)
def test_pages_of_the_origins_of_the_settings_may_upload_and_no_others(asked, there, level, found):
    live = FakeLive(get_bucket_cors={"CORSRules": there} if there else {}, get_queue_url=Absent("mailbox"))
    live.stack.settings = replace(settings.load(), cors_origins=asked)
    finding, _ = buckets.browsers(live, "")
    assert (finding.level, finding.found) == (level, found)
    assert ("uploads.cors_origins" in finding.remedy) == (level != "ok")


@pytest.mark.parametrize(
    ("asked", "there", "level"),
    [
        ((), [], "ok"),
        (("https://a.de",), cors.reading_rules(["https://a.de"]), "ok"),
        (("https://a.de",), [], "problem"),
        (("https://a.de",), cors.rules(["https://a.de"]), "warning"),
        ((), cors.reading_rules(["*"]), "warning"),
    ],
)
def test_pages_of_the_origins_of_the_settings_may_fetch_outputs_and_no_others(asked, there, level):
    live = FakeLive(get_bucket_cors={"CORSRules": there} if there else {}, get_queue_url=Absent("mailbox"))
    live.stack.settings = replace(settings.load(), output_cors_origins=asked)
    _, finding = buckets.browsers(live, "")
    assert (finding.level, finding.where) == (level, NAMES.output_bucket)
    assert ("outputs.cors_origins" in finding.remedy) == (level != "ok")
