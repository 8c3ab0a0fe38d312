"""A usage times a price list."""

import pytest

from ops.costs.bills import NAMES, Usage, bill, total, used


def dollars(charges):
    return {charge.name: charge.dollars for charge in charges}


def test_a_bill_has_a_row_for_everything_that_is_used():
    charges = bill(Usage(**dict.fromkeys(NAMES, 1.0)))
    assert [charge.name for charge in charges] == list(NAMES)
    assert min(charge.dollars for charge in charges) > 0


def test_dollars_are_of_all_and_amounts_of_one():
    (charge,) = used(bill(Usage(puts=4), 1_000_000))
    assert charge.amount == 4
    assert charge.dollars == pytest.approx(20)
    assert total([charge, charge]) == pytest.approx(40)


def test_what_is_free_is_deducted_once():
    free = {"gb_seconds": 100}
    both = dollars(bill(Usage(gb_seconds=60, gb_seconds_x86=60), free=free))
    assert both["gb_seconds"] == 0
    assert both["gb_seconds_x86"] == pytest.approx(20 * 1.66667e-5)


def test_empty_receives_use_up_the_free_requests_that_messages_leave():
    free = {"sqs_requests": 1_000_000}
    charged = dollars(bill(Usage(sqs_requests=900_000, empty_receives=300_000), free=free))
    assert charged["sqs_requests"] == 0
    assert charged["empty_receives"] == pytest.approx(0.08)


def test_less_than_what_is_free_costs_nothing():
    assert total(bill(Usage(invocations=3), 10, free={"invocations": 1_000_000})) == 0


def test_usages_are_added_and_multiplied_field_by_field():
    together = (Usage(gets=1, keys=1) + Usage(gets=2)) * 3
    assert (together.gets, together.keys, together.puts) == (9, 3, 0)
