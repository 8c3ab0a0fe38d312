"""What a month costs."""

import json
import re

import pytest

from ops import settings
from ops.cli.main import main
from ops.costs.bills import total
from ops.costs.mix import DEFAULT
from ops.costs.month import month_of
from ops.errors import Exit
from ops.settings import ROOT


def of(images=1_000_000, mix=DEFAULT, *, values=None, **more):
    return month_of(settings.parse({"name": "pics", **(values or {})}), mix, images=images, **more)


def dollars(charges):
    return {charge.name: charge.dollars for charge in charges}


def test_an_idle_month_costs_receives_alarms_and_metrics():
    assert dollars(of(0).full) == {
        "empty_receives": pytest.approx(0.79, abs=0.01),
        "alarm_metrics": pytest.approx(2.60),
        "custom_metrics": pytest.approx(3.90),
    }


def test_eventbridge_has_an_alarm_of_its_own():
    events = of(0, values={"buckets": {"input": {"events": "eventbridge"}}})
    assert dollars(events.full)["alarm_metrics"] == pytest.approx(2.80)


def test_images_storage_and_logs_grow_with_their_number():
    ten, one = dollars(of(10_000_000).full), dollars(of().full)
    grown = {name for name in one if ten[name] == pytest.approx(10 * one[name])}
    assert set(one) - grown == {"empty_receives", "alarm_metrics", "custom_metrics"}


def test_one_image_at_a_time_costs_more_than_full_batches():
    month = of()
    assert total(month.single) > total(month.full)
    assert dollars(month.single)["puts"] == dollars(month.full)["puts"]


def test_a_mix_is_between_its_kinds():
    png, jpeg = (total(of(mix={kind: 1.0}).full) for kind in ("png", "jpeg-12mp"))
    assert total(of(mix={"png": 0.5, "jpeg-12mp": 0.5}).full) == pytest.approx((png + jpeg) / 2)


def test_renditions_may_be_other_than_those_of_the_settings():
    six = of(renditions=6)
    assert six.outputs == 6
    assert dollars(six.full)["puts"] > dollars(of().full)["puts"]


def test_the_free_tier_is_off_by_default_and_takes_off_what_it_says():
    paid, free = dollars(of(100_000).full), dollars(of(100_000, free_tier=True).full)
    assert free["gb_seconds"] == free["invocations"] == free["publishes"] == 0 < paid["gb_seconds"]
    assert free["alarm_metrics"] == pytest.approx(paid["alarm_metrics"] - 1)
    assert free["puts"] == paid["puts"]


def test_a_customer_s_key_is_a_dollar_more():
    more = total(of(values={"encryption": "customer"}).full) - total(of().full)
    assert more == pytest.approx(1)


def test_pollers_that_are_always_ready_are_charged_by_the_hour():
    services = {"resize": {"pollers": {"minimum": 3}}, "store": {"pollers": {}}}
    assert dollars(of(0, values={"services": services}).full)["poller_hours"] == pytest.approx(5 * 730 * 0.00925)


def test_another_region_has_other_prices_and_says_which_it_borrows():
    frankfurt = of(region="eu-central-1")
    assert total(frankfurt.full) > total(of().full)
    said = " ".join(frankfurt.assumptions())
    assert "list prices of eu-central-1" in said
    assert "custom metrics: at the price of us-east-1" in said
    assert "at the price of" not in " ".join(of().assumptions())


def test_the_guide_shows_what_the_command_prints(capsys):
    guide = (ROOT / "docs" / "guide" / "costs.md").read_text(encoding="utf-8")
    shown = re.search(r"\$ pipeline (cost [^\n]+)\n(.*?)```", guide, re.DOTALL)
    assert main(shown[1].split()) == 0
    assert capsys.readouterr().out == shown[2]


def test_json_has_each_price_with_its_source(capsys):
    assert main(["cost", "--images", "1000", "--mix", "jpeg=1,png=1", "--json"]) == 0
    (printed,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert printed["mix"] == {"jpeg-12mp": 0.5, "png": 0.5}
    assert set(printed["prices"]) == set(printed["full_batches"])
    assert printed["prices"]["S3 writes"]["source"].endswith("AmazonS3/current/us-east-1/index.json")
    for batches in ("full_batches", "one_at_a_time"):
        charged = sum(each["dollars"] for each in printed[batches].values())
        assert printed["dollars"][batches] == pytest.approx(charged, abs=1e-5)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--mix", "bmp"], "'bmp' is not a kind of image"),
        (["--region", "eu-north-7"], "--region: the prices of eu-north-7 are not known; known: us-east-1"),
        (["--renditions", "0"], "'0' is not a whole number from 1 to 100"),
    ],
)
def test_a_mistake_is_named(capsys, words, problem):
    assert main(["cost", "--images", "1000", *words]) == Exit.USAGE
    assert problem in capsys.readouterr().err
