"""The console in a real browser: what is shown is in the address, and an image's view says where its time went."""

import re

import pytest
from console.test_ease import BATCHED, SOME, write_rows
from playwright.sync_api import expect

BATCH = "20260101-000000-abcdef"
VISIBLE = "[...document.querySelectorAll('.row')].filter(each => each.checkVisibility()).map(each => each.dataset.kind)"


@pytest.fixture(scope="module")
def some(local):
    """Some rows of every kind in the ledger, the first of them in a batch."""
    write_rows(local, SOME)


def test_filters_are_in_the_address_and_back_undoes_them(open_page, some, address):
    page = open_page()
    expect(page.locator(".row")).to_have_count(SOME)
    page.get_by_text("Failed", exact=True).click()
    expect(page).to_have_url(f"{address}#kind=failed")
    page.get_by_text("Stored", exact=True).click()
    assert set(page.evaluate(VISIBLE)) == {"stored"}
    page.go_back()
    expect(page.get_by_role("radio", name="Failed")).to_be_checked()
    assert set(page.evaluate(VISIBLE)) == {"failed"}
    page.go_forward()
    expect(page.get_by_role("radio", name="Stored")).to_be_checked()
    again = open_page("#kind=failed&text=long+1")
    expect(again.get_by_label("Names that hold")).to_have_value("long 1")
    expect(again.get_by_role("radio", name="Failed")).to_be_checked()
    assert set(again.evaluate(VISIBLE)) == {"failed"}


def test_an_open_image_is_in_the_address_and_back_closes_it(open_page, some):
    page = open_page()
    page.locator(".row .open").first.click()
    expect(page.locator("dialog")).to_be_visible()
    name = page.locator("#detail-name").text_content()
    expect(page).to_have_url(re.compile(r"#image=[0-9a-f]{20}$"))
    shared = page.url.partition("#")[2]
    page.go_back()
    expect(page.locator("dialog")).to_be_hidden()
    page.go_forward()
    expect(page.locator("#detail-name")).to_have_text(name)
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("/$"))
    again = open_page(f"#{shared}")
    expect(again.locator("#detail-name")).to_have_text(name)


def test_a_batch_is_a_row_of_its_own_and_shows_its_images(open_page, some, address):
    page = open_page()
    expect(page.locator(".row")).to_have_count(SOME)
    batch = page.get_by_role("button", name=re.compile(BATCH)).first
    expect(batch).to_contain_text(re.compile(f"of {BATCHED} done"))
    batch.press("Enter")
    expect(batch).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(f"{address}#batch={BATCH}")
    assert len(page.evaluate(VISIBLE)) == BATCHED
    page.go_back()
    expect(batch).to_have_attribute("aria-pressed", "false")
    assert len(page.evaluate(VISIBLE)) == SOME


def test_an_image_says_where_its_time_went_and_what_was_logged(open_page, some):
    page = open_page()
    page.locator(".row .open").first.click()
    axis = page.locator("dialog .axis li")
    expect(axis).to_have_text(
        [
            re.compile("resize waited877 ms"),
            re.compile("resize worked123 ms"),
            re.compile("watermark waited955 ms"),
            re.compile("watermark worked45 ms"),
        ]
    )
    expect(page.locator(".facts")).to_contain_text(re.compile(r"2026-01-01 \d\d:\d\d:\d\d UTC[+-]\d{4}"))
    page.get_by_role("button", name="Show logs").click()
    expect(page.locator("dialog .lines")).to_contain_text("No lines")


def test_times_are_relative_and_say_their_date_and_zone(open_page, some):
    page = open_page(viewport={"width": 390, "height": 800})
    when = page.locator(".row time").first
    expect(when).to_have_text(re.compile("^\\d+ .*ago$"))
    assert re.fullmatch(r"2026-01-01 \d\d:\d\d:\d\d UTC[+-]\d{4}", when.get_attribute("title"))
    assert page.locator(".row .what").first.bounding_box()["width"] > 150
