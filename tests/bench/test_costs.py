"""Bills: counted requests at list prices."""

from dataclasses import replace

import pytest

from bench import costs
from ops import settings

MEMORY_GB = 1769 / 1024


def amounts(bill):
    return {charge.what: charge.amount for charge in bill}


def dollars(bill):
    return {charge.what: charge.dollars for charge in bill}


def test_a_full_batch_shares_its_requests(batches):
    used = costs.ours(batches, settings.load(), per_invocation=10)
    assert (used.gets, used.puts, used.invocations) == (2, 3, 0.3)
    # S3's own message; messages without and with files, sent and received; S3's messages received; three deletes.
    assert used.sqs_requests == pytest.approx(1 + 2 * 0.1 + 2 * 2.2 + 0.1 + 0.3)


def test_one_image_at_a_time_pays_for_its_own_requests(batches):
    used = costs.ours(batches, settings.load(), per_invocation=1)
    assert used.invocations == 3
    assert used.sqs_requests == pytest.approx(1 + 2 * 1 + 2 * 3 + 1 + 3)
    assert used.gets == 2


def test_a_function_is_billed_its_memory_and_its_time(batches):
    used = costs.ours(batches, settings.load(), per_invocation=10)
    assert used.gb_seconds == pytest.approx(MEMORY_GB * (0.1 + 0.02) + 0.5 * 0.01)


def test_a_row_of_more_than_a_kilobyte_is_two_writes(batches):
    small = costs.ours(batches, settings.load(), per_invocation=10)
    batches["store"] = replace(batches["store"], row_bytes=1025)
    large = costs.ours(batches, settings.load(), per_invocation=10)
    assert (small.row_writes, large.row_writes) == (3, 6)


def test_pixels_that_stay_are_paid_for_as_long_as_they_are_kept(batches):
    batches["store"] = replace(batches["store"], intermediate_bytes=2**30)
    used = costs.ours(batches, settings.load(), per_invocation=10)
    assert used.gb_months == pytest.approx(16 / 30.4)


def test_the_naive_design_has_an_object_and_a_message_a_rendition_and_service():
    used = costs.naive(settings.load(), cpu_seconds=0.2, source_bytes=8_000_000, output_bytes=0, renditions=2)
    assert (used.gets, used.puts, used.invocations, used.sqs_requests) == (5, 6, 5, 15)
    # 11 requests to S3, 0.1 s for 8 MB, and 4 messages, 3 rows and a notice; 4, 1 and 1 of them are store's.
    storing = 4 * 0.025 + 2 * 0.01
    others = 0.2 + 7 * 0.025 + 0.1 + 6 * 0.01
    assert used.gb_seconds == pytest.approx(MEMORY_GB * others + 0.5 * storing)


def test_a_million_images_at_list_prices():
    nothing = dict.fromkeys(costs.Usage.__dataclass_fields__, 0.0)
    bill = costs.bill(
        costs.Usage(**(nothing | {"gets": 3.0, "puts": 4.0, "gb_seconds": 1.0, "gb_months": 0.001})), 1_000_000
    )
    assert dollars(bill)["S3 reads"] == pytest.approx(1.20)
    assert dollars(bill)["S3 writes"] == pytest.approx(20.00)
    assert dollars(bill)["Lambda GB-seconds"] == pytest.approx(13.33, abs=0.01)
    assert dollars(bill)["intermediate pixels kept"] == pytest.approx(23.00)
    assert costs.total(bill) == pytest.approx(57.53, abs=0.01)


def test_the_rows_of_all_bills_are_the_same(results):
    rows = {tuple(amounts(bill)) for bill in (results.costs.batched, results.costs.single, results.costs.naive)}
    assert len(rows) == 1
    assert "empty receives" not in rows.pop()


def test_the_share_is_of_full_batches(results):
    assert results.costs.share == costs.total(results.costs.batched) / costs.total(results.costs.naive)
    assert costs.total(results.costs.single) > costs.total(results.costs.batched)
    assert amounts(results.costs.batched)["S3 reads"] == 2
