"""`pipeline doctor` finds each fault that is injected, and nothing in a pipeline that is sound."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from kit.injected_faults import FAULTS

from ops.cli.main import main
from ops.doctor import clock
from ops.local import stack


@pytest.fixture(scope="module")
def sound(zips):
    """A pipeline of its own: that of the other tests has DLQ messages."""
    with stack.running(zips=zips) as running:
        yield running


@pytest.fixture
def doctor(sound, monkeypatch, capsys):
    """Run it; its exit code, and what it found."""
    for name, value in sound.emulator.environment().items():
        monkeypatch.setenv(name, value)

    def running(*options):
        capsys.readouterr()
        code = main(["doctor", "--output", "json", *options])
        return code, list(map(json.loads, capsys.readouterr().out.splitlines()))

    return running


def ill(findings):
    return [each for each in findings if each["level"] != "ok"]


def test_a_sound_pipeline_has_no_findings(doctor):
    code, findings = doctor()
    assert ill(findings) == []
    assert code == 0
    assert len(findings) > 80
    assert {each["remedy"] for each in findings} == {""}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.claim)
def test_it_finds_that(sound, doctor, fault):
    with fault.inject(sound):
        code, findings = doctor()
    (found,) = ill(findings)
    assert (found["check"], found["level"]) == (fault.check, fault.level)
    assert fault.where in found["where"]
    reported = f"{found['found']} {found['remedy']}"
    assert [part for part in fault.says if part not in reported] == []
    assert found["remedy"]
    assert code == (1 if fault.level == "problem" else 0)


def test_a_clock_that_goes_wrong_is_found(doctor, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(minutes=7))
    code, findings = doctor()
    (found,) = ill(findings)
    assert (code, found["check"]) == (1, "clock")
    assert found["found"].startswith(("419 s", "420 s", "421 s"))
    assert "set-ntp" in found["remedy"]


def test_what_was_taken_back_is_sound_again(doctor):
    assert ill(doctor()[1]) == []


def test_what_an_operator_may_not_ask_is_a_finding_and_no_end(sound, doctor, monkeypatch):
    iam = sound.client("iam")
    iam.create_user(UserName="intern")
    allowed = [{"Effect": "Allow", "Action": ["sts:*", "sqs:*", "lambda:*", "logs:*"], "Resource": "*"}]
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_user_policy(UserName="intern", PolicyName="some", PolicyDocument=document)
    key = iam.create_access_key(UserName="intern")["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    code, findings = doctor()
    assert code == 0
    found = ill(findings)
    assert {each["check"] for each in found} == {"your permissions"}
    reported = " ".join(each["found"] for each in found)
    assert [action for action in ("iam:ListRolePolicies", "sns:GetTopicAttributes") if action not in reported] == []
    assert {each["check"] for each in findings} >= {"visibility timeout", "mapping", "logs"}
