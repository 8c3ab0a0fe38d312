"""What a load test is said to cost."""

import math
from dataclasses import replace

import pytest
from loads import QUIET

from ops import prices, settings
from ops.backfill.estimate import MEASURED_BYTES, estimate
from ops.load.costs import Counted, reckon
from ops.names import STAGES

SETTINGS = settings.parse({"name": "pics"})


def counted(images=100, failed=0, **others):
    stored = images - failed
    return Counted(
        **{
            "sent": images,
            "passed": dict.fromkeys(STAGES, stored),
            "failed": failed,
            "outputs": 2 * stored,
            "told": images,
            "asked": 0,
            "gauged": 0,
            "received": 0,
            **others,
        }
    )


def unread():
    return replace(QUIET, unread="no")


def charges(bill):
    return {charge.what: charge.amount for charge in bill}


def test_a_thousand_cost_as_a_backfill_of_them_but_for_what_a_batch_and_the_drops_add():
    cost = reckon(counted(1000), unread(), SETTINGS)
    like = estimate(SETTINGS, prefix="", images=1000, size_bytes=1000 * MEASURED_BYTES)
    # A backfill pays for listing and looking up; a drop's event and its mark in the batch are paid for here.
    assert cost.pipeline_dollars == pytest.approx(like.dollars, rel=0.1)


def test_an_image_s_requests_are_those_of_the_benchmark():
    found = charges(reckon(counted(), unread(), SETTINGS).pipeline)
    assert found["S3 reads"] == 300
    assert found["S3 writes"] == 400
    assert found["SNS publishes"] == 100


def test_the_billed_time_of_the_logs_counts_where_there_is_any():
    logged = replace(QUIET, invocations={"resize": 3}, billed_seconds={"resize": 8.0})
    cost = reckon(counted(), logged, SETTINGS)
    found = charges(cost.pipeline)
    assert found["Lambda requests"] == 3
    assert found["Lambda GB-seconds"] == pytest.approx(8 * 1769 / 1024)
    assert "REPORT lines" in cost.assumptions[1]


def test_without_logs_the_benchmark_s_time_stands_in_and_that_is_said():
    cost = reckon(counted(), unread(), SETTINGS)
    assert charges(cost.pipeline)["Lambda requests"] == pytest.approx(30)
    assert "make bench" in cost.assumptions[1]


def test_what_fails_early_costs_less():
    good, bad = (reckon(counted(failed=failed), unread(), SETTINGS) for failed in (0, 100))
    assert bad.pipeline_dollars < good.pipeline_dollars / 3


def test_the_test_s_own_requests_are_a_bill_of_their_own():
    cost = reckon(counted(asked=1000, gauged=60, received=40), unread(), SETTINGS)
    assert charges(cost.test) == {
        "S3 writes": 100,
        "SQS requests": 100,
        "DynamoDB writes": 100,
        "DynamoDB reads": 1000,
    }
    assert cost.dollars == pytest.approx(cost.pipeline_dollars + cost.test_dollars)
    dollars = math.fsum(charge.dollars for charge in cost.test) / prices.MILLION
    assert cost.test_dollars == pytest.approx(dollars)


def test_nothing_sent_costs_nothing():
    nothing = counted(0)
    assert reckon(nothing, unread(), SETTINGS).dollars == 0
