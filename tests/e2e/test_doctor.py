"""`pipeline doctor` finds each fault that is planted, and nothing in a pipeline that is sound."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from planted import FAULTS

from ops.cli import main
from ops.doctor import clock
from ops.local import stack


@pytest.fixture(scope="module")
def sound(zips):
    """A pipeline of its own: that of the other tests has dead letters."""
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
    with fault.plant(sound):
        code, findings = doctor()
    (found,) = ill(findings)
    assert (found["check"], found["level"]) == (fault.check, fault.level)
    assert fault.where in found["where"]
    told = f"{found['found']} {found['remedy']}"
    assert [part for part in fault.says if part not in told] == []
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
