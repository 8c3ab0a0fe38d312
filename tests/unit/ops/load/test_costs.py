"""What a load test is said to cost."""

import math
from dataclasses import replace

import pytest
from kit.load_tests import QUIET

from ops import settings
from ops.backfill.estimate import estimate
from ops.costs.kinds import JPEG
from ops.load.costs import Counted, cost_of
from ops.names import SERVICES

MEASURED_BYTES = JPEG.source_bytes
SETTINGS = settings.parse({"name": "pics"})


def counted(images=100, failed=0, **others):
    stored = images - failed
    return Counted(
        **{
            "sent": images,
            "size_bytes": images * MEASURED_BYTES,
            "passed": dict.fromkeys(SERVICES, stored),
            "failed": failed,
            "outputs": 2 * stored,
            "notified": images,
            "rows_read": 0,
            "gauged": 0,
            "received": 0,
            **others,
        }
    )


def unread():
    return replace(QUIET, unread="no")


def charges(bill):
    return {charge.what: charge.amount for charge in bill}


def test_a_thousand_cost_as_a_backfill_of_them_but_for_what_a_batch_and_the_uploads_add():
    cost = cost_of(counted(1000), unread(), SETTINGS, on_aws=True)
    like = estimate(SETTINGS, prefix="", images=1000, size_bytes=1000 * MEASURED_BYTES)
    # A backfill pays for listing and looking up; an upload's event and its mark in the batch are paid for here.
    assert cost.pipeline_dollars == pytest.approx(like.dollars, rel=0.1)


def test_an_image_s_requests_are_those_of_the_benchmark():
    found = charges(cost_of(counted(), unread(), SETTINGS, on_aws=True).pipeline)
    assert found["S3 reads"] == 200
    assert found["S3 writes"] == 300
    assert found["SNS publishes"] == 100
    # An event of S3's for each, ten a request to watermark, and thirty full batches that are received and deleted. Ten
    # images' files are 20 times 64 KB, sent and received; a receive of each batch is counted already.
    assert found["SQS requests"] == pytest.approx(100 + 10 + 60 + 2 * 200 - 10)


def test_files_that_fit_no_message_go_through_the_work_bucket():
    large = settings.parse({"name": "pics", "renditions": [{"name": "a", "width": 2000, "height": 2000}]})
    found = charges(cost_of(counted(), unread(), large, on_aws=True).pipeline)
    assert (found["S3 reads"], found["S3 writes"]) == (300, 400)


def test_the_billed_time_of_the_logs_counts_where_there_is_any():
    logged = replace(QUIET, invocations={"resize": 3}, billed_seconds={"resize": 8.0})
    cost = cost_of(counted(), logged, SETTINGS, on_aws=True)
    found = charges(cost.pipeline)
    assert found["Lambda requests"] == 3
    assert found["Lambda GB-seconds"] == pytest.approx(8 * 1769 / 1024)
    assert "REPORT lines" in cost.assumptions[1]


def test_on_the_local_aws_this_machine_s_time_is_not_lambda_s():
    logged = replace(QUIET, billed_seconds={"resize": 8000.0})
    local, unknown = (cost_of(counted(), each, SETTINGS, on_aws=False) for each in (logged, unread()))
    assert charges(local.pipeline)["Lambda GB-seconds"] == charges(unknown.pipeline)["Lambda GB-seconds"]
    assert charges(local.pipeline)["Lambda requests"] == 3
    assert "not of this run" in local.assumptions[1]


def test_smaller_images_take_less_time():
    small, large = (
        charges(cost_of(counted(size_bytes=100 * each), unread(), SETTINGS, on_aws=True).pipeline)
        for each in (100_000, MEASURED_BYTES)
    )
    assert small.pop("Lambda GB-seconds") < large.pop("Lambda GB-seconds") / 2
    assert small == large


def test_without_logs_the_benchmark_s_time_stands_in_and_that_is_said():
    cost = cost_of(counted(), unread(), SETTINGS, on_aws=True)
    assert charges(cost.pipeline)["Lambda requests"] == pytest.approx(30)
    assert "bench/RESULTS.md" in cost.assumptions[1]


def test_what_fails_early_costs_less():
    good, bad = (cost_of(counted(failed=failed), unread(), SETTINGS, on_aws=True) for failed in (0, 100))
    assert bad.pipeline_dollars < good.pipeline_dollars / 3


def test_the_test_s_own_requests_are_a_bill_of_their_own():
    cost = cost_of(counted(rows_read=1000, gauged=60, received=40), unread(), SETTINGS, on_aws=True)
    assert charges(cost.test) == {
        "S3 writes": 100,
        "SQS requests": 100,
        "DynamoDB writes": 100,
        "DynamoDB reads": 1000,
    }
    assert cost.dollars == pytest.approx(cost.pipeline_dollars + cost.test_dollars)
    dollars = math.fsum(charge.dollars for charge in cost.test)
    assert cost.test_dollars == pytest.approx(dollars)


def test_nothing_sent_costs_nothing():
    nothing = counted(0)
    assert cost_of(nothing, unread(), SETTINGS, on_aws=True).dollars == 0
