"""`pipeline doctor` on what Terraform made: nothing is wrong with it but that nobody is subscribed yet."""

import pytest

from ops.doctor.examination import examine
from ops.doctor.live import Live


@pytest.fixture
def found(rehearsal):
    live = Live(stack=rehearsal.account)
    assert not live.local
    return list(examine(live))


def test_what_terraform_makes_is_sound_but_nobody_is_subscribed_yet(found):
    ill = {(each.check, each.level, each.found) for each in found if each.level != "ok"}
    assert ill == {("subscribers", "warning", "0 confirmed"), ("operators", "warning", "0 confirmed")}


def test_each_service_is_fed_through_its_alias(found):
    mapped = {each.found for each in found if each.check == "mapping"}
    assert mapped == {f"image-pipeline-{service}:live" for service in ("resize", "watermark", "store")}


def test_every_alarm_is_there_and_reports_the_operators(found):
    alarms = [each.found for each in found if each.check == "alarms"]
    reported = "alarms notify the operators' topic"
    assert alarms == ["4 alarms", reported, "5 alarms", reported, "5 alarms", reported, "5 alarms", reported]
