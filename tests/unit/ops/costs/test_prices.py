"""The price lists: what they are of, and that the documents state them."""

import pytest

from ops.costs import prices
from ops.costs.bills import NAMES
from ops.settings import ROOT


@pytest.mark.parametrize("region", prices.REGIONS)
def test_everything_that_is_used_has_a_price_above_zero(region):
    listed = prices.of_region(region)
    assert set(listed.prices) == set(NAMES)
    assert min(price.dollars for price in listed.prices.values()) > 0


def test_a_price_is_in_its_own_words():
    """The number in the words, divided by what it is for, is the price."""
    units = {"1 million ": 1e6, "1,000 ": 1e3}
    for region in prices.REGIONS:
        for price in prices.of_region(region).prices.values():
            number, _, unit = price.per.removeprefix("$").partition(" for ")
            of = next((count for words, count in units.items() if unit.startswith(words)), 1)
            assert price.dollars == pytest.approx(float(number) / of), price.per


def test_another_region_has_its_own_list_and_borrows_what_it_lacks():
    frankfurt = prices.of_region("eu-central-1")
    assert frankfurt["puts"].dollars == 5.4e-6
    assert "eu-central-1" in frankfurt["puts"].source
    assert "poller_hours" in frankfurt.borrowed
    assert "puts" not in frankfurt.borrowed
    assert not prices.of_region().borrowed


def test_an_unknown_region_is_named_with_those_that_are_known():
    with pytest.raises(LookupError, match="eu-north-7 are not known; known: us-east-1"):
        prices.of_region("eu-north-7")


def test_what_is_free_is_something_that_is_charged():
    assert set(prices.FREE) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_guide_has_every_price_with_its_day(name):
    guide = (ROOT / "docs" / "guide" / "costs.md").read_text(encoding="utf-8")
    price = prices.of_region()[name]
    row = next(line for line in guide.splitlines() if line.startswith("|") and price.per in line)
    assert price.source in row
    assert (price.day or "no date") in row
